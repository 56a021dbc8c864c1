import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { StartedRun } from '../../src/editor/commands/runExperiment';
import { eventually, experiment, folder, runs, runWhen, slowly, write } from './workspace';

const command = <T>(name: string, ...args: unknown[]) =>
  vscode.commands.executeCommand<T>(`computeLens.${name}`, ...args);
const isLive = ({ status }: { status?: string }) => status === 'running' || status === 'starting';
const ended = (summary: { status?: string }) => !isLive(summary);
const activeFile = () => vscode.window.activeTextEditor?.document.uri.fsPath;

describe('commands', function () {
  this.timeout(120_000);
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('run an experiment that others can follow from its start to its end', async () => {
    const uri = write('followed.experiment.ts', experiment(slowly));
    const seen: string[] = [];
    let over = false;
    const watching = (async () => {
      for (let last = false; !last;) {
        // What it is when it is over is looked at, too.
        last = over;
        const summary = (await runs()).find(({ record }) => record?.file === 'followed.experiment.ts');
        if (summary?.status !== undefined && summary.status !== seen.at(-1)) seen.push(summary.status);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const started = await command<StartedRun>('runExperiment', uri);
    await runWhen(started.directory, ended, 'the end').finally(() => {
      over = true;
    });
    await watching;
    assert.deepEqual(seen, ['starting', 'running', 'finished']);
  });

  it('refuse options that are not what they are meant to be, and start nothing', async () => {
    const uri = write('refused.experiment.ts', experiment());
    const before = (await runs()).length;
    for (const options of [
      { seed: '3' },
      { seed: -1 },
      { seed: 0.5 },
      { params: { lr: [1] } },
      { backend: 'fast' },
      { params: { lr: 1 }, sede: 3 },
    ])
      assert.equal(await command('runExperiment', uri, options), undefined, JSON.stringify(options));
    assert.equal((await runs()).length, before);
  });

  it('make an experiment that trains as it stands, and overwrite none', async () => {
    const into = vscode.Uri.file(folder());
    const made = await command<vscode.Uri>('newExperiment', into, { name: 'fresh' });
    assert.equal(made.fsPath, path.join(folder(), 'fresh.experiment.ts'));
    assert.equal(activeFile(), made.fsPath);
    const started = await command<StartedRun>('runExperiment', made);
    const events = path.join(started.directory, 'events.jsonl');
    await eventually(
      () => fs.existsSync(events) && fs.readFileSync(events, 'utf8').includes('"step":5,'),
      'step 5',
      60,
    );
    await command('stopRun', started.directory);
    const { status } = await runWhen(started.directory, ended, 'the stop');
    assert.equal(status, 'stopped');
    const text = fs.readFileSync(made.fsPath, 'utf8').replace('seed: 0', 'seed: 7');
    fs.writeFileSync(made.fsPath, text);
    assert.equal(await command('newExperiment', into, { name: 'fresh' }), undefined);
    assert.equal(await command('newExperiment', into, { name: '../outside' }), undefined);
    assert.equal(fs.readFileSync(made.fsPath, 'utf8'), text);
    assert.equal(fs.existsSync(path.join(folder(), '..', 'outside.experiment.ts')), false);
  });

  it('resume a run once, however often they are asked to', async () => {
    const uri = write('twice.experiment.ts', experiment(`epochs: 40, ${slowly}`));
    const started = await command<StartedRun>('runExperiment', uri);
    await runWhen(started.directory, ({ status }) => status === 'running', 'the start');
    await command('stopRun', started.directory);
    await runWhen(started.directory, ({ status }) => status === 'stopped', 'the stop');
    const answers = await Promise.all([1, 2, 3].map(() => command('resumeRun', started.directory)));
    assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
    const entered = (summary: { record?: { attempts: readonly unknown[] } }) =>
      summary.record?.attempts.length === 2;
    await runWhen(started.directory, entered, 'a second attempt');
    await command('stopRun', started.directory);
    const { record } = await runWhen(started.directory, ended, 'the second stop');
    assert.equal(record?.attempts.length, 2);
    assert.equal(record?.attempts[1]?.outcome, 'stopped');
  });

  it('delete a run with all that belongs to it, but none that is under way', async () => {
    const uri = write('deleted.experiment.ts', experiment(`epochs: 40, ${slowly}`));
    const started = await command<StartedRun>('runExperiment', uri);
    await runWhen(started.directory, ({ status }) => status === 'running', 'the start');
    await command('deleteRun', started.directory, { ask: false });
    const kept = (await runs()).find(({ directory }) => directory === started.directory);
    assert.ok(kept && isLive(kept), 'a run under way is kept');
    await command('stopRun', started.directory);
    await runWhen(started.directory, ({ status }) => status === 'stopped', 'the stop');
    const panels = () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(({ input }) => input instanceof vscode.TabInputWebview);
    assert.equal(panels().length, 1);
    await command('deleteRun', started.directory, { ask: false });
    assert.equal(fs.existsSync(started.directory), false);
    assert.ok((await runs()).every(({ directory }) => directory !== started.directory));
    await eventually(() => panels().length === 0, 'the panel to close');
  });

  it('touch no folder that is not of a run', async () => {
    const precious = write('precious/notes.txt', 'mine').fsPath;
    for (const directory of [path.dirname(precious), folder(), path.join(folder(), '.compute-lens', 'runs')])
      await command('deleteRun', directory, { ask: false });
    assert.equal(fs.readFileSync(precious, 'utf8'), 'mine');
    assert.ok((await runs()).length > 0);
    await command('stopRun', path.dirname(precious));
    assert.deepEqual(fs.readdirSync(path.dirname(precious)), ['notes.txt']);
  });

  it('write the compute statement of all runs, as a document', async () => {
    const started = await command<StartedRun>('runExperiment', write('told.experiment.ts', experiment()));
    await runWhen(started.directory, ended, 'the end');
    const document = await command<vscode.TextDocument>('writeComputeStatement', 'all');
    assert.equal(document.languageId, 'markdown');
    assert.match(document.getText(), /## Compute[^]*runs in \d+ attempts[^]*kWh[^]*\| all/);
    assert.equal(vscode.window.activeTextEditor?.document, document);
  });

  it('hold runs to the budget of the workspace, and say which limit is none', async () => {
    const settings = vscode.workspace.getConfiguration('computeLens');
    const { Workspace } = vscode.ConfigurationTarget;
    const uri = write('bounded.experiment.ts', experiment(slowly));
    try {
      // Nobody is asked before the run: how long it takes is foreseen on a calibrated device only.
      await settings.update('budget', { minutes: 0.001 }, Workspace);
      const { directory } = await command<StartedRun>('runExperiment', uri);
      const { record } = await runWhen(directory, ended, 'the end');
      assert.equal(record?.status, 'stopped');
      assert.match(record?.attempts[0]?.reason ?? '', /The budget is spent: .* minutes/);
      const before = (await runs()).length;
      await settings.update('budget', { minutes: -1 }, Workspace);
      assert.equal(await command('runExperiment', uri), undefined);
      assert.equal((await runs()).length, before);
    } finally {
      await settings.update('budget', undefined, Workspace);
    }
  });

  it('open the log and the panel of a run', async () => {
    const said = `metrics: [], loss: (labels, predictions) => { console.log('a word'); return labels.sub(predictions).square().mean(); },`;
    const uri = write('talks.experiment.ts', experiment().replace(/loss:.*\n.*metrics:.*/, said));
    const started = await command<StartedRun>('runExperiment', uri);
    await runWhen(started.directory, ended, 'the end');
    await command('openRunLog', started.directory);
    await eventually(() => activeFile()?.endsWith('stdout.log'), 'the log');
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /a word/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await command('openRun', started.directory);
    const tab = await eventually(() => vscode.window.tabGroups.activeTabGroup.activeTab, 'the panel');
    assert.match(tab.label, /^talks · /);
  });
});
