import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { requestStop } from '../../src/runs/control';
import { MaskReader } from '../../src/runs/masks';
import { closeAfterwards } from '../harness/closeAfterwards';
import { eventually } from '../harness/processes';
import { repository, VsCodeWindow } from '../harness/window';
import { lastStep, readRecord, realMnist, Workspace } from '../harness/workspace';

const experiment = (
  dataDir: string,
) => `import { defineExperiment, glyphs, idx, rigl, set } from 'compute-lens';

export default defineExperiment({
  name: 'lenet-300-100',
  seed: 1,
  // More than anybody waits for: it is stopped when all has been seen.
  params: { method: 'rigl', epochs: 100 },
  data: ${dataDir === '' ? "glyphs({ shape: 'flat' })" : `idx('${dataDir}', { shape: 'flat' })`},
  model: ({ tf, inputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ name: 'fc1', inputShape, units: 300, activation: 'relu' }),
        tf.layers.dense({ name: 'fc2', units: 100, activation: 'relu' }),
        tf.layers.dense({ name: 'fc3', units: 10, activation: 'softmax' }),
      ],
    }),
  sparsity: ({ params }) =>
    params.method === 'set'
      ? set({ sparsity: 0.95, updateEvery: 50 })
      : rigl({ sparsity: 0.95, updateEvery: 50 }),
  optimizer: ({ tf }) => tf.train.momentum(0.05, 0.9),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  batchSize: 100,
  epochs: ({ params }) => params.epochs,
  checkpointEvery: 'epoch',
});
`;

