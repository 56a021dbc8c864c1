import type { Surroundings } from '../cost/budget';
import { emissions, type Interval } from '../cost/carbon';
import { money } from '../cost/price';
import { addParts, totalEnergy, type EnergyPart, type Provenance } from '../runs/energy';
import type { RunRecord, RunStatus } from '../runs/record';
import { totalUsage, type AttemptUsage } from '../runs/usage';

export interface RunUsage {
  readonly record: RunRecord;
  readonly status: RunStatus;
  readonly attempts: readonly AttemptUsage[];
}

/** Sums over every attempt of every run, whatever became of it. */
export interface Ledger {
  readonly runs: number;
  readonly attempts: number;
  /** How many runs stand where. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  /** Measured, by backend; `none` before one was chosen. */
  readonly deviceSeconds: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly steps: number;
  /** Counted. */
  readonly trainingFlops: number;
  readonly evaluationFlops: number;
  /** Attempts that have no count. */
  readonly uncountedAttempts: number;
  readonly energy: {
    readonly joules: Interval;
    readonly provenance: Provenance;
    readonly parts: readonly EnergyPart[];
  };
  /** Of {@link seconds}, those that no figure of energy tells of. */
  readonly unmeteredSeconds: number;
  readonly gramsCO2e: Interval;
  readonly cost: (Interval & { readonly currency: string }) | undefined;
}

export function sumUp(runs: readonly RunUsage[], { intensity, pue, prices }: Surroundings): Ledger {
  const attempts = runs.flatMap((run) => run.attempts);
  const sum = (of: (attempt: AttemptUsage) => number | undefined) =>
    attempts.reduce((total, attempt) => total + (of(attempt) ?? 0), 0);
  const statuses: Partial<Record<RunStatus, number>> = {};
  for (const { status } of runs) statuses[status] = (statuses[status] ?? 0) + 1;
  const deviceSeconds: Record<string, number> = {};
  for (const { backend = 'none', seconds } of attempts)
    deviceSeconds[backend] = (deviceSeconds[backend] ?? 0) + seconds;
  const parts = addParts(attempts.flatMap(({ energy }) => energy));
  const { joules: value, low, high, provenance } = totalEnergy(parts);
  const joules = { low, value, high };
  const { seconds, gpuSeconds } = totalUsage(attempts);
  const cost = money(joules, gpuSeconds, prices, pue);
  return {
    runs: runs.length,
    attempts: attempts.length,
    statuses,
    deviceSeconds,
    seconds,
    steps: sum(({ steps }) => steps),
    trainingFlops: sum(({ trainingFlops }) => trainingFlops),
    evaluationFlops: sum(({ evaluationFlops }) => evaluationFlops),
    uncountedAttempts: attempts.filter(({ steps, trainingFlops }) => steps > 0 && trainingFlops === undefined)
      .length,
    energy: { joules, provenance, parts },
    unmeteredSeconds: sum(({ unmeteredSeconds }) => unmeteredSeconds),
    gramsCO2e: emissions(joules, intensity, pue),
    cost: cost && { ...cost, currency: prices.currency },
  };
}
