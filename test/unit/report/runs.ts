import type { EnergyPart } from '../../../src/runs/energy';
import type { NewEvent } from '../../../src/runs/event';
import type { Attempt, RunRecord, RunStatus } from '../../../src/runs/record';
import type { RunUsage } from '../../../src/report/ledger';
import { UsageReader } from '../../../src/runs/usage';

/** Noon of some day; attempts and events are told in seconds from then. */
const noon = Date.UTC(2026, 0, 1, 12);

export interface ToldAttempt {
  readonly from: number;
  /** Absent of an attempt that was killed. */
  readonly to?: number;
  readonly outcome?: Attempt['outcome'];
  readonly backend?: Attempt['backend'];
  readonly events: readonly (NewEvent & { at: number })[];
  readonly energy?: readonly EnergyPart[];
}

export function run(
  id: string,
  status: RunStatus,
  attempts: readonly ToldAttempt[],
  more: Partial<RunRecord> = {},
): RunUsage {
  const record: RunRecord = {
    schema: 1,
    id,
    name: 'digits',
    kind: 'experiment',
    file: 'digits.experiment.ts',
    workspace: '/work',
    createdAt: new Date(noon).toISOString(),
    params: {},
    seed: 1,
    requestedBackend: 'auto',
    versions: { node: '20.20.2', tfjs: '4.22.0' },
    device: { platform: 'linux x64', cpu: 'Some CPU', cores: 8, memoryBytes: 16 * 2 ** 30 },
    status: status === 'crashed' ? 'running' : status,
    attempts: attempts.map(({ from, to, outcome, backend = 'wasm', energy }, i) => ({
      number: i + 1,
      pid: 1,
      host: 'here',
      startedAt: new Date(noon + 1000 * from).toISOString(),
      ...(to !== undefined && { endedAt: new Date(noon + 1000 * to).toISOString() }),
      ...(outcome && { outcome }),
      backend,
      ...(energy && { energy: [...energy] }),
    })),
    ...more,
  };
  const reader = new UsageReader();
  for (const [i, { events }] of attempts.entries())
    for (const { at, ...event } of events) reader.add({ ...event, t: noon + 1000 * at, attempt: i + 1 });
  return { record, status, attempts: reader.usage(record, status, noon + 1000 * 10_000) };
}

export function start(at: number, fromStep = 1, flops = 0): NewEvent & { at: number } {
  return { at, type: 'start', fromStep, backend: 'wasm', flops };
}

export function step(at: number, number: number, flops: number): NewEvent & { at: number } {
  return { at, type: 'step', step: number, epoch: 0, loss: 1, ms: 1, flops };
}

export function cpu(
  joules: number,
  seconds: number,
  provenance: EnergyPart['provenance'] = 'measured',
): EnergyPart {
  const spread = provenance === 'measured' ? 0 : 0.5;
  return {
    component: 'cpu',
    provenance,
    source: provenance === 'measured' ? 'counter' : 'load',
    joules,
    low: joules * (1 - spread),
    high: joules * (1 + spread),
    seconds,
  };
}
