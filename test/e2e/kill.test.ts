import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { eventually } from '../harness/processes';
import { VsCodeWindow } from '../harness/window';
import { lastStep, readRecord, Workspace } from '../harness/workspace';

/** Each step waits a little, so that the run outlasts what is done to it. */
const slow = `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 1024, test: 128, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10, activation: 'softmax' })] }),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  epochs: 400,
  checkpointEvery: 20,
  stopWhen: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15);
    return false;
  },
});
`;

describe('killed with SIGKILL', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  const run = () => workspace.runs()[0] ?? '';
  const events = () => fs.readFileSync(path.join(run(), 'events.jsonl'));
  const status = () => window.panel.locator('#status');

  beforeEach(async () => {
    workspace = new Workspace();
    workspace.write('slow.experiment.ts', slow);
    await open();
  });

  async function open(settings: Record<string, unknown> = {}): Promise<void> {
    window = await VsCodeWindow.open({ workspace: workspace.folder, settings });
    await window.command('Compute Lens: Run Experiment');
    await window.pick('slow');
    await window.pick('as the file says');
    await status().getByText('Running').waitFor();
    await eventually(() => lastStep(run()) > 60, 'step 60');
  }
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await window.screenshot(`failed-${this.currentTest.title.slice(0, 40)}`);
    await window?.close();
    workspace.remove();
  });

  it('the trainer leaves all it recorded, is shown as crashed, and resumes from its last checkpoint', async () => {
    const recorded = events();
    const first = readRecord(run())?.attempts[0];
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await status().getByText('Crashed').waitFor();
    assert.ok(events().subarray(0, recorded.length).equals(recorded));
    await window.screenshots('6-crashed');
    assert.deepEqual(await window.panelViolations(), []);
    await window.notification(/process of this run is gone/).waitFor();
    await window.panel.getByRole('button', { name: 'Resume' }).click();
    await status().getByText('Running').waitFor();
    const fromStep = await eventually(() => readRecord(run())?.attempts[1]?.fromStep, 'a second attempt');
    assert.equal((fromStep - 1) % 20, 0);
    assert.ok(fromStep > 40);
    assert.ok(events().subarray(0, recorded.length).equals(recorded));
  });

  it('the extension host takes no run with it; the run is found again', async () => {
    const before = window.extensionHosts();
    assert.ok(before.length > 0, 'there must be an extension host to kill');
    const recorded = events();
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const step = lastStep(run());
    await eventually(() => lastStep(run()) > step + 50, 'the run going on without an extension host');
    assert.ok(events().subarray(0, recorded.length).equals(recorded));
    await window.reload();
    await status().getByText('Running').waitFor();
    await window.panel.getByRole('button', { name: 'Stop' }).click();
    await status().getByText('Stopped').waitFor();
    assert.equal(readRecord(run())?.attempts.length, 1);
  });

  it('the extension host takes its runs with it, with a checkpoint, where keepRunning is off', async () => {
    await window.close();
    workspace.remove();
    workspace = new Workspace();
    workspace.write('slow.experiment.ts', slow);
    await open({ 'computeLens.keepRunning': false });
    for (const pid of window.extensionHosts()) process.kill(pid, 'SIGKILL');
    await eventually(() => readRecord(run())?.status === 'stopped', 'the run to stop', 15);
    const { step } = readRecord(run())?.result ?? {};
    assert.ok(
      fs.readdirSync(path.join(run(), 'checkpoints')).some((name) => Number(/\d+/.exec(name)?.[0]) === step),
    );
  });

  it('a hidden panel is paid for by nobody, and up to date when it is shown again', async () => {
    await window.command('File: New Untitled Text File');
    await window.page.locator('iframe.webview').first().waitFor({ state: 'hidden' });
    const step = lastStep(run());
    await eventually(() => lastStep(run()) > step + 50, '50 steps behind a hidden panel');
    await window.page.locator('.tab').filter({ hasText: 'slow' }).click();
    await status().getByText('Running').waitFor();
    const shown = Number(
      (await window.panel.locator('#fact-step').innerText()).split('/')[0]?.replaceAll(/\D/g, ''),
    );
    assert.ok(shown > step + 40, `the panel shows step ${shown}, and ${step + 50} was reached before`);
  });

  it('the window takes no run with it; a new window shows it without being asked', async () => {
    const recorded = events();
    await window.kill();
    const step = lastStep(run());
    await eventually(() => lastStep(run()) > step + 50, 'the run going on without a window');
    assert.ok(events().subarray(0, recorded.length).equals(recorded));
    await window.reopen();
    await status().getByText('Running').waitFor();
    const shown = async () =>
      Number((await window.panel.locator('#fact-step').innerText()).split('/')[0]?.replaceAll(/\D/g, ''));
    const first = await shown();
    await eventually(async () => (await shown()) > first, 'the panel following the run');
  });
});
