import fs from 'node:fs';
import path from 'node:path';
import { eventually } from '../harness/processes';
import { VsCodeWindow } from '../harness/window';
import { lastStep, Workspace } from '../harness/workspace';
import { formatEvent, parseEvent } from '../../src/runs/event';
import { runFiles, runsFolder } from '../../src/runs/record';
import { writeRecord } from '../../src/runs/recordFile';
import { attemptOf, recordOf } from '../unit/runs/runFolder';
import { quantile } from './median';

const points = 1_000_000;
const panFrames = 120;
const watchedSeconds = 15;

export interface RunPanelBench {
  readonly points: number;
  /** From the choice of the run to its first curve, and to the last of its points, in milliseconds. */
  readonly firstPaintMilliseconds: number;
  readonly allPaintedMilliseconds: number;
  /** Between two frames while the zoomed view moves with each, ascending; and of the same page at rest. */
  readonly panFrames: readonly number[];
  readonly restFrames: readonly number[];
  /** From the end of a step to its picture while training takes every core, ascending. */
  readonly latencies: readonly number[];
}

/** The run panel in a real window: a run of a million steps, and one that trains on every core. */
export async function benchRunPanel(): Promise<RunPanelBench> {
  return { points, ...(await benchMillion()), latencies: await benchLatency() };
}

async function benchMillion() {
  const workspace = new Workspace();
  try {
    await writeMillion(workspace.folder);
    const window = await VsCodeWindow.open({ workspace: workspace.folder });
    try {
      await window.command('Compute Lens: Open Run');
      await window.row('million').first().waitFor();
      const began = Date.now();
      await window.pick('million');
      const steps = window.panel.locator('#fact-step');
      await window.panel.locator('section[data-quantity="loss"] canvas').first().waitFor();
      const firstPaintMilliseconds = Date.now() - began;
      await steps.getByText('1,000,000').first().waitFor();
      await eventually(async () => (await steps.innerText()).startsWith('1,000,000 /'), 'the last step', 120);
      const allPaintedMilliseconds = Date.now() - began;
      await window.page.waitForTimeout(1500);
      const plot = window.panel.locator('section[data-quantity="loss"] .plot');
      await plot.focus();
      for (let i = 0; i < 3; i++) await window.page.keyboard.press('+');
      await window.panel.locator('section[data-quantity="loss"] .reset').waitFor();
      const restFrames = await plot.evaluate(framesOf, { frames: panFrames, pan: false });
      const panning = await plot.evaluate(framesOf, { frames: panFrames, pan: true });
      return { firstPaintMilliseconds, allPaintedMilliseconds, restFrames, panFrames: panning };
    } finally {
      await window.close();
    }
  } finally {
    workspace.remove();
  }
}

/** Runs in the panel: lets the view move back and forth with each frame, and says how long each took. */
async function framesOf(
  element: unknown,
  { frames, pan }: { frames: number; pan: boolean },
): Promise<number[]> {
  const page = globalThis as unknown as {
    requestAnimationFrame(call: (at: number) => void): void;
    KeyboardEvent: new (type: string, init: object) => unknown;
  };
  const plot = element as { dispatchEvent(event: unknown): void };
  const next = () => new Promise<number>((resolve) => page.requestAnimationFrame(resolve));
  const times: number[] = [];
  let last = await next();
  for (let i = 0; i < frames; i++) {
    const key = i % 60 < 30 ? 'ArrowRight' : 'ArrowLeft';
    if (pan) plot.dispatchEvent(new page.KeyboardEvent('keydown', { key, shiftKey: true, bubbles: true }));
    const at = await next();
    times.push(at - last);
    last = at;
  }
  return times.sort((a, b) => a - b);
}

async function writeMillion(workspace: string): Promise<void> {
  const directory = path.join(workspace, ...runsFolder.split('/'), '2026-01-02-0304-million-abcd');
  fs.mkdirSync(directory, { recursive: true });
  const begin = Date.parse('2026-01-02T03:04:05.000Z');
  const attempt = attemptOf({
    // Of no process: the folder is cleared away like those of real runs, whose processes are ended.
    pid: 2 ** 30,
    startedAt: new Date(begin).toISOString(),
    endedAt: new Date(begin + 10 * points).toISOString(),
    outcome: 'finished',
    backend: 'wasm',
    fromStep: 1,
  });
  await writeRecord(
    directory,
    recordOf({
      id: path.basename(directory),
      name: 'million',
      workspace,
      status: 'finished',
      attempts: [attempt],
      plan: { totalSteps: points, batchSize: 32, epochs: 1, stepsPerEpoch: points },
    }),
  );
  const file = fs.openSync(path.join(directory, runFiles.events), 'w');
  fs.writeSync(file, formatEvent({ type: 'start', t: begin, attempt: 1, fromStep: 1, backend: 'wasm' }));
  for (let step = 1; step <= points;) {
    const lines: string[] = [];
    for (const last = Math.min(points, step + 9999); step <= last; step++) {
      const loss = 2 * Math.exp(-step / 2e5) + 0.2 * Math.abs(Math.sin(step * step));
      const metrics = { acc: 1 - loss / 4 };
      const t = begin + 10 * step;
      lines.push(
        formatEvent({ type: 'step', t, attempt: 1, step, epoch: 0, loss, metrics, ms: 9, flops: 1e6 * step }),
      );
    }
    fs.writeSync(file, lines.join(''));
  }
  fs.closeSync(file);
}

