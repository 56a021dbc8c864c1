import assert from 'node:assert/strict';
import path from 'node:path';
import { closeAfterwards } from '../harness/closeAfterwards';
import { eventually } from '../harness/processes';
import { VsCodeWindow } from '../harness/window';
import { readRecord, Workspace } from '../harness/workspace';

/** Asked for while the first one trains. */
const rates = [0.0003, 0.003, 0.03];

describe('the first day, without a mouse', function () {
  this.timeout(300_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  const press = (...keys: string[]) =>
    keys.reduce<Promise<void>>(
      (before, key) => before.then(() => window.page.keyboard.press(key)),
      Promise.resolve(),
    );
  const type = (text: string) => window.page.keyboard.type(text);
  const tab = (text: string | RegExp) =>
    window.page.locator('.tab.active').filter({ hasText: text }).waitFor();
  const records = () => workspace.runs().flatMap((run) => readRecord(run) ?? []);
  const inPanel = (selector: string) => window.panel.locator(selector);
  const count = (text: string | RegExp) => inPanel('#count').getByText(text).waitFor();

  /** Types into the list that is open, and takes what it then offers. */
  const choose = async (typed: string, row: string) => {
    await type(typed);
    await window.row(row).first().waitFor();
    await press('Enter');
  };
  /** Goes on with Tab, in the page of the panel, until what has the focus is this. */
  const tabTo = async (selector: string) => {
    for (let i = 0; i < 60; i++) {
      const isThere = await inPanel(`${selector}:focus, ${selector} :focus`).count();
      if (isThere > 0) return;
      await press('Tab');
    }
    assert.fail(`Tab does not come to ${selector}`);
  };

  before(async () => {
    workspace = new Workspace();
    workspace.installTypes();
    window = await VsCodeWindow.open({ workspace: workspace.folder, dialogs: true });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('begins with the walkthrough', async () => {
    await window.command('Welcome: Open Walkthrough...');
    await window.row('Get started with Compute Lens').first().waitFor();
    await choose('Compute Lens', 'Get started with Compute Lens');
    await window.page.locator('.getting-started-step').filter({ hasText: 'Write an experiment' }).waitFor();
  });

  it('writes an experiment, and sees what it costs', async () => {
    await window.command('Compute Lens: New Experiment');
    await window.quickInput().waitFor();
    await type('first');
    await press('Enter');
    await tab('first.experiment.ts');
    await window.page.locator('.codelens-decoration').filter({ hasText: 'params' }).first().waitFor();
    await window.screenshot('first-day-experiment');
  });

  it('runs it', async () => {
    await window.command('Compute Lens: Run Current File');
    await inPanel('#status')
      .getByText(/Running|Finished/)
      .waitFor();
  });

  it('changes a parameter three times, and has these runs wait for their turn', async () => {
    for (const rate of rates) {
      await window.command('Compute Lens: Run Experiment');
      await window.row('first').first().waitFor();
      await choose('first', 'first');
      await window.row('hidden').first().waitFor();
      await choose(`lr=${rate}`, `Set lr to ${rate}`);
      await window.row(`with lr=${rate}`).first().waitFor();
      await press('Enter');
      await eventually(() => records().some(({ params }) => params.lr === rate), `a run with lr=${rate}`);
    }
    await window.command('Compute Lens: Focus on Runs View');
    await window.treeItem('lr=0.03').first().waitFor();
    await window.screenshot('first-day-queue');
    await eventually(() => records().every(({ status }) => status === 'finished'), 'the end of all', 180);
    assert.deepEqual(
      records().map(({ params }) => params.lr),
      [0.001, ...rates],
    );
    const attempts = records().flatMap((record) => record.attempts);
    assert.equal(attempts.length, 4);
    for (const [i, { startedAt }] of attempts.entries())
      assert.ok(startedAt >= (attempts[i - 1]?.endedAt ?? ''), 'one at a time');
  });

  it('compares the four in a table, the best one first', async () => {
    await window.command('Compute Lens: Show Runs Table');
    await count('4 runs');
    await tabTo('#grid');
    const heading = '[data-column="best:test/acc"]';
    for (let i = 0; i < 40 && (await inPanel(`${heading}:focus`).count()) === 0; i++)
      await press('ArrowRight');
    await press('Enter');
    await eventually(
      async () => (await inPanel(heading).getAttribute('aria-sort')) === 'descending',
      'the best accuracy first',
    );
    const best = records().sort((a, b) => accuracyOf(b) - accuracyOf(a))[0];
    assert.equal(path.basename((await keyOf(0)) ?? ''), best?.id);
    await window.screenshot('first-day-table');
  });

  it('lays the curves of the two best over each other, and shows what differs', async () => {
    await press('ArrowDown', 'Space', 'ArrowDown', 'Space');
    await count(/2 selected/);
    await tabTo('#diff');
    await press('Enter');
    await tab(/↔/);
    await window.screenshot('first-day-diff');
    await window.command('Compute Lens: Show Runs Table');
    await count(/2 selected/);
    await tabTo('#compare');
    await press('Enter');
    await inPanel('#status').getByText('Finished').waitFor();
    await window.screenshot('first-day-compare');
  });

  it('runs the best once more, the same to the bit', async () => {
    await window.command('Compute Lens: Show Runs Table');
    const [best, again] = [await keyOf(0), () => records()[4]];
    await tabTo('#grid');
    await press('Escape', 'Control+Home', 'Space');
    await count(/1 selected/);
    await tabTo('#rerun');
    await press('Enter');
    // Nobody keeps these files in a repository.
    await window.page
      .locator('.monaco-dialog-box')
      .getByText('commit that it ran with is not known')
      .waitFor();
    await press('Enter');
    await eventually(() => again()?.status === 'finished', 'the end of the fifth run', 120);
    assert.deepEqual(again()?.result?.evaluation, readRecord(best ?? '')?.result?.evaluation);
  });

  it('takes the table along', async () => {
    await window.command('Compute Lens: Show Runs Table');
    await count(/5 runs/);
    await tabTo('#export-markdown');
    await press('Enter');
    await window.page.locator('.editor-instance').getByText('| Name').first().waitFor();
    await window.command('Compute Lens: Write Compute Statement');
  });

  const keyOf = (row: number) => inPanel(`#grid .body [aria-rowindex="${row + 3}"]`).getAttribute('data-key');
});

function accuracyOf({ result }: NonNullable<ReturnType<typeof readRecord>>): number {
  return result?.evaluation?.acc ?? 0;
}
