import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { repository, themes, VsCodeWindow, type Theme } from '../harness/window';
import { Workspace } from '../harness/workspace';

/** Every panel: the command that opens it, what it asks, and when it is all there. */
const panels = [
  { name: 'run', command: 'Open Run', asks: 'sparse', there: 'section[data-quantity="loss"] canvas' },
  { name: 'masks', command: 'Show Masks', asks: 'sparse', there: '#time' },
  { name: 'cost', command: 'Show Cost', there: 'tbody tr' },
  { name: 'runs-table', command: 'Show Runs Table', there: '#grid .body [role="row"]' },
] as const;

describe('every panel, to eyes and to screen readers', function () {
  this.timeout(180_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;

  before(async () => {
    const source = fs.readFileSync(path.join(repository, 'examples/sparse/sparse.experiment.ts'), 'utf8');
    const file = workspace.write('sparse.experiment.ts', source);
    const cli = path.join(repository, 'dist', 'cli.js');
    const args = ['run', file, '--workspace', workspace.folder, '--backend', 'wasm', '--set', 'epochs=1'];
    for (const seed of ['1', '2'])
      execFileSync(process.execPath, [cli, ...args, '--seed', seed], { stdio: 'pipe' });
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      settings: { 'computeLens.openRunningRuns': false },
    });
    await window.openFile('sparse.experiment.ts');
    await window.command('View: Toggle Primary Side Bar Visibility');
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  for (const { name, command, there, ...rest } of panels) {
    it(`${name}: opens`, async () => {
      await window.command('View: Close All Editors');
      await window.openFile('sparse.experiment.ts');
      await window.command(`Compute Lens: ${command}`);
      if ('asks' in rest) await window.pick(rest.asks);
      await window.panel.locator(there).first().waitFor();
    });

    for (const theme of Object.keys(themes) as Theme[])
      it(`${name}: has no fault in ${theme}`, async () => {
        await window.panelTheme(theme);
        await window.screenshot(`every-${name}-${theme}`);
        assert.deepEqual(await window.panelViolations(), []);
      });

    it(`${name}: loses nothing where 200 % leave half the room`, async () => {
      await window.panelTheme('dark');
      await window.page.setViewportSize({ width: 720, height: 450 });
      try {
        await window.panel.locator(there).first().waitFor({ state: 'attached' });
        await window.screenshot(`every-${name}-zoomed-200`);
        const beyond = await window.panel.locator('body').evaluate((body: unknown) => {
          const { scrollWidth, clientWidth } = body as { scrollWidth: number; clientWidth: number };
          return scrollWidth - clientWidth;
        });
        assert.ok(beyond <= 0, `${beyond} pixels out of sight`);
        assert.deepEqual(await window.panelViolations(), []);
      } finally {
        await window.page.setViewportSize({ width: 1440, height: 900 });
      }
    });
  }
});
