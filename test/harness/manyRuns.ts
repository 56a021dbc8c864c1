import fs from 'node:fs';
import path from 'node:path';
import { formatEvent, type NewEvent } from '../../src/runs/event';
import type { RunRecord } from '../../src/runs/record';

const evaluations = 10;
const stepsBetween = 10;

/** Writes the folders of `count` runs, such as a search leaves them: each with its record and the events of 100 steps. */
export function makeRuns(workspace: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const id = `run-${String(i).padStart(5, '0')}`;
    const directory = path.join(workspace, '.compute-lens', 'runs', id);
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, 'run.json'), JSON.stringify(recordOf(workspace, id, i), null, 2));
    fs.writeFileSync(path.join(directory, 'events.jsonl'), eventsOf(i).join(''));
  }
}

/** What the run of this number has in the end; no two are alike. */
export function accuracyOf(i: number): number {
  return 0.5 + (((i * 7919) % 10_007) / 10_007) * 0.49;
}

function recordOf(workspace: string, id: string, i: number): RunRecord {
  const start = Date.UTC(2026, 0, 1) + i * 60_000;
  const acc = accuracyOf(i);
  return {
    schema: 1,
    id,
    name: 'search',
    kind: 'experiment',
    file: 'search.experiment.ts',
    workspace,
    createdAt: new Date(start).toISOString(),
    params: { lr: 10 ** -(1 + (i % 4)), hidden: 2 ** (4 + (i % 6)), depth: 1 + (i % 3), epochs: 1 },
    seed: i % 5,
    requestedBackend: 'auto',
    git: { commit: (i % 7).toString(16).repeat(40), dirty: false },
    versions: { 'compute-lens': '0.1.0', node: '20.0.0', tfjs: '4.22.0' },
    device: { platform: 'linux x64', cpu: 'some processor', cores: 8, memoryBytes: 16e9 },
    status: 'finished',
    plan: { data: 'glyphs', parameters: 10_000 + i, batchSize: 128, epochs: 1, totalSteps: 100 },
    attempts: [
      {
        number: 1,
        pid: 1,
        host: 'somewhere',
        startedAt: new Date(start).toISOString(),
        endedAt: new Date(start + 10_000 + i).toISOString(),
        backend: 'wasm',
        outcome: 'finished',
        energy: [
          {
            component: 'cpu',
            provenance: 'estimated',
            source: 'load',
            joules: 100 + i / 10,
            low: 50,
            high: 2000,
            seconds: 10,
          },
        ],
      },
    ],
    result: {
      step: 100,
      epoch: 0,
      loss: 1 - acc,
      evaluation: { loss: 1 - acc, acc },
      seconds: 10,
      flops: 1e9 + i,
    },
  };
}

function eventsOf(i: number): string[] {
  const lines: string[] = [];
  const add = (event: NewEvent) =>
    lines.push(formatEvent({ ...event, t: 1.7e12 + lines.length, attempt: 1 }));
  add({ type: 'start', fromStep: 1, backend: 'wasm', flops: 0 });
  for (let evaluation = 1; evaluation <= evaluations; evaluation++) {
    for (let k = 1; k <= stepsBetween; k++) {
      const step = (evaluation - 1) * stepsBetween + k;
      add({
        type: 'step',
        step,
        epoch: 0,
        loss: 3 / step,
        metrics: { acc: step / 120 },
        ms: 2,
        flops: (1e9 + i) * (step / 100),
      });
    }
    const acc = (accuracyOf(i) * evaluation) / evaluations;
    add({
      type: 'eval',
      step: evaluation * stepsBetween,
      epoch: 0,
      metrics: { loss: 1 - acc, acc },
      ms: 5,
      flops: 1e6,
    });
  }
  add({ type: 'end', step: 100, outcome: 'finished' });
  return lines;
}
