import { VsCodeWindow } from '../harness/window';
import { makeRuns } from '../harness/manyRuns';
import { Workspace } from '../harness/workspace';
import { HostDelays, type HostDelay } from './hostDelay';

/** A window with so many runs. */
interface Opening {
  /** From the start of a reload to the first line of the view of runs. */
  readonly openMilliseconds: number;
  /** From the command to the first rows of the table, and to all with their curves' ends read. */
  readonly firstPaintMilliseconds: number;
  readonly allMilliseconds: number;
  /** Of the extension host: until the view has settled, and from there until the table has all. */
  readonly openDelay: HostDelay;
  readonly tableDelay: HostDelay;
}

export interface RunsTableBench extends Opening {
  readonly runs: number;
  /** The same with a single run. */
  readonly one: Opening;
  /** From a click or a key to the next picture, in the page. */
  readonly sortMilliseconds: number;
  readonly filterMilliseconds: number;
  readonly groupMilliseconds: number;
  /** Waits for a frame while it scrolls from end to end. */
  readonly medianFrameMilliseconds: number;
  readonly longestFrameMilliseconds: number;
}

const settledMilliseconds = 5000;

/** The table in a real window, on a workspace of as many runs as nobody has yet. */
export async function benchRunsTable(runs = 10_000): Promise<RunsTableBench> {
  const one = await withRuns(1, (_window, opening) => Promise.resolve(opening));
  return withRuns(runs, async (window, opening) => {
    const { sort, filter, group, median, longest } = await window.panel.locator('#app').evaluate(inPage);
    return {
      runs,
      one,
      ...opening,
      sortMilliseconds: sort,
      filterMilliseconds: filter,
      groupMilliseconds: group,
      medianFrameMilliseconds: median,
      longestFrameMilliseconds: longest,
    };
  });
}

export function runsTableRows(t: RunsTableBench): [string, string][] {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;
  const late = (delay: HostDelay) =>
    `${ms(delay.percentile99Milliseconds)}, ${ms(delay.longestMilliseconds)}`;
  const runs = t.runs.toLocaleString('en-US');
  return [
    [
      `a window with ${runs} runs reloads, to the first line of the view of runs; and with one`,
      `${seconds(t.openMilliseconds)}, ${seconds(t.one.openMilliseconds)}`,
    ],
    [
      `its extension host answers late until the view has settled, 99th percentile and longest; and with one run`,
      `${late(t.openDelay)}; ${late(t.one.openDelay)}`,
    ],
    [
      `runs table of ${runs} runs, from the command: first rows, and all with their curves' ends read`,
      `${seconds(t.firstPaintMilliseconds)}, ${seconds(t.allMilliseconds)}`,
    ],
    [
      'the extension host answers late meanwhile; and with one run',
      `${late(t.tableDelay)}; ${late(t.one.tableDelay)}`,
    ],
    [
      'from a click or a key to the picture: sort, search, group',
      `${ms(t.sortMilliseconds)}, ${ms(t.filterMilliseconds)}, ${ms(t.groupMilliseconds)}`,
    ],
    [
      'scrolling it from end to end in 120 steps: a frame, median and longest',
      `${ms(t.medianFrameMilliseconds)}, ${ms(t.longestFrameMilliseconds)}`,
    ],
  ];
}

async function withRuns<T>(
  runs: number,
  work: (window: VsCodeWindow, opening: Opening) => Promise<T>,
): Promise<T> {
  const workspace = new Workspace();
  makeRuns(workspace.folder, runs);
  const delays = new HostDelays();
  const window = await VsCodeWindow.open({
    workspace: workspace.folder,
    settings: { 'computeLens.openRunningRuns': false },
    env: delays.env,
  });
  try {
    return await work(window, await open(window, runs, delays));
  } finally {
    await window.close();
    workspace.remove();
    delays.remove();
  }
}

async function open(window: VsCodeWindow, runs: number, delays: HostDelays): Promise<Opening> {
  const { page } = window;
  const row = window.treeItem(/search|2026/).first();
  // The window comes back with the view of runs in sight, as it was left.
  await window.command('Compute Lens: Focus on Runs View');
  await row.waitFor();
  await page.waitForTimeout(2000);
  const reloaded = performance.now();
  await window.reload();
  await row.waitFor();
  const openMilliseconds = performance.now() - reloaded;
  await page.waitForTimeout(settledMilliseconds);
  const openDelay = await delays.take(window);
  const asked = performance.now();
  await window.command('Compute Lens: Show Runs Table');
  await window.panel.locator('#grid .body [role="row"]').first().waitFor();
  const firstPaintMilliseconds = performance.now() - asked;
  await window.panel
    .locator('#count')
    .getByText(new RegExp(`^${runs.toLocaleString('en-US')} runs?$`))
    .waitFor({ timeout: 240_000 });
  const allMilliseconds = performance.now() - asked;
  const tableDelay = await delays.take(window);
  return { openMilliseconds, firstPaintMilliseconds, allMilliseconds, openDelay, tableDelay };
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
  const frames: number[] = [];
  let before = await frame();
  for (let i = 0; i < 120; i++) {
    grid.scrollTop = ((i + 1) / 120) * grid.scrollHeight;
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  frames.sort((a, b) => a - b);
  return { sort, filter, group, median: frames[60] ?? NaN, longest: frames.at(-1) ?? NaN };
}
