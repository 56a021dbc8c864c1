import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { rememberDevice } from '../harness/calibratedDevice';
import { repository, VsCodeWindow } from '../harness/window';
import { Workspace } from '../harness/workspace';

const cnn = `import * as tf from '@tensorflow/tfjs';

/** Two convolutions. */
export function cnn() {
  const model = tf.sequential();
  model.add(tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }));
  model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  model.add(tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 10, activation: 'softmax' }));
  return model;
}

/** No convolution. */
export function mlp() {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 512, activation: 'relu', inputShape: [784] }));
  model.add(tf.layers.dense({ units: 10 }));
  return model;
}
`;

describe('the cost panel in a real window', function () {
  this.timeout(240_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;
  const panel = () => window.panel;
  const row = (name: string) => panel().locator(`tbody tr[data-layer="${name}"]`);
  const fact = (name: string) => panel().locator(`[data-fact="${name}"] dd`);
  const firstLayer = () => panel().locator('tbody tr').first();

  before(async () => {
    workspace.write('models.ts', cnn);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
        cwd: workspace.folder,
      });
    git('init', '-q');
    git('add', 'models.ts');
    git('commit', '-qm', 'models');
    workspace.link('node_modules', path.join(repository, 'node_modules'));
    const cache = path.join(workspace.folder, 'cache');
    await rememberDevice(cache);
    window = await VsCodeWindow.open({ workspace: workspace.folder, env: { COMPUTE_LENS_CACHE: cache } });
    await window.openFile('models.ts');
    await window.command('View: Toggle Primary Side Bar Visibility');
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('opens from the palette with every layer, the step and what is alive at its peak', async () => {
    await window.command('Compute Lens: Show Cost');
    await panel().getByRole('heading', { name: 'Cost of cnn' }).waitFor();
    // 26 * 26 positions of 9 weights for each of 8 filters, two FLOPs a MAC.
    await row('conv2d_Conv2D1').getByText('97.3 kFLOPs').first().waitFor();
    await panel()
      .getByRole('heading', { name: /^Alive at the peak of/ })
      .waitFor();
    await panel().locator('.plot canvas').waitFor();
    assert.ok((await panel().locator('.tile').count()) >= 4);
    await fact('Step time')
      .getByText(/^predicted \d.* ms \(.*–.* ms\)$/)
      .waitFor();
    assert.match(await panel().locator('thead').innerText(), /Predicted time/);
    assert.match(await row('conv2d_Conv2D1').innerText(), /\d ms/);
    await window.screenshots('cost-panel');
    // The picture of the README.
    await window.screenshot('cost-panel', { x: 0, y: 35, width: 1440, height: 840 });
    await panel().locator('.step').scrollIntoViewIfNeeded();
    await window.screenshots('cost-panel-step');
    // Of 40 GFLOP/s and 10 GB/s: from 4 FLOPs a byte on, arithmetic is what holds a layer up.
    await panel()
      .getByText('Roof of wasm, measured 2026-01-02: 40 GFLOP/s, 10 GB/s.')
      .scrollIntoViewIfNeeded();
    await window.screenshots('cost-panel-roof');
    assert.deepEqual(await window.panelViolations(), []);
  });

  it('sorts by any column', async () => {
    await panel().getByRole('button', { name: 'Params', exact: true }).click();
    assert.equal(await firstLayer().getAttribute('data-layer'), 'dense_Dense1');
    assert.equal(await panel().locator('th[aria-sort="descending"]').innerText(), 'Params ▼');
    await panel().getByRole('button', { name: 'Params' }).click();
    assert.equal(await panel().locator('th[aria-sort="ascending"]').count(), 1);
    await panel().getByRole('button', { name: 'Params' }).click();
    assert.equal(await firstLayer().getAttribute('data-layer'), 'conv2d_Conv2D1');
  });

  it('says what another batch size takes, and what zeros would save', async () => {
    await panel().locator('#batch').fill('6');
    // 97,344 FLOPs times 64.
    await row('conv2d_Conv2D1').getByText('6.23 MFLOPs').first().waitFor();
    await panel().locator('#about').getByText('batch size 64, counted from shapes').waitFor();
    await panel().getByText('As written: 1.').waitFor();
    await panel().locator('#sparsity').fill('7');
    await panel()
      .locator('#sparseAnswer')
      .getByText(/^10\.0 % of/)
      .waitFor();
    await panel().getByLabel('How zeros change while training').selectOption('rigl');
    await panel()
      .locator('#sparseAnswer')
      .getByText(/mean of 10,000 steps with 10\.0 % of the weights active/)
      .waitFor();
    await window.screenshot('cost-panel-what-if-dark');
    await panel().getByRole('button', { name: 'As Written' }).click();
    await row('conv2d_Conv2D1').getByText('97.3 kFLOPs').first().waitFor();
  });

  it('goes to the line of a layer', async () => {
    await row('dense_Dense1').getByRole('button').click();
    await window.page
      .locator('.part.statusbar')
      .getByText(/^Ln 10, Col/)
      .waitFor();
  });

  it('follows what is typed, and compares it with the last commit', async () => {
    await replace('filters: 16', 'filters: 32');
    await row('conv2d_Conv2D2').getByText('1×11×11×32').waitFor();
    await panel().getByRole('button', { name: 'Compare with Last Commit' }).click();
    const change = panel().locator('#change');
    await change.getByText(/^This change: \+\d+ % FLOPs a step, \+100 % parameters/).waitFor();
    await row('conv2d_Conv2D2').getByText('+').waitFor();
    await row('max_pooling2d_MaxPooling2D1').getByText('as before').waitFor();
    // The lenses follow, too, though the editor has no focus any more.
    await window.page
      .locator('.codelens-decoration a')
      .filter({ hasText: '41.1 k params' })
      .first()
      .waitFor();
    await window.screenshots('cost-panel-change');
    await panel().getByRole('button', { name: 'End Comparison' }).click();
    await change.waitFor({ state: 'hidden' });
  });

  it('is walked through with the keyboard, every control in its order, and Enter goes to a line', async () => {
    await panel().getByRole('button', { name: 'Compare with Last Commit' }).focus();
    const walked: string[] = [];
    for (let presses = 0; presses < 60 && walked.at(-1) !== 'roofBackend'; presses++) {
      walked.push(await panel().locator(':focus').first().evaluate(nameOf));
      await window.page.keyboard.press('Tab');
    }
    const places = [
      'export-csv',
      'batch',
      'exactBatch',
      'sparsity',
      'Table of layers',
      'Params',
      'conv2d_Conv2D1, go to line 6',
    ];
    const found = [...places, 'roofBackend'].map((name) => walked.indexOf(name));
    assert.ok(!found.includes(-1), walked.join(' | '));
    assert.deepEqual(
      found,
      [...found].sort((a, b) => a - b),
      walked.join(' | '),
    );
    await row('conv2d_Conv2D1').getByRole('button').focus();
    await window.screenshot('cost-panel-focus-dark');
    await window.page.keyboard.press('Enter');
    await window.page
      .locator('.part.statusbar')
      .getByText(/^Ln 6, Col/)
      .waitFor();
  });

  it('shows another model, and two side by side', async () => {
    await panel().locator('#models').selectOption('mlp');
    await panel().getByRole('heading', { name: 'Cost of mlp' }).waitFor();
    assert.match(await fact('Parameters').innerText(), /^407,050/);
    await panel().getByRole('button', { name: 'Compare with Model…' }).click();
    await window.pick('cnn');
    await panel()
      .locator('#change')
      .getByText(/^Against cnn: /)
      .waitFor();
    await panel().locator('tr[data-state="gone"]').first().waitFor();
    await window.screenshot('cost-panel-two-dark');
    await panel().getByRole('button', { name: 'End Comparison' }).click();
  });

  it('keeps the last figures while the file does not parse, marked stale', async () => {
    await replace('return model;', 'return model model;');
    await panel()
      .locator('#stale')
      .getByText(/^From before the file broke: /)
      .waitFor();
    await window.screenshot('cost-panel-stale-dark');
    await replace('return model model;', 'return model;');
    await panel().locator('#stale').waitFor({ state: 'hidden' });
  });

  it('comes back with a reload, as it was', async () => {
    await window.command('File: Save All Files');
    await window.reload();
    await window.page.locator('.tab').filter({ hasText: 'Cost: models.ts' }).click();
    await panel().getByRole('heading', { name: 'Cost of mlp' }).waitFor();
  });

  it('is exported as CSV, JSON and Markdown', async () => {
    for (const [name, text] of [
      ['CSV', 'layer,class,line,output_shape,params'],
      ['JSON', '"convention": "mac2"'],
      ['Markdown', 'One training step at batch size 1'],
    ] as const) {
      await panel().getByRole('link', { name, exact: true }).click();
      await window.page.locator('.editor-instance').getByText(text).first().waitFor();
      await window.page.keyboard.press('Escape');
    }
  });

  /** Selects the first occurrence of a text in the editor and types another over it. */
  async function replace(text: string, by: string): Promise<void> {
    const { keyboard } = window.page;
    await window.page.locator('.editor-instance .view-lines').first().click();
    await keyboard.press('Control+Home');
    await keyboard.press('Control+f');
    await window.page.locator('.find-widget textarea').first().fill(text);
    await keyboard.press('Enter');
    await keyboard.press('Escape');
    await keyboard.type(by);
  }
});

/** What an element is called that has the focus. */
function nameOf(element: {
  readonly id: string;
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
}): string {
  return element.id || (element.getAttribute('aria-label') ?? element.textContent ?? '').trim();
}
