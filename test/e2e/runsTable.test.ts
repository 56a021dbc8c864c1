import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { readAbout } from '../../src/runs/about';
import { closeAfterwards } from '../harness/closeAfterwards';
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

/** On as much data as keeps its accuracies apart. */
const text = quickstart({ epochs: 1 }).replace(
  "glyphs({ shape: 'flat' })",
  "glyphs({ train: 4096, test: 1024, shape: 'flat' })",
);

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
  const row = (index: number) => panel().locator(`#grid .body [aria-rowindex="${index + 3}"]`);
  const heading = (column: string) => panel().locator(`#grid .titles [data-column="${column}"]`);
  const count = (text: string | RegExp) => panel().locator('#count').getByText(text).waitFor();
  const showTable = () => window.page.locator('.tab').filter({ hasText: /^Runs/ }).click();
  const closeEditor = () => window.page.locator('.tab.active .codicon-close').click();
  const dialog = () => window.page.locator('.monaco-dialog-box');
  /** Selects the run that was started as this one, from 0, and nothing else. */
  const choose = (index: number) =>
    panel().locator(`#grid .body [data-key="${workspace.runs()[index]}"]`).click();
  /** The record of a run that was just started and opened over the table, at its end and back at the table. */
  const ended = async (index: number) => {
    const run = await eventually(() => workspace.runs()[index], `run ${index}`);
    const ending = path.basename(run).split('-').at(-1);
    await window.page
      .locator('.tab')
      .filter({ hasText: `quickstart · ${ending}` })
      .waitFor();
    await showTable();
    await count(new RegExp(`^${index + 1} runs`));
    await eventually(() => readRecord(run)?.status === 'finished', 'its end', 60);
    return readRecord(run);
  };
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
    workspace.write('quickstart.experiment.ts', text);
    workspace.write('.gitignore', 'node_modules\n');
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    settings.slice(0, 2).forEach(train);
    workspace.write('quickstart.experiment.ts', text.replace('units: 128', 'units: 64'));
    git('commit', '-qam', 'smaller second layer');
    settings.slice(2).forEach(train);
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      settings: { 'computeLens.openRunningRuns': false },
      dialogs: true,
    });
    await window.command('View: Toggle Primary Side Bar Visibility');
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

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

  it('sorts by its headings, with Shift by one more, and back to the order of the runs', async () => {
    await heading('best:test/acc').click();
    const accuracies = (await values('best:test/acc')).map(Number);
    assert.deepEqual(
      accuracies,
      [...accuracies].sort((a, b) => b - a),
    );
    assert.equal(await heading('best:test/acc').getAttribute('aria-sort'), 'descending');
    await heading('param:hidden').click();
    await heading('seed').click({ modifiers: ['Shift'] });
    assert.deepEqual(
      [await values('param:hidden'), await values('seed')],
      [
        ['64', '64', '32', '32', '16'],
        ['2', '1', '2', '1', '1'],
      ],
    );
    await heading('param:hidden').click();
    await heading('param:hidden').click();
    assert.equal(await heading('param:hidden').getAttribute('aria-sort'), 'none');
  });

  it('filters by ranges, says what is no filter, and searches in all columns', async () => {
    await panel().getByRole('button', { name: 'Filter', exact: true }).click();
    await panel().getByLabel('Filter hidden').fill('30..50');
    await count('2 of 5 runs');
    assert.deepEqual(await values('param:hidden'), ['32', '32']);
    await window.screenshot('runs-table-filter-dark');
    await panel().getByLabel('Filter hidden').fill('many');
    assert.equal(await panel().getByLabel('Filter hidden').getAttribute('aria-invalid'), 'true');
    await panel().getByLabel('Filter hidden').fill('>=1k');
    await panel().getByText('No run fits the search and the filters.').waitFor();
    await panel().getByRole('button', { name: 'Show All Runs' }).click();
    await count('5 runs');
    await panel().locator('#search').fill('no such run');
    await count('0 of 5 runs');
    await panel().locator('#search').fill('');
    await panel().locator('#archived').uncheck();
    await panel().getByRole('button', { name: 'Filter', exact: true }).click();
  });

  it('groups by a parameter, with mean and spread over the seeds', async () => {
    await panel().locator('#group').selectOption('param:lr');
    await eventually(async () => (await rows().count()) === 3, 'three groups');
    const accuracies = workspace
      .runs()
      .slice(0, 2)
      .map((run) => readRecord(run)?.result?.evaluation?.acc ?? NaN);
    const mean = ((accuracies[0] ?? 0) + (accuracies[1] ?? 0)) / 2;
    const group = (await values('param:lr')).indexOf('0.001');
    const shown = await cell(group, 'last:test/acc');
    assert.match(shown, /^[\d.]+ ± [\d.]+$/);
    assert.ok(Math.abs(Number.parseFloat(shown) - mean) < 1e-3, `${shown} is about ${mean}`);
    await window.screenshot('runs-table-groups-dark');
    await panel()
      .locator(`#grid .body [aria-rowindex="${group + 3}"] [role="rowheader"]`)
      .click();
    await eventually(async () => (await rows().count()) === 5, 'a group that is open');
    await panel().locator('#group').selectOption('nothing');
  });

  it('keeps columns, their places and the order when it comes back with a reload', async () => {
    await panel().getByRole('button', { name: 'Columns' }).click();
    await panel().getByLabel('Show Commit').check();
    await panel().getByLabel('Show epochs').uncheck();
    await panel().getByLabel('Pin Commit').check();
    await window.screenshot('runs-table-columns-dark');
    await panel().getByLabel('Pin Commit').press('Escape');
    await heading('commit').waitFor();
    await heading('last:test/acc').click();
    await window.page.waitForTimeout(500);
    await window.reload();
    await count('5 runs');
    assert.equal(await heading('commit').getAttribute('aria-colindex'), '3', 'beside the name');
    assert.equal(await heading('param:epochs').count(), 0);
    assert.equal(await heading('last:test/acc').getAttribute('aria-sort'), 'descending');
    const heads = execFileSync('git', ['log', '--format=%h', '--abbrev=8'], { cwd: workspace.folder });
    const [second, first] = String(heads).trim().split('\n');
    assert.deepEqual((await values('commit')).sort(), [first, first, second, second, second].sort());
  });

  it('is worked by keys alone: to move, to select, to open', async () => {
    const { keyboard } = window.page;
    await heading('name').focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('Space');
    await keyboard.press('ArrowDown');
    await keyboard.press('Space');
    await count(/2 selected/);
    assert.equal(await panel().locator('#grid .body [aria-selected="true"]').count(), 2);
    await keyboard.press('End');
    assert.equal(
      await panel().locator('#grid [role="gridcell"]:focus').getAttribute('aria-colindex'),
      await panel().locator('#grid').getAttribute('aria-colcount'),
    );
    await keyboard.press('Home');
    await keyboard.press('Escape');
    await keyboard.press('Control+Home');
    await keyboard.press('Shift+ArrowDown');
    await keyboard.press('Shift+ArrowDown');
    await count(/3 selected/);
    await keyboard.press('Control+a');
    await count(/5 selected/);
    await keyboard.press('Escape');
    await keyboard.press('Enter');
    await window.page
      .locator('.tab.active')
      .filter({ hasText: /^quickstart · / })
      .waitFor();
    await closeEditor();
    await count('5 runs');
  });

  it('keeps tags and notes in the folder of the run', async () => {
    await row(0).click();
    await panel().locator('#tags').fill('paper, best');
    await panel().locator('#notes').fill('the one to beat');
    await panel().locator('#notes').blur();
    const directory = await row(0).getAttribute('data-key');
    await eventually(
      async () => (await readAbout(directory ?? '')).notes === 'the one to beat',
      'notes in the folder',
    );
    assert.deepEqual((await readAbout(directory ?? '')).tags, ['paper', 'best']);
    await eventually(async () => (await values('tags')).includes('paper, best'), 'tags in the table');
    await window.screenshots('runs-table-selected');
    assert.deepEqual(await window.panelViolations(), []);
  });

  it('shows what differs between two runs, and between their commits', async () => {
    await panel().locator('#grid .body').getByText('0.0001').first().click();
    const others = panel().locator('#grid .body [role="row"]').filter({ hasText: '0.001' });
    await others.last().click({ modifiers: ['Control'] });
    await panel().getByRole('button', { name: 'Show Differences' }).click();
    const editor = window.page.locator('.editor-instance');
    await editor.getByText('hidden: 32').first().waitFor();
    await editor.getByText('hidden: 16').first().waitFor();
    await editor.getByText('tf.layers.dense({ units: 64').first().waitFor();
    await window.screenshots('runs-table-diff');
    await closeEditor();
    await count(/5 runs/);
  });

  it('plots runs with the Pareto front, and selects what is dragged over', async () => {
    await window.page.keyboard.press('Escape');
    await panel().locator('#plot').selectOption('scatter');
    await panel()
      .locator('#plotSummary')
      .getByText(/^5 runs. On the Pareto front/)
      .waitFor();
    await panel().getByRole('button', { name: 'Select Front' }).click();
    await count(/selected/);
    await window.screenshots('runs-table-scatter');
    await window.screenshot('runs-table', { x: 0, y: 35, width: 1440, height: 840 });
    const box = await panel().locator('.plot-area canvas').boundingBox();
    assert.ok(box);
    await window.page.mouse.move(box.x + 80, box.y + 5);
    await window.page.mouse.down();
    await window.page.mouse.move(box.x + box.width - 5, box.y + box.height - 30, { steps: 5 });
    await window.page.mouse.up();
    await count(/5 selected/);
    await panel().locator('#plot').selectOption('parallel');
    await panel()
      .locator('#plotSummary')
      .getByText(/^5 runs; drag along an axis/)
      .waitFor();
    await window.screenshots('runs-table-parallel');
    assert.deepEqual(await window.panelViolations(), []);
    await panel().locator('#plot').selectOption('none');
  });

  it('exports what is selected, or all that is shown', async () => {
    for (const [name, text] of [
      ['CSV', 'time_seconds_measured'],
      ['JSON', '"training_flops_counted"'],
      ['Markdown', '| Name'],
    ] as const) {
      await panel().getByRole('link', { name, exact: true }).click();
      await window.page.locator('.editor-instance').getByText(text).first().waitFor();
      await showTable();
      await count(/5 runs/);
    }
  });

  it('lays the curves of those that are selected over each other', async () => {
    const keys: string[] = [];
    for (const each of [0, 2, 4]) {
      await row(each).click({ modifiers: each === 0 ? [] : ['Control'] });
      keys.push((await row(each).getAttribute('data-key')) ?? '');
    }
    await count(/3 selected/);
    await panel().getByRole('button', { name: 'Overlay Curves' }).click();
    await window.page
      .locator('.tab.active')
      .filter({ hasText: /^quickstart · / })
      .waitFor();
    const compared = panel().locator('#comparison li');
    await eventually(async () => (await compared.count()) === 3, 'three runs');
    const listed = (await compared.allInnerTexts()).join();
    for (const key of keys) assert.ok(listed.includes(key.split('-').at(-1) ?? key), `${key} in ${listed}`);
    // Each with what it was trained and tested on.
    const legend = panel().locator('section[data-quantity="loss"] .legend-item');
    await eventually(async () => (await legend.count()) === 6, 'six curves');
    await window.screenshot('runs-table-overlaid');
    await closeEditor();
    await count(/3 selected/);
  });

  it('puts runs away, does nothing to what it does not show, and shows them again on demand', async () => {
    await row(3).click();
    await row(4).click({ modifiers: ['Control'] });
    await panel().getByRole('button', { name: 'Archive', exact: true }).click();
    await count(/^3 of 5 runs$/);
    await panel().locator('#selection').waitFor({ state: 'hidden' });
    await panel().locator('#archived').check();
    await count(/^5 runs · 2 selected$/);
    await panel().getByRole('button', { name: 'Take out of Archive' }).click();
    await panel().locator('#archived').uncheck();
    await count(/^5 runs · 2 selected$/);
  });

  it('runs one again exactly, without a word where its code is what it was', async () => {
    await choose(4);
    await panel().getByRole('button', { name: 'Rerun', exact: true }).click();
    const again = await ended(5);
    assert.equal(await dialog().count(), 0);
    assert.deepEqual(again?.result?.evaluation, readRecord(workspace.runs()[4] ?? '')?.result?.evaluation);
  });

  it('runs one again with changes, and keeps what is not changed', async () => {
    await choose(0);
    await panel().getByRole('button', { name: 'Rerun with Changes…' }).click();
    await window.row('with hidden=32').waitFor();
    await window.quickInput().fill('lr=0.05');
    await window.row('Set lr to 0.05').waitFor();
    await window.page.keyboard.press('Enter');
    await window.row('with').filter({ hasText: 'lr=0.05' }).waitFor();
    await window.screenshot('runs-table-changes');
    await window.page.keyboard.press('Enter');
    const [again, first] = [await ended(6), readRecord(workspace.runs()[0] ?? '')];
    assert.deepEqual(again?.params, { ...first?.params, lr: 0.05 });
    assert.equal(again?.seed, first?.seed);
    assert.equal(again?.requestedBackend, 'wasm');
  });

  it('says how the code differs before it runs one again, and starts nothing where that is not wanted', async () => {
    workspace.write('quickstart.experiment.ts', `${text.replace('units: 128', 'units: 64')}\n// Changed.\n`);
    await choose(0);
    const rerun = panel().getByRole('button', { name: 'Rerun', exact: true });
    await rerun.click();
    await dialog().getByText('may come out differently this time').waitFor();
    await dialog()
      .getByText(/It ran with commit [0-9a-f]{8}; [0-9a-f]{8} is checked out now/)
      .waitFor();
    await dialog().getByText('Files have changes now that are not committed').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    assert.equal(workspace.runs().length, 7);
    await rerun.click();
    await dialog().getByRole('button', { name: 'Run Anyway' }).click();
    const [again, first] = [await ended(7), readRecord(workspace.runs()[0] ?? '')];
    assert.deepEqual(again?.params, first?.params);
    assert.equal(again?.requestedBackend, 'wasm');
    assert.notEqual(again?.git?.commit, first?.git?.commit);
  });

  it('deletes several once that was confirmed', async () => {
    await eventually(async () => (await values('status')).every((text) => text === 'finished'), 'all ends');
    const keys = await Promise.all([0, 1].map((each) => row(each).getAttribute('data-key')));
    await row(0).click();
    await row(1).click({ modifiers: ['Control'] });
    await count(/2 selected/);
    const remove = panel().getByRole('button', { name: 'Delete…' });
    await remove.click();
    await dialog().getByText('Delete 2 runs?').waitFor();
    for (const key of keys)
      await dialog()
        .getByText(path.basename(key ?? 'none'))
        .waitFor();
    await window.screenshot('runs-table-delete');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    assert.equal(workspace.runs().length, 8);
    await remove.click();
    await dialog().getByRole('button', { name: 'Delete Permanently' }).click();
    await count(/^6 runs$/);
    assert.deepEqual(
      workspace.runs().filter((run) => keys.includes(run)),
      [],
    );
    assert.equal(workspace.runs().length, 6);
  });

  it('asks once for all that are selected in the view of runs, too', async () => {
    await window.command('Compute Lens: Focus on Runs View');
    const items = window.treeItem('finished');
    await eventually(async () => (await items.count()) === 6, 'six rows');
    await items.nth(1).click({ modifiers: ['Control'] });
    await items.nth(2).click({ modifiers: ['Control'] });
    await window.page.keyboard.press('Delete');
    await dialog().getByText('Delete 2 runs?').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    assert.equal(workspace.runs().length, 6);
  });
});
