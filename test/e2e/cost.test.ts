import assert from 'node:assert/strict';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { repository, VsCodeWindow } from '../harness/window';
import { Workspace } from '../harness/workspace';

const lenet = `import * as tf from '@tensorflow/tfjs';

/** LeCun et al. 1998, with average pooling. */
export function lenet() {
  const model = tf.sequential();
  model.add(tf.layers.conv2d({ filters: 6, kernelSize: 5, activation: 'relu', inputShape: [32, 32, 1] }));
  model.add(tf.layers.averagePooling2d({ poolSize: 2, strides: 2 }));
  model.add(tf.layers.conv2d({ filters: 16, kernelSize: 5, activation: 'relu' }));
  model.add(tf.layers.averagePooling2d({ poolSize: 2, strides: 2 }));
  model.add(tf.layers.conv2d({ filters: 120, kernelSize: 5, activation: 'relu' }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 84, activation: 'relu' }));
  model.add(tf.layers.dense({ units: 10 }));
  return model;
}
`;

describe('a model file in a window', function () {
  this.timeout(240_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;
  before(async () => {
    workspace.write('lenet.ts', lenet);
    // TensorFlow.js is installed, as it is where somebody writes models.
    workspace.link('node_modules', path.join(repository, 'node_modules'));
    window = await VsCodeWindow.open({ workspace: workspace.folder });
    await window.openFile('lenet.ts');
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('says above its lines what they cost', async () => {
    await lens('156 params | 235 kFLOPs | 19 kB');
    await lens('lenet: 61.7 k params | 833 kFLOPs');
    assert.equal(await window.page.locator('.squiggly-error').count(), 0);
    await window.screenshots('cost');
    // The picture of the README.
    await window.screenshot('cost-lenses', { x: 348, y: 90, width: 1000, height: 440 });
  });
  it('says it anew while one types', async () => {
    await replace('filters: 6,', 'filters: 12,');
    await lens('312 params | 470 kFLOPs');
  });
  it('keeps what it said while the file does not parse, marked stale, and recovers', async () => {
    await at('return model;');
    await window.page.keyboard.press('End');
    await window.page.keyboard.type('((');
    await lens(/^lenet: 64\.3 k params.*stale$/);
    await lens(/^312 params.*stale$/);
    await window.screenshots('cost-stale');
    for (let i = 0; i < 2; i++) await window.page.keyboard.press('Backspace');
    await lens(/^lenet: 64\.3 k params/);
    await lenses(/stale/).first().waitFor({ state: 'detached' });
    assert.equal(await lenses(/^312 params/).count(), 1);
  });
  it('says in full what a line costs when one points at it', async () => {
    await at('units: 84');
    await window.command('Show or Focus Hover');
    const hover = window.page.locator('.monaco-hover').filter({ hasText: 'dense_Dense1' });
    await hover.getByText('10,164 parameters').waitFor();
    for (const text of ['20.2 kFLOPs', '40.3 kFLOPs', '142 kFLOPs', 'output 1×84'])
      await hover.getByText(text).first().waitFor();
    await window.screenshots('cost-hover');
    await window.page.keyboard.press('Escape');
  });
  it('shows a table of the layers beside the file', async () => {
    await window.command('Compute Lens: Show Cost as Table');
    const table = window.panel.locator('table').first();
    await table.getByText('average_pooling2d_AveragePooling2D1').waitFor();
    await window.screenshots('cost-table');
    await window.command('View: Close All Editors in Group');
    await window.openFile('lenet.ts');
  });
  it('marks the line on which shapes do not fit, before any run', async () => {
    await replace('averagePooling2d({ poolSize: 2, strides: 2 })', 'flatten()');
    await window.page.locator('.squiggly-error').first().waitFor();
    await window.command('Problems: Focus on Problems View');
    const problem = window.page.locator('.markers-panel').getByText(/expected ndim=4, found ndim=2/);
    await problem.first().waitFor();
    await window.screenshots('cost-problem');
  });

  function lenses(text: string | RegExp) {
    return window.page.locator('.codelens-decoration a').filter({ hasText: text });
  }
  async function lens(text: string | RegExp): Promise<void> {
    await lenses(text).first().waitFor();
  }
  /** Selects the first occurrence of a text in the editor. */
  async function at(text: string): Promise<void> {
    const { keyboard } = window.page;
    await keyboard.press('Control+Home');
    await keyboard.press('Control+f');
    const input = window.page.locator('.find-widget textarea').first();
    await input.fill(text);
    await window.page.keyboard.press('Enter');
    await window.page.keyboard.press('Escape');
  }
  async function replace(text: string, by: string): Promise<void> {
    await at(text);
    await window.page.keyboard.type(by);
  }
});
