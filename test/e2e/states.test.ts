import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { eventually, processesOfGroup } from '../harness/processes';
import { repository, VsCodeWindow } from '../harness/window';
import { readRecord, Workspace } from '../harness/workspace';

const broken = `import { defineExperiment, glyphs } from 'compute-lens';

export default defineExperiment({
  data: glyphs({ train: 64, test: 32, shape: 'flat' }),
  model: ({ tf, inputShape }) => {
    const width: number = inputShape.missing.length;
    return tf.sequential({ layers: [tf.layers.dense({ inputShape, units: width })] });
  },
  loss: 'meanSquaredError',
});
`;

describe('what a user sees when there is nothing, or something is wrong', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  beforeEach(() => {
    workspace = new Workspace();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await window.screenshot(`failed-${this.currentTest.title.slice(0, 40)}`);
    await window?.close();
    workspace.remove();
  });

  it('an empty view that says what to do, and a new experiment that runs as it stands', async () => {
    workspace.installTypes();
    window = await VsCodeWindow.open({ workspace: workspace.folder });
    await window.command('Compute Lens: Focus on Runs View');
    await window.page.getByText('There are no runs yet').waitFor();
    for (const theme of ['light', 'high-contrast', 'dark'] as const) {
      await window.theme(theme);
      await window.screenshot(`7-empty-view-${theme}`);
    }
    await window.page.locator('.pane-body').getByRole('button', { name: 'New Experiment' }).click();
    await window.quickInput().waitFor();
    await window.page.keyboard.press('Enter');
    await window.page.locator('.tab').filter({ hasText: 'experiment.experiment.ts' }).waitFor();
    await window.page
      .locator('.editor-actions')
      .getByRole('button', { name: /Run Experiment/ })
      .click();
    const run = await eventually(() => workspace.runs()[0], 'a run');
    await eventually(() => readRecord(run)?.status === 'finished', 'the end of the new experiment', 90);
    await window.screenshots('8-new-experiment-finished');
  });

  it('a run that ended while no window was open: its panel, once', async () => {
    const file = workspace.write('short.experiment.ts', broken.replace('inputShape.missing.length', '10'));
    const cli = path.join(repository, 'dist', 'cli.js');
    execFileSync(process.execPath, [cli, 'run', file, '--workspace', workspace.folder], { stdio: 'ignore' });
    window = await VsCodeWindow.open({ workspace: workspace.folder });
    await window.panel.locator('#status').getByText('Finished').waitFor();
    await window.command('View: Close Editor');
    await window.page.locator('iframe.webview').first().waitFor({ state: 'detached' });
    await window.reload();
    await window.command('Compute Lens: Focus on Runs View');
    await window.treeItem('short').waitFor();
    await window.page.waitForTimeout(2000);
    assert.equal(await window.page.locator('iframe.webview').count(), 0);
  });

  it("an error in the user's code: a notification that opens the line, a mark, a panel that says why", async () => {
    workspace.write('broken.experiment.ts', broken);
    window = await VsCodeWindow.open({ workspace: workspace.folder });
    await window.command('Compute Lens: Run Experiment');
    await window.pick('broken');
    await window.pick('as the file says');
    const notification = window.notification(/Cannot read properties of undefined/);
    await notification.waitFor();
    await window.panel
      .locator('#error .message')
      .getByText(/Cannot read properties of undefined/)
      .waitFor();
    await window.screenshots('9-failed');
    assert.deepEqual(await window.panelViolations(), []);
    await notification.getByRole('button', { name: 'Open' }).click();
    await window.page.locator('.tab.active').filter({ hasText: 'broken.experiment.ts' }).waitFor();
    await window.page.locator('.squiggly-error').first().waitFor();
    await window.page.locator('.line-numbers.active-line-number').getByText('6', { exact: true }).waitFor();
    await window.screenshots('10-error-in-editor');
  });

  it('an untrusted workspace: nothing is run, and the view says why', async () => {
    workspace.write('broken.experiment.ts', broken);
    window = await VsCodeWindow.open({ workspace: workspace.folder, trustAll: false });
    await window.openFile('broken.experiment.ts');
    await window.command('Compute Lens: Focus on Runs View');
    await window.page.getByText('This workspace is not trusted').waitFor();
    await window.screenshots('11-untrusted');
    await window.command('Compute Lens: Run Experiment');
    await window.notification(/not trusted/).waitFor();
    assert.deepEqual(workspace.runs(), []);
    // Nor is it traced: to see what its model costs would execute it, too.
    assert.equal(await window.page.locator('.codelens-decoration').count(), 0);
    assert.deepEqual(processesOfGroup(window.server.pid, 'tracer.js'), []);
  });
});
