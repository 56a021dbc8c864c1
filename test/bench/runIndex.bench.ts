import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { formatEvent } from '../../src/runs/event';
import type { RunRecord } from '../../src/runs/record';
import { writeRecord } from '../../src/runs/recordFile';
import { RunIndex } from '../../src/runs/runIndex';
import { EventTail } from '../../src/runs/tail';
import { RunWriter } from '../../src/runs/writer';
import { median } from './median';

const runs = 1000;
const events = 100_000;

export interface RunFolderResult {
  readonly firstMilliseconds: number;
  readonly againMilliseconds: number;
  /** Longest that the process could not answer meanwhile. */
  readonly heldUpMilliseconds: number;
  /** Time that `record` takes of the training step. */
  readonly recordMicroseconds: number;
  readonly tailEventsPerSecond: number;
}

/** The list of 1,000 runs, and the events of a long one. */
export async function benchRunFolders(rounds: number): Promise<RunFolderResult> {
  const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-bench-'));
  try {
    for (let i = 0; i < runs; i++) await makeRun(workspace, i);
    const first: number[] = [];
    const again: number[] = [];
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    for (let round = 0; round < rounds; round++) {
      const index = new RunIndex([workspace]);
      first.push(await timed(() => index.refresh()));
      again.push(await timed(() => index.refresh()));
    }
    delay.disable();
    return {
      firstMilliseconds: median(first),
      againMilliseconds: median(again),
      heldUpMilliseconds: delay.max / 1e6,
      ...(await benchEvents(workspace)),
    };
  } finally {
    fs.rmSync(workspace, { recursive: true, force: true });
  }
}

async function benchEvents(folder: string) {
  const writer = new RunWriter(folder, 1);
  let milliseconds = 0;
  for (let step = 1; step <= events; step += 100) {
    const began = performance.now();
    for (let i = step; i < step + 100; i++)
      writer.record({ type: 'step', step: i, epoch: 0, loss: 1 / i, metrics: { acc: 0.5 }, ms: 10 });
    milliseconds += performance.now() - began;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writer.close();
  fs.appendFileSync(
    path.join(folder, 'events.jsonl'),
    formatEvent({ type: 'end', t: 1, attempt: 1, step: events, outcome: 'finished' }),
  );
  let heard = 0;
  const tail = new EventTail(folder, {
    events: (batch) => (heard += batch.length),
    reset: () => undefined,
    gone: () => undefined,
  });
  const tailMilliseconds = await timed(() => tail.poll());
  tail.dispose();
  if (heard !== events + 1) throw new Error(`${heard} of ${events + 1} events were heard`);
  return {
    recordMicroseconds: (milliseconds * 1000) / events,
    tailEventsPerSecond: (events / tailMilliseconds) * 1000,
  };
}

async function makeRun(workspace: string, i: number): Promise<void> {
  const directory = path.join(workspace, '.compute-lens', 'runs', `run-${i}`);
  fs.mkdirSync(directory, { recursive: true });
  const at = new Date(1.7e12 + i * 60_000).toISOString();
  const record: RunRecord = {
    schema: 1,
    id: `run-${i}`,
    name: 'mlp',
    kind: 'experiment',
    file: 'mlp.experiment.ts',
    workspace,
    createdAt: at,
    params: { lr: 1e-3, hidden: 256 },
    requestedBackend: 'auto',
    versions: {},
    device: { platform: 'linux x64', cpu: '', cores: 2, memoryBytes: 1e9 },
    status: 'finished',
    attempts: [
      { number: 1, pid: 1, host: 'h', startedAt: at, endedAt: at, backend: 'wasm', outcome: 'finished' },
    ],
    result: { step: 100, epoch: 1, loss: 0.1, evaluation: { loss: 0.1, acc: 0.97 }, seconds: 10 },
  };
  await writeRecord(directory, record);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
