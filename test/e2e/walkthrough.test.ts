import assert from 'node:assert/strict';
import { closeAfterwards } from '../harness/closeAfterwards';
import { eventually } from '../harness/processes';
import { VsCodeWindow } from '../harness/window';
import { readRecord, Workspace } from '../harness/workspace';

/** Steps in their order, with the button of each. */
const steps = [
  ['Write an experiment', 'New Experiment'],
  ['See what a model costs', 'Show Cost'],
  ['Run it and watch', 'Run Experiment'],
  ['Compare runs', 'Show Runs Table'],
  ['Train with few weights', 'Show Masks'],
  ['See what this machine can train on', 'Select Backend'],
  ['Get real data', 'Download Data'],
] as const;

/** Opens it from the palette; again, where the list of walkthroughs was closed by news of what there is. */
async function openWalkthrough(window: VsCodeWindow, title: string): Promise<void> {
  const first = window.page.locator('.getting-started-step').first();
  for (let attempts = 0; ; attempts++) {
    try {
      await window.command('Welcome: Open Walkthrough...');
      await window.row(title).first().waitFor({ timeout: 5000 });
      await window.quickInput().fill(title);
      await window.row(title).first().waitFor({ timeout: 5000 });
      await window.page.keyboard.press('Enter');
      await first.waitFor({ timeout: 10_000 });
      return;
    } catch (error) {
      if (attempts === 3) throw error;
      await window.page.keyboard.press('Escape');
    }
  }
}

describe('the walkthrough in a real window', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  const step = (title: string) =>
    window.page.locator('.getting-started-step').filter({ hasText: title }).first();
  const checked = (title: string) => step(title).locator('.codicon-getting-started-step-checked');
  const question = (text: string) => window.page.locator('.quick-input-widget').filter({ hasText: text });
  const open = () => openWalkthrough(window, 'Get started with Compute Lens');
  /** Presses the button of a step. */
  const press = async ([title, button]: readonly [string, string]) => {
    if (!(await step(title).isVisible())) await open();
    await step(title).click();
    await step(title).getByRole('button', { name: button }).click();
  };
  /** Does all of it again where a page that is still drawn has taken the focus from a question, which closes it. */
  const patiently = (what: string, doing: () => Promise<unknown>) =>
    eventually(
      () =>
        doing().then(
          () => true,
          async () => {
            await window.page.keyboard.press('Escape');
            return false;
          },
        ),
      what,
      90,
    );

  before(async () => {
    workspace = new Workspace();
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('shows each step with its page, whose pictures are there', async () => {
    await open();
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    for (const [index, [title]] of steps.entries()) {
      await step(title).click();
      await step(title).locator('.step-description-container').waitFor();
      await page.locator('body').waitFor();
      await window.screenshot(`walkthrough-${index + 1}`);
      for (const picture of await page.locator('img').all()) {
        assert.notEqual(await picture.getAttribute('alt'), '');
        const width = () =>
          picture.evaluate((each) => (each as unknown as { naturalWidth: number }).naturalWidth);
        await eventually(async () => (await width()) > 0, `the picture of ${title}`);
      }
    }
  });

  it('is done by doing what it says: an experiment, its cost, a run', async () => {
    const tab = window.page.locator('.tab').filter({ hasText: 'first.experiment.ts' });
    await patiently('an experiment', async () => {
      await press(steps[0]);
      await question('Name of the experiment').waitFor({ timeout: 10_000 });
      await window.quickInput().fill('first', { timeout: 3000 });
      await window.page.keyboard.press('Enter');
      await tab.waitFor({ timeout: 10_000 });
    });
    await window.page.locator('.codelens-decoration').filter({ hasText: 'params' }).first().waitFor();
    await window.command('Compute Lens: Show Cost');
    await window.page.locator('.tab').filter({ hasText: 'Cost' }).first().waitFor();
    await patiently('a run', async () => {
      await press(steps[2]);
      await window.row('first').first().click({ timeout: 10_000 });
      await window.row('as the file says').first().click({ timeout: 10_000 });
    });
    await eventually(
      () => workspace.runs().some((run) => readRecord(run)?.status === 'finished'),
      'the end of the run',
      120,
    );
    await open();
    for (const [title] of steps.slice(0, 3)) await checked(title).waitFor({ state: 'attached' });
  });

  for (const given of steps.slice(3))
    it(`ticks off: ${given[0]}`, async () => {
      await press(given);
      await window.page.waitForTimeout(500);
      await window.page.keyboard.press('Escape');
      await open();
      await checked(given[0]).waitFor();
    });
});

describe('the walkthrough in an editor that speaks Chinese', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  before(async () => {
    workspace = new Workspace();
    window = await VsCodeWindow.open({ workspace: workspace.folder, language: 'zh-cn' });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('is in Chinese, its pages, commands and views too', async () => {
    await window.command('Compute Lens: 新建实验');
    await window.page.keyboard.press('Escape');
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await eventually(async () => {
      await openWalkthrough(window, '开始使用 Compute Lens');
      await window.page.locator('.getting-started-step').filter({ hasText: '运行并观察' }).click();
      const text = page.getByText('普通的 TensorFlow.js 脚本无需改动');
      return text.waitFor({ timeout: 10_000 }).then(
        () => true,
        () => false,
      );
    }, 'the page of the step');
    await window.screenshot('walkthrough-zh-cn');
  });
});
