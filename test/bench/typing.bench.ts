import fs from 'node:fs';
import path from 'node:path';
import { processesOfGroup } from '../harness/processes';
import { repository, VsCodeWindow } from '../harness/window';
import { Workspace } from '../harness/workspace';
import { resnet50Source } from './resnet50Source';

export interface TypingBench {
  /** From a key to the repainted cost, ascending, in milliseconds: of lenses, and of hints at the ends of lines. */
  readonly lenses: readonly number[];
  readonly hints: readonly number[];
  /** The same of an extension whose one lens says how often the file was edited. */
  readonly barest: readonly number[];
  /** Share of a core that extension host and tracer take while nobody types, and that of that extension. */
  readonly idleShare: number;
  readonly barestIdleShare: number;
}

const idleSeconds = 10;
const lenses = '.codelens-decoration';
// A hint is one of the spans of its line.
const hints = '.view-line > span > span';

/** Types into a ResNet-50 with a line for each layer, in a real window, and then leaves it alone. */
export async function benchTyping(keys: number): Promise<TypingBench> {
  const above = await typing(keys, lenses, {}, idle);
  const atEnds = await typing(keys, hints, { 'computeLens.cost.placement': 'lineEnd' });
  const barest = await typing(keys, lenses, {}, idle, path.join(repository, 'test', 'bench', 'barestLens'));
  return {
    lenses: above.latencies,
    hints: atEnds.latencies,
    barest: barest.latencies,
    idleShare: above.after ?? NaN,
    barestIdleShare: barest.after ?? NaN,
  };
}

async function typing(
  keys: number,
  selector: string,
  settings: Record<string, unknown>,
  after?: (window: VsCodeWindow) => Promise<number>,
  extension?: string,
) {
  const workspace = new Workspace();
  workspace.write('resnet50.ts', resnet50Source());
  const window = await VsCodeWindow.open({
    workspace: workspace.folder,
    // What the language server does with a module that it cannot find is not what is measured.
    settings: { 'typescript.validate.enable': false, 'editor.quickSuggestions': false, ...settings },
    ...(extension !== undefined && { extension }),
  });
  try {
    const { page } = window;
    await window.openFile('resnet50.ts');
    // Behind the units of the last layer, whose line stays in sight; or on the first line for a lens that is there.
    const lines = resnet50Source().split('\n');
    const last = lines.findIndex((line) => line.includes('units: 1000'));
    const column = (lines[last] ?? '').indexOf('1000') + 5;
    await page.locator('.view-line').first().waitFor();
    await page.keyboard.press('Control+g');
    await window.quickInput().fill(extension === undefined ? `:${last + 1}:${column}` : ':1:1');
    await page.keyboard.press('Enter');
    await page.locator(selector).filter({ hasText: 'params' }).first().waitFor();
    await page.waitForTimeout(4000);
    await page.evaluate(watchText, selector);
    const latencies: number[] = [];
    for (let i = 0; i < keys; i++) {
      await page.keyboard.press(i % 2 === 0 ? '1' : 'Backspace');
      const painted = page.evaluate(() => (globalThis as unknown as Watched).repainted());
      const late = page.waitForTimeout(20_000).then(async () => {
        await window.screenshot('typing-failed');
        throw new Error('20 s after a key, no cost has been repainted');
      });
      late.catch(() => undefined);
      latencies.push(await Promise.race([painted, late]));
      await page.waitForTimeout(1500);
    }
    return { latencies: latencies.sort((a, b) => a - b), after: await after?.(window) };
  } finally {
    await window.close();
    workspace.remove();
  }
}

interface Watched {
  repainted(): Promise<number>;
}

/** Runs in the page: notes when a key goes down, and when the text that is meant is next another, and a cost. */
function watchText(selector: string): void {
  const { document, MutationObserver, performance } = globalThis as unknown as {
    document: {
      body: unknown;
      addEventListener(type: string, listener: () => void, capture: boolean): void;
      querySelectorAll(selector: string): Iterable<{ textContent: string | null }>;
    };
    MutationObserver: new (changed: () => void) => { observe(node: unknown, options: object): void };
    performance: { now(): number };
  };
  const text = () =>
    [...document.querySelectorAll(selector)]
      .map((each) => each.textContent)
      .filter((each) => each?.includes('params'))
      .join('\n');
  let pressed = 0;
  let before = text();
  let latency: number | undefined;
  let told: ((latency: number) => void) | undefined;
  const tell = () => {
    if (latency === undefined || !told) return;
    told(latency);
    told = undefined;
    latency = undefined;
  };
  document.addEventListener(
    'keydown',
    () => {
      pressed = performance.now();
      before = text();
      latency = undefined;
    },
    true,
  );
  new MutationObserver(() => {
    const now = text();
    if (pressed === 0 || now === before || now === '') return;
    latency = performance.now() - pressed;
    pressed = 0;
    tell();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  (globalThis as unknown as Watched).repainted = () =>
    new Promise((resolve) => {
      told = resolve;
      tell();
    });
}

async function idle(window: VsCodeWindow): Promise<number> {
  // The last trace, for all batch sizes, comes a moment after the last key.
  await window.page.waitForTimeout(4000);
  const pids = [...window.extensionHosts(), ...processesOfGroup(window.server.pid, 'tracer.js')];
  const before = pids.reduce((sum, pid) => sum + ticks(pid), 0);
  await window.page.waitForTimeout(idleSeconds * 1000);
  return (pids.reduce((sum, pid) => sum + ticks(pid), 0) - before) / 100 / idleSeconds;
}

/** User and system time in hundredths of a second (proc_pid_stat(5), fields 14 and 15). */
function ticks(pid: number): number {
  const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
