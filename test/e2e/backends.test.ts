import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { repository, VsCodeWindow } from '../harness/window';
import { quickstart, readRecord, Workspace } from '../harness/workspace';

describe('what a user sees of how fast this machine is', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  before(async () => {
    workspace = new Workspace();
    const file = workspace.write('quickstart.experiment.ts', quickstart({ epochs: 1 }));
    const cli = path.join(repository, 'dist', 'cli.js');
    const args = ['run', file, '--backend', 'wasm', '--workspace', workspace.folder];
    execFileSync(process.execPath, [cli, ...args], { stdio: 'ignore' });
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it("the share of the fastest matmul that a run reached, from the run's own folder", async () => {
    const { matmul } = readRecord(workspace.runs()[0] ?? '')?.attempts[0]?.peak ?? {};
    assert.ok(matmul);
    const speed = window.panel.locator('#fact-speed');
    await speed.getByText(/^[\d.]+ [MG]FLOP\/s, (<1|\d+) % of the fastest matmul$/).waitFor();
    const explained = (await window.panel.locator('.fact', { has: speed }).getAttribute('title')) ?? '';
    assert.match(explained, /counted.*measured.*\n.*fastest float32 matrix product measured on wasm here/);
    await window.panel.getByText('Parameters and backend').click();
    const row = window.panel.locator('#params tr').filter({ hasText: 'fastest matmul' });
    const { size, measuredAt } = matmul;
    assert.ok((await row.innerText()).includes(`on ${measuredAt.slice(0, 10)}, ${size} × ${size} matrices`));
    for (const theme of ['light', 'high-contrast', 'dark'] as const) {
      await window.panelTheme(theme);
      await row.scrollIntoViewIfNeeded();
      await window.screenshot(`16-speed-${theme}`);
    }
    assert.deepEqual(await window.panelViolations(), []);
  });

  it('the figures of every backend that trains, where one is chosen', async () => {
    await window.command('Compute Lens: Select Backend');
    for (const name of ['wasm', 'cpu'])
      await window
        .row(name)
        .filter({ hasText: /[\d.]+ GFLOP\/s · [\d.]+ GB\/s · \d+ threads? · measured \d{4}-\d\d-\d\d · / })
        .waitFor();
    await window.pick('Measure Again');
    await window.row('Measure Again').waitFor({ state: 'hidden' });
    await window.row('Measure Again').waitFor();
    for (const theme of ['light', 'high-contrast', 'dark'] as const) {
      await window.theme(theme);
      await window.screenshot(`17-select-backend-${theme}`);
    }
    await window.page.keyboard.press('Escape');
  });

  it('and in the options of a run, without starting any', async () => {
    await window.command('Compute Lens: Run Experiment');
    await window.pick('quickstart');
    await window.row('hidden').first().waitFor();
    await window.quickInput().fill('backend');
    await window.row('hidden').first().waitFor({ state: 'hidden' });
    await window.page.keyboard.press('Enter');
    await window
      .row('wasm')
      .filter({ hasText: /GFLOP\/s · .* · measured/ })
      .waitFor();
    await window.screenshots('18-backend-of-run');
    await window.page.keyboard.press('Escape');
  });
});
