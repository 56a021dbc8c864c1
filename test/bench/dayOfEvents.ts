// A day of training as the extension host follows it, in a process of its own: prints what is in memory as JSON.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { RunFeed } from '../../src/panels/runFeed';
import { RunMonitor } from '../../src/panels/runMonitor';
import type { ToRunPanel } from '../../src/protocol/runPanel';
import { formatEvent, type RunEvent } from '../../src/runs/event';
import { currentProcess } from '../../src/runs/process';
import { runFiles, runsFolder, type RunRecord } from '../../src/runs/record';
import { writeRecord } from '../../src/runs/recordFile';
import { RunIndex } from '../../src/runs/runIndex';

const stepsPerSecond = 10;
const stepsPerMinute = 60 * stepsPerSecond;
const minutesPerEpoch = 10;
const begin = Date.now() - 24 * 3_600_000;

export interface DayOfEvents {
  readonly events: number;
  /** Heap and array buffers after a collection: before the run, after its first simulated hour, and after the last. */
  readonly emptyBytes: number;
  readonly hourBytes: number;
  readonly dayBytes: number;
  /** The largest message that the panel was sent, in numbers of its curves. */
  readonly mostPoints: number;
  /** Longest that the process could not answer, 99th percentile: ms. */
  readonly heldUpMilliseconds: number;
}

/** Every event of one simulated minute, one metric a step; an evaluation and a checkpoint at the end of an epoch. */
function minuteOf(minute: number): RunEvent[] {
  const attempt = 1;
  const at = (step: number) => begin + (step / stepsPerSecond) * 1000;
  const last = (minute + 1) * stepsPerMinute;
  const epoch = Math.floor(minute / minutesPerEpoch);
  const events: RunEvent[] = [];
  for (let step = minute * stepsPerMinute + 1; step <= last; step++) {
    const loss = 1 / Math.sqrt(step) + 0.1 * Math.random();
    const metrics = { acc: 1 - loss / 2 };
    events.push({
      type: 'step',
      t: at(step),
      attempt,
      step,
      epoch,
      loss,
      metrics,
      ms: 90,
      flops: step * 1e9,
    });
  }
  const t = at(last);
  const joules = 6 * 60 * (minute + 1);
  const part = {
    component: 'cpu',
    provenance: 'estimated',
    source: 'load',
    low: joules / 2,
    high: 2 * joules,
  };
  events.push({
    type: 'energy',
    t,
    attempt,
    step: last,
    parts: [{ ...part, joules, seconds: 60 * (minute + 1) }],
  } as RunEvent);
  if ((minute + 1) % minutesPerEpoch === 0) {
    events.push({ type: 'eval', t, attempt, step: last, epoch, metrics: { loss: 0.2, acc: 0.9 }, ms: 500 });
    events.push({ type: 'checkpoint', t, attempt, step: last, name: `step-${last}`, bytes: 1e6, ms: 5 });
  }
  return events;
}

async function follow(workspace: string): Promise<DayOfEvents> {
  const directory = path.join(workspace, ...runsFolder.split('/'), 'day');
  fs.mkdirSync(directory, { recursive: true });
  await writeRecord(directory, recordOf(workspace));
  const events = path.join(directory, runFiles.events);
  fs.writeFileSync(
    events,
    formatEvent({ type: 'start', t: begin, attempt: 1, fromStep: 1, backend: 'wasm' }),
  );
  const index = new RunIndex([workspace]);
  const monitor = new RunMonitor(directory);
  let mostPoints = 0;
  let feed: RunFeed | undefined = undefined;
  const draw = (message: ToRunPanel) => {
    if (message.type === 'gone') throw new Error(message.message);
    const series = message.curves.flatMap((curves) => curves.series);
    mostPoints = Math.max(mostPoints, ...series.map(({ x }) => x.length));
    setImmediate(() => feed?.acknowledge(message.id));
  };
  feed = new RunFeed(monitor, draw);
  feed.ready();
  const emptyBytes = inMemory();
  let hourBytes = NaN;
  let count = 1;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  for (let minute = 0; minute < 24 * 60; minute++) {
    const said = minuteOf(minute);
    count += said.length;
    fs.appendFileSync(events, said.map(formatEvent).join(''));
    delay.enable();
    await monitor.check();
    await index.refresh();
    await new Promise((resolve) => setTimeout(resolve, 1));
    delay.disable();
    if (minute === 59) hourBytes = inMemory();
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { step } = monitor.history;
  if (step !== 24 * 60 * stepsPerMinute) throw new Error(`Only ${step} steps were heard.`);
  const dayBytes = inMemory();
  feed.dispose();
  monitor.dispose();
  return {
    events: count,
    emptyBytes,
    hourBytes,
    dayBytes,
    mostPoints,
    heldUpMilliseconds: delay.percentile(99) / 1e6,
  };
}

function recordOf(workspace: string): RunRecord {
  const startedAt = new Date(begin).toISOString();
  return {
    schema: 1,
    id: 'day',
    name: 'day',
    kind: 'experiment',
    file: 'day.experiment.ts',
    workspace,
    createdAt: startedAt,
    params: {},
    requestedBackend: 'auto',
    versions: {},
    device: { platform: 'linux x64', cpu: '', cores: 2, memoryBytes: 1e9 },
    status: 'running',
    attempts: [{ number: 1, ...currentProcess(), startedAt, backend: 'wasm' }],
  };
}

function inMemory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function main(): Promise<void> {
  const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-day-'));
  try {
    console.log(JSON.stringify(await follow(workspace)));
  } finally {
    fs.rmSync(workspace, { recursive: true, force: true });
  }
}

if (require.main === module) void main();
