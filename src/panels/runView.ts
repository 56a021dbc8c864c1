import type { RunView } from '../protocol/runPanel';
import { reached } from '../cost/budget';
import { surroundingsOf } from '../cost/surroundings';
import { totalEnergy } from '../runs/energy';
import type { Attempt, RunRecord, RunStatus } from '../runs/record';
import type { RunHistory } from '../runs/history';
import { totalUsage, type UsageReader } from '../runs/usage';
import { canResume } from '../train/launch';
import type { Pace } from './pace';

/** All that is known of a run at one moment. */
export interface RunObservation {
  readonly record: RunRecord;
  readonly status: RunStatus;
  readonly history: RunHistory;
  readonly usage: UsageReader;
  readonly pace: Pace;
  /** Stop was asked for. */
  readonly stopping: boolean;
  /** When each attempt last wrote an event, in milliseconds since the Unix epoch. */
  readonly lastEventTimes: ReadonlyMap<number, number>;
  readonly logTail?: string | undefined;
}

/** What the run panel shows of a run, its curves aside. */
export function runView(observation: RunObservation, now: number): RunView {
  const { record, status, history } = observation;
  const attempt = record.attempts.at(-1);
  const live = isLive(status);
  const totalSteps = record.plan?.totalSteps;
  const remaining =
    status === 'running' && totalSteps !== undefined
      ? observation.pace.remaining(Math.max(0, totalSteps - history.step))
      : undefined;
  const error = attempt?.error;
  return known({
    id: record.id,
    name: record.name,
    file: record.file,
    status,
    stopping: live && observation.stopping,
    canResume: canResume(record, status),
    backend: attempt?.backend,
    backendNotes: attempt?.backendNotes ?? [],
    data: record.plan?.data,
    parameters: record.plan?.parameters,
    params: record.params,
    seed: record.seed,
    attempt: attempt?.number ?? 1,
    startedAt: record.attempts[0]?.startedAt ?? record.createdAt,
    elapsedSeconds: elapsedSeconds(observation, now),
    step: history.step,
    totalSteps,
    epoch: history.epoch,
    epochs: record.plan?.epochs,
    stepMilliseconds: history.stepMilliseconds,
    remainingSeconds: remaining,
    ...counted(record, history),
    ...speed(attempt, history),
    energy: energyOf(history),
    budget: budgetOf(observation, now),
    latest: { ...history.latest },
    lastCheckpointStep: history.lastCheckpoint?.step,
    hasMasks: history.masks !== undefined,
    warnings: [...history.warnings],
    error: error && !live ? known({ message: error.message, file: error.file, line: error.line }) : undefined,
    logTail: live ? undefined : observation.logTail,
  });
}

function counted({ result }: RunRecord, { flops, uncoveredKernels }: RunHistory) {
  const some = uncoveredKernels > 0;
  return {
    flops,
    uncoveredKernels: some ? uncoveredKernels : undefined,
    evaluationFlops: result?.evaluationFlops,
  };
}

function energyOf({ energy }: RunHistory): RunView['energy'] {
  if (energy.length === 0) return undefined;
  const parts = energy.map(({ component, provenance, source, joules, low, high }) => ({
    component,
    provenance,
    source,
    joules,
    low,
    high,
  }));
  return { ...totalEnergy(energy), parts };
}

/** What is used of each limit; a limit on memory is left out, which only the process itself can tell of. */
export function budgetOf({ record, status, usage }: RunObservation, now: number): RunView['budget'] {
  const { budget } = record.plan ?? {};
  if (!budget) return undefined;
  const used = { ...totalUsage(usage.usage(record, status, now)), memoryBytes: 0 };
  const all = reached(budget, used, surroundingsOf(record.surroundings ?? {}));
  return all.filter(({ unit }) => unit !== 'memoryBytes');
}

/** How fast the last attempt goes and what its backend can do, where both are of the same attempt. */
function speed(attempt: Attempt | undefined, { attempt: told, flopsPerSecond }: RunHistory) {
  if (attempt?.number !== told) return {};
  const { matmul, threads } = attempt.peak ?? {};
  const peak = matmul && {
    flopsPerSecond: matmul.gigaflopsPerSecond * 1e9,
    size: matmul.size,
    measuredAt: matmul.measuredAt,
    ...(threads !== undefined && { threads }),
  };
  return { flopsPerSecond, peak };
}

/** Without the properties that are undefined, which is how a message says that something is not known. */
function known<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Whether a process is at work on the run. */
export function isLive(status: RunStatus | undefined): boolean {
  return status === 'starting' || status === 'running';
}

/**
 * Wall time of all attempts together, in seconds. An attempt that was killed ended, as far as anyone knows, with
 * its last event.
 */
export function elapsedSeconds(
  { record, status, lastEventTimes }: Pick<RunObservation, 'record' | 'status' | 'lastEventTimes'>,
  now: number,
): number {
  let milliseconds = 0;
  for (const attempt of record.attempts) {
    const started = Date.parse(attempt.startedAt);
    const isLast = attempt === record.attempts.at(-1);
    const ended = attempt.endedAt
      ? Date.parse(attempt.endedAt)
      : isLast && isLive(status)
        ? now
        : (lastEventTimes.get(attempt.number) ?? started);
    milliseconds += Math.max(0, ended - started);
  }
  return milliseconds / 1000;
}
