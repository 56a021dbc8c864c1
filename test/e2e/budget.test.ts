import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { rememberDevice } from '../harness/calibratedDevice';
import { VsCodeWindow } from '../harness/window';
import { Workspace } from '../harness/workspace';

const experiment = `import { defineExperiment, glyphs } from 'compute-lens';

export default defineExperiment({
  data: glyphs({ train: 2048, test: 256, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape, units: 32, activation: 'relu' }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
  optimizer: 'sgd',
  loss: 'categoricalCrossentropy',
  batchSize: 32,
  epochs: 2,
  budget: { flops: 1e8 },
});
`;

/** 25,088 and 320 weights times 32 examples, forward, and about as much for each gradient: some 2 ms a step here. */
describe('a run that is predicted, and may not spend more, in a real window', function () {
  this.timeout(240_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;
  const dialog = () => window.page.locator('.monaco-dialog-box');

  before(async () => {
    workspace.write('small.experiment.ts', experiment);
    workspace.installTypes();
    const cache = path.join(workspace.folder, 'cache');
    await rememberDevice(cache);
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      dialogs: true,
      settings: { 'computeLens.backend': 'wasm', 'computeLens.energy.pricePerKwh': 0.3 },
      env: { COMPUTE_LENS_CACHE: cache },
    });
    await window.openFile('small.experiment.ts');
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('says at the budget that it will be spent, and above the model what training will take', async () => {
    const lens = window.page.locator('.codelens-decoration a').filter({ hasText: 'small:' }).first();
    await lens.getByText(/training predicted \d+ ms/).waitFor();
    await window.command('Problems: Focus on Problems View');
    const problem = window.page
      .locator('.markers-panel .monaco-list-row')
      .filter({ hasText: 'the budget is' });
    await problem.getByText(/^Training takes .* MFLOPs \(counted\), and the budget is 100 MFLOPs/).waitFor();
    await window.screenshot('budget-problem');
    await problem.click();
    await window.page
      .locator('.part.statusbar')
      .getByText(/^Ln 16, Col/)
      .waitFor();
  });

  it('asks before it starts: Cancel starts nothing', async () => {
    await window.command('Compute Lens: Run Current File');
    await dialog().getByText('This run is expected to spend its budget before its end.').waitFor();
    await dialog()
      .getByText(/the run will stop before its end/)
      .waitFor();
    await window.screenshot('budget-question');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.deepEqual(workspace.runs(), []);
  });

  it('Run Anyway starts it, and its panel says what was predicted beside what it took', async () => {
    await window.command('Compute Lens: Run Current File');
    await dialog().getByRole('button', { name: 'Run Anyway' }).click();
    await window.panel.locator('#status').getByText('Stopped').waitFor();
    const figure = (name: string) => window.panel.locator(`#predicted [data-figure="${name}"]`);
    await figure('step')
      .getByText(/^\d.* ms \(.*–.* ms\)$/)
      .waitFor();
    await figure('step')
      .getByText(/^measured \d/)
      .waitFor();
    await figure('training')
      .getByText(/^measured/)
      .waitFor();
    for (const name of ['energy', 'CO2e', 'cost'])
      assert.equal(await figure(name).locator('td').count(), 2, name);
    await window.panel
      .locator('#fact-stepTime')
      .getByText(/^predicted .* ms, measured .* ms$/)
      .waitFor();
    await window.panel.locator('#predicted').scrollIntoViewIfNeeded();
    await window.screenshots('run-predicted');
    assert.deepEqual(await window.panelViolations(), []);
    assert.equal(workspace.runs().length, 1);
  });

  it('puts the measured step beside the predicted one, above the model and under the roof', async () => {
    const lens = window.page.locator('.codelens-decoration a').filter({ hasText: 'small:' }).first();
    forgetPeakOfRun(path.join(workspace.folder, 'cache', 'peaks'));
    await window.page.locator('.editor-instance .view-lines').first().click();
    await window.page.keyboard.press('Control+Home');
    await lens.getByText(/predicted .* ms, measured .* ms/).waitFor();
    await window.command('View: Toggle Panel Visibility');
    await lens.click({ position: { x: 4, y: 8 } });
    await window.panel.getByRole('heading', { name: 'Cost of small' }).waitFor();
    await window.panel
      .locator('[data-fact="Step time"] dd')
      .getByText(/measured .* ms in the last run, on wasm/)
      .waitFor();
    for (const name of ['Training time', 'Energy', 'CO2e', 'Money'])
      await window.panel
        .locator(`[data-fact="${name}"] dd`)
        .getByText(/^predicted /)
        .waitFor();
    await window.panel.locator('.roofline .measured').scrollIntoViewIfNeeded();
    await window.screenshots('cost-panel-measured');
    assert.deepEqual(await window.panelViolations(), []);
  });
});

/** The run has measured products on this real machine, and no sums: what was remembered for the test has both. */
function forgetPeakOfRun(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    const { subject } = JSON.parse(fs.readFileSync(file, 'utf8')) as { subject: { cpu: string } };
    if (subject.cpu !== 'x') fs.rmSync(file);
  }
}
