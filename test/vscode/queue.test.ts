import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as vscode from 'vscode';
import type { StartedRun } from '../../src/editor/commands/runExperiment';
import { eventually, experiment, runs, runWhen, slowly, write } from './workspace';

const command = <T>(name: string, ...args: unknown[]) =>
  vscode.commands.executeCommand<T>(`computeLens.${name}`, ...args);
const ended = ({ status }: { status?: string }) =>
  status !== 'queued' && status !== 'running' && status !== 'starting';

describe('the queue', function () {
  this.timeout(180_000);
  const statusOf = async ({ directory }: StartedRun) =>
    (await runs()).find((run) => run.directory === directory)?.status;
  const start = (uri: vscode.Uri, seed: number) =>
    command<StartedRun>('runExperiment', uri, { seed, backend: 'cpu' });
  let slow: vscode.Uri;
  let quick: vscode.Uri;

  before(() => {
    slow = write('slow.experiment.ts', experiment(`epochs: 100, ${slowly}`));
    quick = write('queued.experiment.ts', experiment());
  });
  afterEach(async () => {
    for (const { directory, status } of await runs()) {
      if (status === 'queued') await command('cancelQueuedRun', directory);
      if (status !== 'running' && status !== 'starting') continue;
      await command('stopRun', directory);
      await runWhen(directory, ended, 'the end');
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('takes runs while the device is busy, and begins them in order, one at a time', async () => {
    const first = await start(slow, 0);
    const queued = [await start(quick, 1), await start(quick, 2), await start(quick, 3)];
    assert.deepEqual(await Promise.all(queued.map(statusOf)), ['queued', 'queued', 'queued']);
    await command('moveRunUp', queued[2]?.directory);
    await command('moveRunUp', queued[2]?.directory);
    await command('moveRunDown', queued[0]?.directory);
    await command('stopRun', first.directory);
    for (const run of queued)
      assert.equal((await runWhen(run.directory, ended, 'the end')).status, 'finished');
    const began = (await runs())
      .filter(({ directory }) => queued.some((run) => run.directory === directory))
      .map(({ record }) => ({ seed: record?.seed, attempts: record?.attempts ?? [] }))
      .sort((a, b) => (a.attempts[0]?.startedAt ?? '').localeCompare(b.attempts[0]?.startedAt ?? ''));
    assert.deepEqual(
      began.map(({ seed }) => seed),
      [3, 2, 1],
    );
    for (const [i, { attempts }] of began.entries()) {
      assert.equal(attempts.length, 1);
      const before = began[i - 1]?.attempts[0]?.endedAt ?? '';
      assert.ok((attempts[0]?.startedAt ?? '') >= before, 'two trained at a time');
    }
  });

  it('lets a run begin now, and lets one go', async () => {
    const first = await start(slow, 0);
    const [soon, never] = [await start(quick, 1), await start(quick, 2)];
    await command('cancelQueuedRun', never.directory);
    assert.equal(fs.existsSync(never.directory), false);
    await command('startQueuedRun', soon.directory);
    assert.equal((await runWhen(soon.directory, ended, 'the end')).status, 'finished');
    assert.equal(await statusOf(first), 'running');
  });

  it('asks which run is meant where the editor lost the row of a button, though only one fits', async () => {
    const first = await start(slow, 0);
    await runWhen(first.directory, ({ status }) => status === 'running', 'the start');
    const asked = command('stopRun', undefined).then(() => 'answered');
    const waiting = new Promise<string>((resolve) => setTimeout(() => resolve('asks'), 2000));
    assert.equal(await Promise.race([asked, waiting]), 'asks');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    assert.equal(await asked, 'answered');
    assert.equal(await statusOf(first), 'running');
    await command('stopRun');
    await runWhen(first.directory, ended, 'the end of the only run, unasked');
  });

  it('has room for as many as the setting says', async () => {
    const settings = vscode.workspace.getConfiguration('computeLens');
    const { Workspace } = vscode.ConfigurationTarget;
    const all = [await start(slow, 0), await start(slow, 1), await start(slow, 2)];
    try {
      await settings.update('queue.concurrency', 2, Workspace);
      await eventually(() => true, 'a moment');
      await runWhen(all[1]?.directory ?? '', ({ status }) => status === 'running', 'the second run');
      assert.deepEqual(await Promise.all(all.map(statusOf)), ['running', 'running', 'queued']);
    } finally {
      await settings.update('queue.concurrency', undefined, Workspace);
    }
  });

  it('takes a run that is resumed while its device is busy, and lets it go as it was', async () => {
    const stopped = await start(slow, 4);
    await runWhen(stopped.directory, ({ record }) => record?.status === 'running', 'the run');
    await command('stopRun', stopped.directory);
    const { record } = await runWhen(stopped.directory, ended, 'the end');
    const next = (record?.result?.step ?? 0) + 1;
    const busy = await start(slow, 0);
    assert.equal((await command<StartedRun>('resumeRun', stopped.directory)).id, stopped.id);
    assert.equal(await statusOf(stopped), 'queued');
    await command('cancelQueuedRun', stopped.directory);
    assert.equal(await statusOf(stopped), 'stopped');
    await command('resumeRun', stopped.directory);
    await command('stopRun', busy.directory);
    const resumed = await runWhen(
      stopped.directory,
      ({ status }) => status === 'running',
      'the second attempt',
    );
    const [first, second] = resumed.record?.attempts ?? [];
    assert.deepEqual([first?.number, second?.number, second?.fromStep], [1, 2, next]);
    assert.equal(resumed.record?.seed, 4);
    assert.ok(ended({ status: (await statusOf(busy)) ?? 'running' }), 'two trained at a time');
  });

  it('refuses code that does not compile when it is asked for, with a mark at its line', async () => {
    await start(slow, 0);
    const broken = write('unwhole.experiment.ts', `${experiment()}\nexport const = 1;`);
    const before = (await runs()).length;
    assert.equal(await command('runExperiment', broken, { backend: 'cpu' }), undefined);
    assert.equal((await runs()).length, before);
    await eventually(
      () => vscode.languages.getDiagnostics(broken).some(({ source }) => source === 'Compute Lens'),
      'a mark',
    );
  });

  it('gives runs names, and command lines', async () => {
    const started = await start(quick, 5);
    await runWhen(started.directory, ended, 'the end');
    await command('renameRun', started.directory, 'the best yet');
    assert.equal((await runs()).find(({ id }) => id === started.id)?.about?.name, 'the best yet');
    const line = await command<string>('copyRunCommand', started.directory);
    assert.equal(await vscode.env.clipboard.readText(), line);
    assert.match(line, /cli\.js run .*queued\.experiment\.ts .*--seed 5 --backend cpu/);
  });
});
