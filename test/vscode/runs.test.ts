import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { StartedRun } from '../../src/editor/commands/runExperiment';
import { eventually, experiment, folder, runs, runWhen, slowly, write } from './workspace';

const run = (uri: vscode.Uri, options?: object) =>
  vscode.commands.executeCommand<StartedRun>('computeLens.runExperiment', uri, options);
const panelTabs = () =>
  vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(
      (tab) => tab.input instanceof vscode.TabInputWebview && /computeLens\.run$/.test(tab.input.viewType),
    );
const ended = ({ status }: { status?: string }) => status !== 'running' && status !== 'starting';

describe('runs in the editor', function () {
  this.timeout(120_000);
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('train an experiment to its end, with its panel open, from one command', async () => {
    const started = await run(write('small.experiment.ts', experiment()));
    assert.equal((await runs())[0]?.id, started.id);
    assert.equal((await eventually(() => panelTabs()[0], 'the panel')).label.startsWith('small'), true);
    const { record, status } = await runWhen(started.directory, ended, 'the end');
    assert.equal(status, 'finished');
    assert.equal(record?.result?.step, 16);
    assert.ok((record?.result?.evaluation?.acc ?? 0) > 0.1);
  });

  it('take parameters, seed and backend', async () => {
    const uri = write('given.experiment.ts', experiment());
    const started = await run(uri, { params: { lr: 0.5 }, seed: 42, backend: 'cpu' });
    const { record } = await runWhen(started.directory, ended, 'the end');
    assert.deepEqual(record?.params, { lr: 0.5 });
    assert.equal(record?.seed, 42);
    assert.equal(record?.attempts[0]?.backend, 'cpu');
  });

  it('stop with a checkpoint when asked, and resume where they stopped', async () => {
    const started = await run(write('slow.experiment.ts', experiment(`epochs: 20, ${slowly}`)));
    const first = path.join(started.directory, 'events.jsonl');
    await eventually(
      () => fs.existsSync(first) && fs.readFileSync(first, 'utf8').includes('"step":20,'),
      'step 20',
    );
    await vscode.commands.executeCommand('computeLens.stopRun', started.directory);
    const stopped = await runWhen(started.directory, ended, 'the stop');
    assert.equal(stopped.status, 'stopped');
    const step = stopped.record?.result?.step ?? 0;
    assert.ok(step >= 20 && step < 320);
    await vscode.commands.executeCommand('computeLens.resumeRun', started.directory);
    const resumed = await runWhen(
      started.directory,
      ({ record }) => record?.attempts[1]?.fromStep !== undefined,
      'a second attempt',
    );
    assert.equal(resumed.record?.attempts[1]?.fromStep, step + 1);
    await vscode.commands.executeCommand('computeLens.stopRun', started.directory);
    await runWhen(started.directory, ended, 'the second stop');
  });

  it('that are killed are shown as crashed', async () => {
    const started = await run(write('killed.experiment.ts', experiment(`epochs: 20, ${slowly}`)));
    const live = await runWhen(started.directory, ({ status }) => status === 'running', 'the start');
    process.kill(live.record?.attempts[0]?.pid ?? 0, 'SIGKILL');
    const { status } = await runWhen(started.directory, ended, 'the crash');
    assert.equal(status, 'crashed');
  });

  it("mark the line of an error in the user's own file", async () => {
    const text = experiment().replace('tf.sequential', 'absent.sequential');
    const uri = write('broken.experiment.ts', text);
    const started = await run(uri);
    const line = text.split('\n').findIndex((each) => each.includes('absent.sequential'));
    const [diagnostic] = await eventually(() => {
      const found = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Compute Lens');
      return found.length > 0 && found;
    }, 'a diagnostic');
    assert.match(diagnostic?.message ?? '', /absent is not defined/);
    assert.equal(diagnostic?.range.start.line, line);
    const { status } = await runWhen(started.directory, ended, 'the end');
    assert.equal(status, 'failed');
    // Mending the line takes the mark away.
    const editor = await vscode.window.showTextDocument(uri);
    const marked = diagnostic?.range.start.line ?? 0;
    await editor.edit((edit) => edit.replace(editor.document.lineAt(marked).range, '  // mended'));
    await eventually(
      () => vscode.languages.getDiagnostics(uri).every(({ source }) => source !== 'Compute Lens'),
      'the mark to go',
    );
    await editor.document.save();
  });

  it('run a plain script with its own file as it is', async () => {
    const uri = write(
      'script.ts',
      `import * as tf from '@tensorflow/tfjs';
       async function main() {
         const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 1 })] });
         model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
         await model.fit(tf.ones([32, 4]), tf.ones([32, 1]), { epochs: 3, batchSize: 8, verbose: 0 });
       }
       void main();`,
    );
    const started = await vscode.commands.executeCommand<StartedRun>('computeLens.runCurrentFile', uri);
    const { record, status } = await runWhen(started.directory, ended, 'the end');
    assert.equal(status, 'finished');
    assert.equal(record?.kind, 'script');
    assert.equal(record?.result?.step, 12);
  });

  it('are found when they were started elsewhere', async () => {
    const { spawn } = await import('node:child_process');
    const cli = path.join(
      vscode.extensions.getExtension('compute-lens.compute-lens')?.extensionPath ?? '',
      'dist/cli.js',
    );
    const file = write('terminal.experiment.ts', experiment()).fsPath;
    const before = new Set((await runs()).map(({ id }) => id));
    const child = spawn(process.execPath, [cli, 'run', file, '--workspace', folder()], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(code, 0);
    const added = (await runs()).filter(({ id }) => !before.has(id));
    assert.deepEqual(
      added.map(({ status }) => status),
      ['finished'],
    );
  });
});