const training = `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 2048, test: 64, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape, units: 1024, activation: 'relu' }),
        tf.layers.dense({ units: 1024, activation: 'relu' }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
  loss: 'categoricalCrossentropy',
  batchSize: 64,
  epochs: 10_000,
  evaluateEvery: 1_000_000,
  checkpointEvery: 1_000_000,
});
`;

interface Shown {
  readonly step: number;
  readonly at: number;
}

async function benchLatency(): Promise<number[]> {
  const workspace = new Workspace();
  workspace.write('busy.experiment.ts', training);
  const window = await VsCodeWindow.open({ workspace: workspace.folder });
  try {
    await window.command('Compute Lens: Run Experiment');
    await window.pick('busy');
    await window.pick('as the file says');
    await eventually(() => workspace.runs().some((run) => lastStep(run) > 50), 'step 50', 60);
    await window.panel.locator('section[data-quantity="loss"] canvas').first().waitFor();
    const shown = await window.panel.locator('#fact-step').evaluate(watchSteps, 1000 * watchedSeconds);
    const [run = ''] = workspace.runs();
    const events = fs.readFileSync(path.join(run, runFiles.events), 'utf8').split('\n');
    return latencies(
      events
        .flatMap((line) => parseEvent(line) ?? [])
        .flatMap((event) => (event.type === 'step' ? [event] : [])),
      shown,
    );
  } finally {
    await window.close();
    workspace.remove();
  }
}

/** Runs in the panel: notes when each step that it tells of was in the picture, whose curves are drawn with the text. */
async function watchSteps(element: unknown, milliseconds: number): Promise<Shown[]> {
  const page = globalThis as unknown as {
    MutationObserver: new (changed: () => void) => {
      observe(node: unknown, options: object): void;
      disconnect(): void;
    };
    requestAnimationFrame(call: () => void): void;
  };
  const fact = element as { textContent: string };
  const shown: Shown[] = [];
  const observer = new page.MutationObserver(() => {
    const step = Number(fact.textContent.split('/')[0]?.replaceAll(/\D/g, ''));
    // The frame after the one that draws it begins once that one is on the screen.
    page.requestAnimationFrame(() => shown.push({ step, at: Date.now() }));
  });
  observer.observe(element, { subtree: true, childList: true, characterData: true });
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  observer.disconnect();
  return shown;
}

/** From the end of every step that was done while the panel was watched to the first picture that has it. */
function latencies(
  steps: readonly { readonly step: number; readonly t: number }[],
  shown: readonly Shown[],
): number[] {
  const [first] = shown;
  if (!first) throw new Error('The panel showed no step.');
  const found = steps.flatMap(({ step, t }) => {
    const picture = step > first.step ? shown.find((each) => each.step >= step) : undefined;
    return picture ? [picture.at - t] : [];
  });
  return found.sort((a, b) => a - b);
}

/** Rows of a table: what was measured, and the figures. */
export function runPanelRows(bench: RunPanelBench): [string, string][] {
  const both = (values: readonly number[]) =>
    `${quantile(values, 0.5).toFixed(0)} ms, ${quantile(values, 0.95).toFixed(0)} ms`;
  const million = bench.points.toLocaleString('en-US');
  return [
    [
      `run panel: from a click to the first curves of a run of ${million} steps, and to all of it`,
      `${(bench.firstPaintMilliseconds / 1000).toFixed(1)} s, ${(bench.allPaintedMilliseconds / 1000).toFixed(1)} s`,
    ],
    ['the same, a frame while it is panned: median and 95th percentile', both(bench.panFrames)],
    ['a frame of the same page at rest', both(bench.restFrames)],
    [
      `from the end of a step to its picture while training takes every core (${bench.latencies.length} steps)`,
      both(bench.latencies),
    ],
  ];
}
