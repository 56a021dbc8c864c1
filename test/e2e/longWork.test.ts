import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { acquireLock } from '../../src/runs/lock';
import { closeAfterwards } from '../harness/closeAfterwards';
import { eventually } from '../harness/processes';
import { VsCodeWindow } from '../harness/window';
import { readRecord, Workspace } from '../harness/workspace';

const experiment = `import { defineExperiment, glyphs } from 'compute-lens';

export default defineExperiment({
  data: glyphs({ train: 256, test: 64, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10, activation: 'softmax' })] }),
  optimizer: 'sgd',
  loss: 'categoricalCrossentropy',
  epochs: 1,
});
`;

describe('what takes long on a machine that is slow', function () {
  this.timeout(300_000);
  /** Takes every connection and never answers. */
  const silent = http.createServer(() => undefined);
  const workspace = new Workspace('slow machine');
  let window: VsCodeWindow;
  const run = () => window.page.locator('.codelens-decoration a').filter({ hasText: 'Run' }).first();
  const records = () => workspace.runs().flatMap((each) => readRecord(each) ?? []);
  const cancel = async (text: string) => {
    const shown = window.notification(text);
    await shown.waitFor();
    await window.screenshot(`long-${text.split(' ')[0]?.toLowerCase()}`);
    await shown.hover();
    await shown.getByRole('button', { name: 'Cancel' }).click();
    await shown.waitFor({ state: 'detached' });
  };

  before(async () => {
    workspace.installTypes();
    workspace.write('some.experiment.ts', experiment);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      dialogs: true,
      env: {
        TFJS_NODE_CDN_STORAGE: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
      },
    });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );
  after(() => {
    silent.closeAllConnections();
    silent.close();
  });

  it('can be cancelled: looking up what a native backend needs', async () => {
    await window.command('Compute Lens: Install GPU Backend');
    await window.pick('tensorflow-gpu');
    await cancel('Looking at what tensorflow-gpu needs here');
    await window.page.waitForTimeout(1000);
    assert.equal(await window.page.locator('.monaco-dialog-box').count(), 0);
  });

  it('can be cancelled: starting a run while another window starts one, and nothing is left of it', async () => {
    const other = await acquireLock(path.join(workspace.folder, '.compute-lens', 'queue'));
    await window.openFile('some.experiment.ts');
    await run().click();
    await cancel('Starting some.experiment.ts');
    await other.release();
    await run().click();
    await eventually(
      () => records().some(({ status }) => status === 'finished'),
      'the run that is wanted',
      60,
    );
    assert.equal(records().length, 1);
  });

  it('is seen by nobody where it is quick: deleting a run', async () => {
    await window.command('Compute Lens: Focus on Runs View');
    await window
      .treeItem('finished')
      .first()
      .click({ modifiers: ['Control'] });
    await window.page.keyboard.press('Delete');
    const dialog = window.page.locator('.monaco-dialog-box');
    const forGood = dialog.getByRole('button', { name: 'Delete Permanently' });
    await forGood.waitFor();
    await window.page.waitForTimeout(1500);
    assert.equal(await window.notification('Deleting').count(), 0, 'while it asks');
    await forGood.click();
    await eventually(() => workspace.runs().length === 0, 'the run to go');
    assert.equal(await window.notification('Deleting').count(), 0, 'while it is done');
  });
});