describe('a sparse training in a real window', function () {
  this.timeout(300_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  const panel = () => window.panel;
  const lens = (text: string | RegExp) =>
    window.page.locator('.codelens-decoration a').filter({ hasText: text }).first();
  const run = () => workspace.runs()[1] ?? '';
  const updatesShown = async () =>
    Number(
      /update ([\d,]+) of/.exec(await panel().locator('#moment').innerText())?.[1]?.replaceAll(',', '') ?? -1,
    );

  before(async () => {
    workspace = new Workspace();
    workspace.installTypes();
    const mnist = realMnist();
    const dataDir = mnist === undefined ? '' : workspace.link('mnist', mnist);
    const file = workspace.write('lenet.experiment.ts', experiment(dataDir));
    const cli = path.join(repository, 'dist', 'cli.js');
    const options = ['--workspace', workspace.folder, '--set', 'method=set', '--set', 'epochs=1'];
    execFileSync(process.execPath, [cli, 'run', file, ...options], { stdio: 'ignore' });
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      settings: { 'computeLens.openRunningRuns': false },
    });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('says above the layers what they will keep, before anything runs', async () => {
    await window.openFile('lenet.experiment.ts');
    await lens('236 k params, 3.8 % kept | 47 MFLOPs dense, 1.81 MFLOPs sparse').waitFor();
    await lens(/rigl: 5\.\d % of dense training/).waitFor();
    await window.screenshots('sparse-lenses');
  });

  it('points out what is dense, what sparse, and what is executed', async () => {
    await window.page.keyboard.press('Control+g');
    await window.page.keyboard.type('12:20');
    await window.page.keyboard.press('Enter');
    await window.command('Show or Focus Hover');
    const hover = window.page.locator('.monaco-hover').filter({ hasText: 'fc1' });
    await hover.getByText('of 235,200 kernel weights kept in the end').waitFor();
    await window.screenshots('sparse-hover');
    await window.page.keyboard.press('Escape');
  });

  it('runs RigL on MNIST, and its masks open from the run panel', async () => {
    await window.command('Compute Lens: Run Experiment');
    await window.pick('lenet');
    await window.row('hidden').or(window.row('as the file says')).first().waitFor();
    await window.pick('as the file says');
    const masks = panel().getByRole('button', { name: 'Show Masks' });
    await masks.waitFor();
    await window.screenshots('sparse-run');
    await masks.click();
    await panel().locator('.layer').first().waitFor();
    assert.deepEqual(await panel().locator('.layer .name').allInnerTexts(), [
      'fc1/kernel',
      'fc2/kernel',
      'fc3/kernel',
    ]);
  });

  it('sees mask updates arrive while it trains', async () => {
    await eventually(async () => (await updatesShown()) >= 3, 'the third update', 60);
    const seen = await updatesShown();
    await eventually(async () => (await updatesShown()) >= seen + 3, 'three more updates', 60);
    assert.match(
      await panel().locator('.side-text').first().innerText(),
      /[1-9][\d,]* grown, [1-9][\d,]* dropped/,
    );
  });

  it('slides back to the masks that it began with, while training goes on', async () => {
    await panel().locator('#time').fill('0');
    await panel().locator('#moment').getByText('step 0, update 0 of').waitFor();
    await panel().locator('.side-text').getByText('unchanged by the last update').waitFor();
    assert.equal(readRecord(run())?.status, 'running');
  });

  it('shows beside it the masks of SET', async () => {
    await panel().getByRole('button', { name: 'Compare With…' }).click();
    await window.pick('finished');
    await panel().locator('.side').nth(1).locator('.side-text').getByText('step 0:').waitFor();
    await panel().getByRole('button', { name: 'Newest' }).click();
    await panel()
      .locator('.side')
      .nth(1)
      .locator('.side-text')
      .getByText(/step [1-9]/)
      .waitFor();
    await window.screenshots('masks-two-runs');
  });

  it('goes to the line of a layer', async () => {
    await panel().locator('[data-weight="fc2/kernel"] .layer').click();
    await panel().locator('#layer').getByText('fc2/kernel').waitFor();
    await panel().locator('#layer').click();
    await window.page.locator('.tab').filter({ hasText: 'lenet.experiment.ts' }).waitFor();
    await window.page.locator('.line-numbers.active-line-number').getByText('13', { exact: true }).waitFor();
    // Above the layer stands how dense it is just now.
    await lens(/params, 11\.1 % active \|/).waitFor();
    await window.screenshots('masks-lens');
    await window.page.locator('.tab').filter({ hasText: 'Masks:' }).click();
    await panel().locator('#layer').waitFor();
  });

  it('ends with masks that are the run’s own, to the last one', async () => {
    await eventually(() => lastStep(run()) > 3000, 'five epochs', 200);
    await requestStop(run());
    await eventually(() => readRecord(run())?.status === 'stopped', 'the end of the training', 60);
    const reader = new MaskReader(run());
    await reader.poll();
    const last = reader.frames.length - 1;
    await panel().locator('#moment').getByText(`update ${last} of ${last}`).waitFor();
    const { active = -1 } = reader.frames[last]?.parts[1] ?? {};
    const shown = await panel().locator('.side-text').first().innerText();
    assert.ok(shown.includes(`(${active.toLocaleString('en-US')} of 30,000)`), shown);
    const accuracy = readRecord(run())?.result?.evaluation?.acc ?? 0;
    assert.ok(accuracy > 0.93, `the test accuracy is ${accuracy}`);
    console.log(`      RigL at 95 %: test accuracy ${accuracy} after ${last} updates`);
    await panel().getByRole('button', { name: 'End Comparison' }).click();
    await panel().locator('[data-weight="fc1/kernel"] .layer').click();
    await window.command('View: Toggle Primary Side Bar Visibility');
    await window.theme('dark');
    await panel().getByRole('button', { name: 'On the image' }).click();
    await window.screenshot('masks-image', { x: 0, y: 35, width: 1440, height: 840 });
    await panel().getByRole('button', { name: 'Mask', exact: true }).click();
    await panel()
      .locator('#time')
      .fill(String(Math.floor(last / 3)));
    // The picture of the README.
    await window.screenshot('masks-panel', { x: 0, y: 35, width: 1440, height: 840 });
  });
});
