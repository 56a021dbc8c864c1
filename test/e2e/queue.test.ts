import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { parseEvent } from '../../src/runs/event';
import { closeAfterwards } from '../harness/closeAfterwards';
import { eventually } from '../harness/processes';
import { repository, VsCodeWindow } from '../harness/window';
import { readRecord, Workspace } from '../harness/workspace';

const experiment = (epochs: number, more = '') => `import { defineExperiment, glyphs } from 'compute-lens';

export default defineExperiment({
  params: { lr: 1e-3 },
  data: glyphs({ train: 1024, test: 128, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf, params }) => tf.train.adam(params.lr),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  epochs: ${epochs},
  ${more}
});
`;
const slowly =
  'stopWhen: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15); return false; },';

describe('the queue in a real window, in a folder of any name', function () {
  this.timeout(300_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  let other: VsCodeWindow;
  const records = () => workspace.runs().flatMap((run) => readRecord(run) ?? []);
  const having = (status: string) => records().filter((record) => record.status === status);
  const rates = (status: string) => having(status).map(({ params }) => params.lr);
  const lens = (text: string) => window.page.locator('.codelens-decoration a').filter({ hasText: text });
  const waitingRows = (of = window) => of.treeItem('waiting, lr=');
  const waitingRates = async (of = window) =>
    (await waitingRows(of).allInnerTexts()).map((text) => Number(/lr=([\d.]+)/.exec(text)?.[1]));
  const inOrder = (of: VsCodeWindow, ...order: number[]) =>
    eventually(async () => String(await waitingRates(of)) === String(order), `the order ${order.join(', ')}`);
  /** Presses a button of a row; again, where the row was drawn anew under the pointer. */
  const press = (row: Locator, name: string, isDone: () => Promise<boolean> | boolean) =>
    eventually(async () => {
      await row.hover({ timeout: 5000 }).catch(() => undefined);
      await row
        .getByRole('button', { name })
        .click({ timeout: 5000 })
        .catch(() => undefined);
      return eventually(isDone, name, 5).catch(() => false);
    }, name);

  before(async () => {
    workspace = new Workspace('Ünïcode räume 实验');
    workspace.installTypes();
    workspace.write('long one.experiment.ts', experiment(1000, slowly));
    workspace.write('kurz und gut.experiment.ts', experiment(2));
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('is empty: the first run begins at once, with a click above its definition', async () => {
    await window.openFile('long one.experiment.ts');
    await lens('Run with…').waitFor();
    await lens('Run').first().click();
    await window.panel.locator('#status').getByText('Running').waitFor();
    assert.equal(having('running').length, 1);
  });

  it('takes several runs at once, one for each value', async () => {
    await window.openFile('kurz und gut.experiment.ts');
    await lens('Run with…').click();
    await window.row('seed').first().waitFor();
    await eventually(async () => (await window.row('lr').count()) > 0, 'the parameters');
    await window.quickInput().fill('lr=0.1 0.01 0.001');
    await window.row('Set lr to').waitFor();
    await window.page.keyboard.press('Enter');
    await window.row('Run 3 times').waitFor();
    await window.screenshot('queue-pick');
    await window.page.keyboard.press('Enter');
    await eventually(() => having('queued').length === 3, 'three runs in line');
    await window.command('Compute Lens: Focus on Runs View');
    await eventually(async () => (await waitingRows().count()) === 3, 'three rows');
    await window.page.locator('.statusbar-item').filter({ hasText: '3 waiting' }).waitFor();
    await window.screenshots('queue');
  });

  it('is in another order with the keyboard', async () => {
    await waitingRows().nth(2).click();
    await window.command('Compute Lens: Focus on Runs View');
    await window.page.keyboard.press('Alt+ArrowUp');
    await inOrder(window, 0.1, 0.001, 0.01);
    await window.page.keyboard.press('Alt+ArrowUp');
    await inOrder(window, 0.001, 0.1, 0.01);
    assert.equal(having('running').length, 1, 'what trains goes on');
  });

  it('is there after a reload, as it was', async () => {
    await window.reload();
    await window.command('Compute Lens: Focus on Runs View');
    await inOrder(window, 0.001, 0.1, 0.01);
    assert.equal(having('queued').length, 3);
  });

  it('is the same in another window of the folder, which sees the order change', async () => {
    other = await window.another();
    await other.command('Compute Lens: Focus on Runs View');
    await inOrder(other, 0.001, 0.1, 0.01);
    await other.treeItem('long one').filter({ hasText: 'left' }).waitFor();
    const [, second, third] = await waitingRows().all();
    assert.ok(second && third);
    await third.dragTo(second);
    await inOrder(window, 0.001, 0.01, 0.1);
    await inOrder(other, 0.001, 0.01, 0.1);
    await other.screenshot('queue-another-window');
  });

  it('takes a run of the other window, for both to see', async () => {
    await other.command('Compute Lens: Run Experiment');
    await other.pick('kurz und gut');
    await other.row('lr').first().waitFor();
    await other.quickInput().fill('lr=0.5');
    await other.row('Set lr to 0.5').waitFor();
    await other.page.keyboard.press('Enter');
    await other.row('with lr=0.5').waitFor();
    await other.page.keyboard.press('Enter');
    for (const each of [window, other]) await inOrder(each, 0.001, 0.01, 0.1, 0.5);
  });

  it('is left by a run whose button says so', async () => {
    const second = window.treeItem('lr=0.01').filter({ hasNotText: 'lr=0.001' });
    await press(second, 'Remove Run from Queue', () => having('queued').length === 3);
    for (const each of [window, other]) await inOrder(each, 0.001, 0.1, 0.5);
    const last = other.treeItem('lr=0.5');
    await press(last, 'Remove Run from Queue', () => having('queued').length === 2);
    for (const each of [window, other]) await inOrder(each, 0.001, 0.1);
    assert.deepEqual(rates('queued').sort(), [0.001, 0.1]);
  });

  it('begins the others one after another once the device is free, each of them once', async () => {
    await press(other.treeItem('long one'), 'Stop Run', () => having('stopped').length === 1);
    await window.treeItem('long one').filter({ hasText: 'stopped' }).waitFor();
    await other.panel.locator('#status').getByText('Stopped').waitFor();
    await eventually(() => having('finished').length === 2, 'both to finish', 120);
    assert.deepEqual(rates('queued'), []);
    const [first, second] = having('finished')
      .map(({ params, attempts }) => ({ lr: params.lr, attempts }))
      .sort((a, b) => (a.attempts[0]?.startedAt ?? '').localeCompare(b.attempts[0]?.startedAt ?? ''));
    assert.deepEqual([first?.lr, second?.lr], [0.001, 0.1]);
    assert.deepEqual([first?.attempts.length, second?.attempts.length], [1, 1]);
    assert.ok((first?.attempts[0]?.endedAt ?? 'z') <= (second?.attempts[0]?.startedAt ?? ''));
    for (const run of workspace.runs()) {
      const events = fs.readFileSync(path.join(run, 'events.jsonl'), 'utf8').split('\n').map(parseEvent);
      const steps = events.flatMap((event) => (event?.type === 'step' ? event.step : []));
      assert.deepEqual(
        steps,
        steps.map((_, i) => i + 1),
      );
    }
    const folder = path.join(workspace.folder, '.compute-lens', 'runs');
    assert.ok(fs.readdirSync(folder).every((run) => !fs.existsSync(path.join(folder, run, 'queue.json'))));
    for (const each of [window, other])
      await eventually(async () => (await each.treeItem('finished').count()) === 2, 'two that finished');
    await window.screenshot('queue-over');
  });

  it('says aloud that a run has ended to whoever is at something else, and to nobody who is here', async () => {
    const told = (each: VsCodeWindow) => each.notification(/kurz und gut: finished/);
    for (const each of [window, other]) assert.equal(await told(each).count(), 0);
    const comeBack = await window.leave();
    await other.command('Compute Lens: Run Experiment');
    await other.pick('kurz und gut');
    await other.pick('as the file says');
    await told(window).waitFor();
    await other.panel.locator('#status').getByText('Finished').waitFor();
    await comeBack();
    await window.screenshot('queue-told');
    await told(window).getByRole('button', { name: 'Open Run' }).click();
    const ending = path
      .basename(workspace.runs().at(-1) ?? '')
      .split('-')
      .at(-1);
    await window.page
      .locator('.tab.active')
      .filter({ hasText: `kurz und gut · ${ending}` })
      .waitFor();
    await window.panel.locator('#status').getByText('Finished').waitFor();
    assert.equal(await told(other).count(), 0);
  });

  it('has left runs that can be named', async () => {
    // Selects it; a plain click would open its panel, too.
    await window
      .treeItem('kurz und gut')
      .first()
      .click({ modifiers: ['Control'] });
    await window.page.keyboard.press('F2');
    await window.quickInput().fill('der beste 最好');
    await window.page.keyboard.press('Enter');
    await window.treeItem('der beste 最好').waitFor();
  });
});

describe('a workspace of several folders', function () {
  this.timeout(300_000);
  const first = new Workspace('erster ordner');
  const second = new Workspace('第二');
  const third = new Workspace('the third');
  let window: VsCodeWindow;
  const statuses = (workspace: Workspace) => workspace.runs().map((run) => readRecord(run)?.status);
  const start = async (file: string) => {
    await window.openFile(file);
    await window.page.locator('.codelens-decoration a').filter({ hasText: 'Run' }).first().click();
  };

  before(async () => {
    first.write('long.experiment.ts', experiment(400, slowly));
    second.write('short.experiment.ts', experiment(2));
    const folders = [{ path: first.folder }, { path: second.folder }];
    const file = first.write('both.code-workspace', JSON.stringify({ folders }));
    window = await VsCodeWindow.open({ workspace: file });
  });
  closeAfterwards(
    () => window,
    () => first,
    () => second,
    () => third,
  );

  it('keeps each run in its own folder, and one queue for all: they share the device', async () => {
    await start('long.experiment.ts');
    await eventually(() => statuses(first)[0] === 'running', 'the first run');
    await start('short.experiment.ts');
    await eventually(() => statuses(second)[0] === 'queued', 'the second run in line');
    await window.command('Compute Lens: Focus on Runs View');
    await window.treeItem('long').first().waitFor();
    await window.treeItem('waiting').first().waitFor();
    await window.screenshot('queue-folders');
    const running = window.treeItem('long').first();
    await running.hover();
    await running.getByRole('button', { name: 'Stop Run' }).click();
    await eventually(() => statuses(second)[0] === 'finished', 'the second run to finish', 60);
    assert.deepEqual([statuses(first), statuses(second)], [['stopped'], ['finished']]);
  });

  it('waits for what a terminal trains in a folder that is not open, and says for what', async () => {
    const file = third.write('elsewhere.experiment.ts', experiment(400, slowly));
    const env = { ...process.env, COMPUTE_LENS_RUNNING: path.join(window.server.dataFolder, 'running') };
    const cli = path.join(repository, 'dist', 'cli.js');
    const terminal = spawn(process.execPath, [cli, 'run', file, '--backend', 'wasm'], {
      cwd: third.folder,
      env,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => terminal.once('exit', resolve));
    await eventually(() => statuses(third)[0] === 'running', 'the run of the terminal');
    await start('short.experiment.ts');
    await eventually(() => statuses(second).includes('queued'), 'the second run in line');
    await window.treeItem(`Queue, behind elsewhere in ${path.basename(third.folder)}`).waitFor();
    terminal.kill('SIGINT');
    await ended;
    await eventually(() => String(statuses(second)) === 'finished,finished', 'the second run to finish', 60);
  });
});
