import fs from 'node:fs';
import path from 'node:path';
import { VsCodeWindow } from '../harness/window';
import { Workspace } from '../harness/workspace';

/** With the real npm, compiler and libtensorflow, which has no CUDA. */
describe('installing a native backend', function () {
  this.timeout(240_000);
  let workspace: Workspace;
  let window: VsCodeWindow | undefined;
  beforeEach(() => (workspace = new Workspace()));
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window?.screenshot('failed-install');
    await window?.close();
    workspace.remove();
  });

  it('says beforehand what will not train and why, offers another, and trains a step on it', async function () {
    const modules = process.env.TFJS_NODE_MODULES;
    if (modules === undefined) {
      console.log('      NOT RUN: there is no libtensorflow here (TFJS_NODE_MODULES names none)');
      return this.skip();
    }
    const library = path.join(modules, '@tensorflow', 'tfjs-node', 'deps', 'lib', 'libtensorflow.so');
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      dialogs: true,
      settings: { 'computeLens.libtensorflow': path.dirname(fs.realpathSync(library)) },
    });
    await window.command('Compute Lens: Install GPU Backend');
    await window.pick('tensorflow-gpu');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.getByText('tensorflow-gpu will not train on this machine').first().waitFor();
    await dialog.getByText(/built without CUDA/).waitFor();
    await window.screenshot('16-install-blocked');
    await dialog.getByRole('button', { name: 'Take tensorflow Instead' }).click();
    await dialog.getByText('Install tensorflow?').waitFor();
    await window.screenshot('16-install');
    await dialog.getByRole('button', { name: 'Install', exact: true }).click();
    await window.page.locator('.part.panel .view-line').filter({ hasText: 'npm http' }).first().waitFor();
    await window.screenshot('16-installing');
    const trained = window.notification(/tensorflow is installed and trained a step: tfjs-node 4\.22\.0/);
    await trained.waitFor({ timeout: 180_000 });
    await window.screenshot('16-installed');
  });
});
