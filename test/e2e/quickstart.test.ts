import assert from 'node:assert/strict';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { eventually } from '../harness/processes';
import { VsCodeWindow, type Theme } from '../harness/window';
import { lastStep, quickstart, readRecord, realMnist, Workspace } from '../harness/workspace';

describe('the quickstart in a real window', function () {
  this.timeout(300_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  const run = () => workspace.runs()[0] ?? '';
  const status = () => window.panel.locator('#status');
  const stepShown = async () =>
    Number((await window.panel.locator('#fact-step').innerText()).split('/')[0]?.replaceAll(/\D/g, ''));
  const painted = () =>
    window.panel
      .locator('section[data-quantity="loss"] canvas')
      .first()
      .evaluate((element: unknown) => {
        interface Canvas {
          readonly width: number;
          readonly height: number;
          getContext(kind: '2d'): {
            getImageData(x: number, y: number, w: number, h: number): { readonly data: Uint8ClampedArray };
          };
        }
        const canvas = element as Canvas;
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let hash = 0;
        let pixels = 0;
        for (let i = 3; i < data.length; i += 4) {
          if (data[i]) pixels++;
          hash = (hash * 31 + (data[i] ?? 0) + i) | 0;
        }
        return { pixels, hash };
      });

  before(async () => {
    workspace = new Workspace();
    workspace.installTypes();
    const mnist = realMnist();
    const options =
      mnist === undefined ? { epochs: 4 } : { epochs: 3, dataDir: workspace.link('mnist', mnist) };
    workspace.write('quickstart.experiment.ts', quickstart(options));
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('starts from the palette', async () => {
    await window.openFile('quickstart.experiment.ts');
    await window.command('Compute Lens: Run Experiment');
    await window.row('quickstart').first().waitFor();
    await window.screenshots('1-palette-experiments');
    await window.pick('quickstart');
    await window.row('hidden').first().waitFor();
    await window.screenshots('2-palette-options');
    await window.pick('as the file says');
    await status().getByText('Running').waitFor();
    assert.equal(readRecord(run())?.name, 'quickstart');
  });

  it('shows a curve that grows while it trains', async () => {
    await eventually(async () => (await stepShown()) > 20, 'step 20 in the panel');
    const before = await painted();
    assert.ok(before.pixels > 1000, `only ${before.pixels} pixels of the chart are painted`);
    const step = await stepShown();
    await eventually(async () => (await stepShown()) > step + 40, '40 more steps in the panel');
    assert.notEqual((await painted()).hash, before.hash);
  });

  it('stops when asked in the panel, with a checkpoint', async () => {
    await eventually(() => lastStep(run()) > 100, 'step 100', 120);
    await window.panel.getByRole('button', { name: 'Stop' }).click();
    await status().getByText('Stopped').waitFor();
    assert.equal(readRecord(run())?.status, 'stopped');
  });

  it('is found again after the window was reloaded', async () => {
    const step = lastStep(run());
    await window.reload();
    await status().getByText('Stopped').waitFor();
    assert.equal(await stepShown(), step);
    await window.command('Compute Lens: Focus on Runs View');
    await window.treeItem('quickstart').waitFor();
    await window.screenshots('4-stopped-reloaded');
  });

  it('resumes where it stopped', async () => {
    const step = lastStep(run());
    await window.panel.getByRole('button', { name: 'Resume' }).click();
    const from = () => readRecord(run())?.attempts[1]?.fromStep;
    assert.equal(await eventually(from, 'a second attempt'), step + 1);
  });

  for (const theme of ['light', 'high-contrast', 'dark'] satisfies Theme[])
    it(`is legible in ${theme}, to eyes and to screen readers`, async () => {
      await window.panelTheme(theme);
      await window.screenshot(`3-running-${theme}`);
      const violations = await window.panelViolations();
      assert.deepEqual(violations, []);
    });

  it('reaches 97 % on the test images', async () => {
    await status().getByText('Finished').waitFor({ timeout: 240_000 });
    const record = readRecord(run());
    const accuracy = record?.result?.evaluation?.acc ?? 0;
    assert.ok(accuracy >= 0.97, `the test accuracy is ${accuracy}`);
    const legend = window.panel.locator('section[data-quantity="acc"] .legend-item[data-series="test/acc"]');
    assert.ok(
      (await legend.innerText()).includes(String(Number(accuracy.toPrecision(4)))),
      `the panel shows ${await legend.innerText()} for ${accuracy}`,
    );
    console.log(
      `      ${path.basename(run())}: test accuracy ${accuracy} after ${record?.result?.step} steps` +
        ` on ${record?.attempts[1]?.backend}, ${record?.plan?.data}`,
    );
    for (const theme of ['light', 'dark'] as const) {
      await window.panelTheme(theme);
      await window.screenshot(`5-finished-${theme}`);
    }
    // The picture of the README.
    await window.command('View: Toggle Primary Side Bar Visibility');
    await window.screenshot('run-panel', { x: 0, y: 35, width: 1440, height: 840 });
  });
});
