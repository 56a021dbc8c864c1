import { VsCodeWindow } from '../harness/window';
import { makeRuns } from '../harness/manyRuns';
import { Workspace } from '../harness/workspace';

export interface RunsTableBench {
  readonly runs: number;
  /** From the start of a reload to the first line of the view of runs, with that many and with one. */
  readonly openMilliseconds: number;
  readonly openOneMilliseconds: number;
  /** From the command to the first rows, and to all. */
  readonly firstPaintMilliseconds: number;
  readonly allMilliseconds: number;
  /** From a click or a key to the next picture, in the page. */
  readonly sortMilliseconds: number;
  readonly filterMilliseconds: number;
  readonly groupMilliseconds: number;
  /** Longest wait for a frame while it scrolls from end to end. */
  readonly scrollFrameMilliseconds: number;
}

/** The table in a real window, on a workspace of as many runs as nobody has yet. */
export async function benchRunsTable(runs = 10_000): Promise<RunsTableBench> {
  const openOneMilliseconds = await withRuns(1, opening);
  return withRuns(runs, async (window) => {
    const openMilliseconds = await opening(window);
    const { panel } = window;
    const began = performance.now();
    await window.command('Compute Lens: Show Runs Table');
    await panel.locator('#grid .body [role="row"]').first().waitFor();
    const firstPaintMilliseconds = performance.now() - began;
    await panel
      .locator('#count')
      .getByText(new RegExp(`^${runs.toLocaleString('en-US')} runs$`))
      .waitFor({ timeout: 240_000 });
    const allMilliseconds = performance.now() - began;
    const { sort, filter, group, scroll } = await panel.locator('#app').evaluate(inPage);
    return {
      runs,
      openMilliseconds,
      openOneMilliseconds,
      firstPaintMilliseconds,
      allMilliseconds,
      sortMilliseconds: sort,
      filterMilliseconds: filter,
      groupMilliseconds: group,
      scrollFrameMilliseconds: scroll,
    };
  });
}

async function withRuns<T>(runs: number, work: (window: VsCodeWindow) => Promise<T>): Promise<T> {
  const workspace = new Workspace();
  makeRuns(workspace.folder, runs);
  const window = await VsCodeWindow.open({
    workspace: workspace.folder,
    settings: { 'computeLens.openRunningRuns': false },
  });
  try {
    return await work(window);
  } finally {
    await window.close();
    workspace.remove();
  }
}

/** With the view of runs in sight, as it was left. */
async function opening(window: VsCodeWindow): Promise<number> {
  const row = window.treeItem(/search|2026/).first();
  await window.command('Compute Lens: Focus on Runs View');
  await row.waitFor();
  await window.page.waitForTimeout(2000);
  const began = performance.now();
  await window.reload();
  await row.waitFor();
  return performance.now() - began;
}

interface PageElement {
  value: string;
  scrollTop: number;
  readonly scrollHeight: number;
  click(): void;
  dispatchEvent(event: unknown): void;
}

interface PageGlobals {
  readonly document: { querySelector(selector: string): PageElement };
  readonly Event: new (type: string) => unknown;
  readonly requestAnimationFrame: (draw: (time: number) => void) => void;
}

/** Runs in the page: from doing something to the picture after it. */
async function inPage() {
  const { document, Event, requestAnimationFrame } = globalThis as unknown as PageGlobals;
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  const timed = async (work: () => void) => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      await frame();
      const began = performance.now();
      work();
      await frame();
      await frame();
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b)[2] ?? NaN;
  };
  const set = (selector: string, value: string, event: string) => {
    const field = document.querySelector(selector);
    field.value = value;
    field.dispatchEvent(new Event(event));
  };
  const sort = await timed(() => document.querySelector('[data-column="best:test/acc"]').click());
  let typed = 0;
  const filter = await timed(() => set('#search', `run-0${typed++}`, 'input'));
  set('#search', '', 'input');
  const group = await timed(() => set('#group', typed++ % 2 === 0 ? 'param:lr' : 'param:hidden', 'change'));
  set('#group', '', 'change');
  await frame();
  const grid = document.querySelector('#grid');
  let longest = 0;
  let before = await frame();
  for (let i = 0; i < 120; i++) {
    grid.scrollTop = ((i + 1) / 120) * grid.scrollHeight;
    const now = await frame();
    longest = Math.max(longest, now - before);
    before = now;
  }
  return { sort, filter, group, scroll: longest };
}
