import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { repository, VsCodeWindow } from '../harness/window';
import { Workspace } from '../harness/workspace';

/** A dense layer as TensorFlow.js saves it. */
const saved = (units: number) =>
  JSON.stringify({
    format: 'layers-model',
    modelTopology: {
      class_name: 'Sequential',
      config: {
        name: 'net',
        layers: [
          {
            class_name: 'Dense',
            config: { name: 'only', units, batch_input_shape: [null, 100], dtype: 'float32' },
          },
        ],
      },
    },
    weightsManifest: [],
  });

/** As many layers as the largest models have, and more. */
const large = `import * as tf from '@tensorflow/tfjs';

export function large() {
  const model = tf.sequential();
  for (let i = 0; i < 2000; i++) model.add(tf.layers.dense({ units: 64, inputShape: [64] }));
  return model;
}
`;

describe('the cost of a saved model and of a very large one, in a real window', function () {
  this.timeout(240_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;
  const panel = () => window.panel;

  before(async () => {
    workspace.write('net.json', saved(10));
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
        cwd: workspace.folder,
      });
    git('init', '-q');
    git('add', 'net.json');
    git('commit', '-qm', 'a model');
    workspace.write('net.json', saved(15));
    workspace.write('large.ts', large);
    workspace.link('node_modules', path.join(repository, 'node_modules'));
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('is compared with its last commit, where the model is a file', async () => {
    await window.openFile('net.json');
    await window.command('Compute Lens: Show Cost');
    await panel().getByRole('button', { name: 'Compare with Last Commit' }).click();
    await panel()
      .locator('#change')
      .getByText(/^This change: \+50 % FLOPs a step, \+50 % parameters/)
      .waitFor();
    await window.command('View: Close All Editors');
  });

  it('draws of two thousand layers those in sight, sorted and scrolled', async () => {
    await window.openFile('large.ts');
    await window.command('Compute Lens: Show Cost');
    await panel().getByRole('heading', { name: 'Cost of large' }).waitFor();
    await panel().locator('tr[data-layer="dense_Dense1"]').waitFor();
    const rows = panel().locator('tbody tr[data-layer]');
    assert.ok((await rows.count()) < 300, 'only those in sight are drawn');
    // Up, and then down.
    for (let i = 0; i < 2; i++) await panel().getByRole('button', { name: 'Layer' }).click();
    await panel().locator('th[aria-sort="descending"]').waitFor();
    await panel().locator('tr[data-layer="dense_Dense2000"]').waitFor();
    // Once is enough: the room for the rows that are not drawn is as high as they are.
    await panel()
      .locator('.scroll')
      .evaluate((frame: { scrollTop: number }) => {
        frame.scrollTop = 1e6;
      });
    await panel().locator('tr[data-layer="dense_Dense1"]').waitFor();
    await window.screenshot('cost-panel-large-dark');
    assert.deepEqual(await window.panelViolations(), []);
  });
});
