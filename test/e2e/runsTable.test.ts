import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { eventually } from '../harness/processes';
import { repository, VsCodeWindow } from '../harness/window';
import { quickstart, readRecord, Workspace } from '../harness/workspace';

/** Trained for the test, in the order they are started. */
const settings = [
  { lr: 1e-3, hidden: 32, seed: 1 },
  { lr: 1e-3, hidden: 32, seed: 2 },
  { lr: 1e-2, hidden: 64, seed: 1 },
  { lr: 1e-2, hidden: 64, seed: 2 },
  { lr: 1e-4, hidden: 16, seed: 1 },
];

describe('the runs table in a real window', function () {
  this.timeout(300_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;
  const panel = () => window.panel;
  const rows = () => panel().locator('#grid .body [role="row"]');
  const cell = (row: number, column: string) =>
    panel()
      .locator(`#grid .titles [data-column="${column}"]`)
      .getAttribute('aria-colindex')
      .then((index) =>
        panel()
          .locator(`#grid .body [aria-rowindex="${row + 3}"] [aria-colindex="${index}"]`)
          .innerText(),
      );
  const values = async (column: string) =>
    Promise.all(Array.from({ length: await rows().count() }, (_, i) => cell(i, column)));
  const count = (text: string | RegExp) => panel().locator('#count').getByText(text).waitFor();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
      cwd: workspace.folder,
    });
  const train = ({ lr, hidden, seed }: (typeof settings)[number]) =>
    execFileSync(
      process.execPath,
      [
        path.join(repository, 'dist', 'cli.js'),
        'run',
        path.join(workspace.folder, 'quickstart.experiment.ts'),
        ...['--set', `lr=${lr}`, '--set', `hidden=${hidden}`, '--seed', String(seed), '--backend', 'wasm'],
      ],
      { cwd: workspace.folder, stdio: 'pipe' },
    );

  before(async () => {
    workspace.installTypes();
    workspace.write('quickstart.experiment.ts', quickstart({ epochs: 1 }));
    workspace.write('.gitignore', 'node_modules\n');
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    settings.slice(0, 2).forEach(train);
    workspace.write('quickstart.experiment.ts', quickstart({ epochs: 1 }).replace('units: 128', 'units: 64'));
    git('commit', '-qam', 'smaller second layer');
    settings.slice(2).forEach(train);
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      settings: { 'computeLens.openRunningRuns': false },
    });
    await window.command('View: Toggle Primary Side Bar Visibility');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await window.screenshot(`runs-table-failed-${this.currentTest.title.slice(0, 30)}`);
  });
  after(async () => {
    await window?.close();
    workspace.remove();
  });

  it('opens from the palette with a row for every run, the newest first', async () => {
    await window.command('Compute Lens: Show Runs Table');
    await count('5 runs');
    await eventually(
      async () => (await values('best:test/acc')).every((text) => text !== ''),
      'best values of all runs',
    );
    assert.deepEqual(await values('seed'), ['1', '2', '1', '2', '1']);
    assert.deepEqual(await values('param:hidden'), ['16', '64', '64', '32', '32']);
    const record = readRecord(workspace.runs()[4] ?? '');
    assert.equal(
      await cell(0, 'last:test/acc'),
      String(Number(record?.result?.evaluation?.acc?.toPrecision(4))),
    );
    assert.match(await cell(0, 'flops'), /FLOPs$/);
    await window.screenshots('runs-table');
    assert.deepEqual(await window.panelViolations(), []);
  });
});
