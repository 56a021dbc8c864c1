import type { RunView } from '../protocol/runPanel';
import { reached } from '../cost/budget';
import { emissions } from '../cost/carbon';
import { money } from '../cost/price';
import { surroundingsOf } from '../cost/surroundings';
import { addParts, totalEnergy } from '../runs/energy';
import type { RunPrediction } from '../runs/prediction';
import type { Attempt, RunRecord, RunStatus } from '../runs/record';
import type { RunHistory } from '../runs/history';
import { canResume, isLive } from '../runs/standing';
import { totalUsage, type AttemptUsage, type UsageReader } from '../runs/usage';
import type { Pace } from './pace';

/** All that is known of a run at one moment. */
export interface RunObservation {
  readonly record: RunRecord;
  /** Absent where nothing was predicted, or not yet. */
  readonly prediction?: RunPrediction | undefined;
  readonly status: RunStatus;
  readonly history: RunHistory;
  readonly usage: UsageReader;
  readonly pace: Pace;
  /** Stop was asked for. */
  readonly stopping: boolean;
  readonly logTail?: string | undefined;
}

/** What the run panel shows of a run, its curves aside. */
export function runView(observation: RunObservation, now: number): RunView {
  const { record, status, history } = observation;
  const attempt = record.attempts.at(-1);
  const live = isLive(status);
  const attempts = observation.usage.usage(record, status, now);
  const error = attempt?.error;
  return known({
    id: record.id,
    name: record.name,
    file: record.file,
    status,
    stopping: live && observation.stopping,
    canResume: canResume(record, status),
    canCheckpoint: status === 'running' && record.kind === 'experiment',
    backend: attempt?.backend,
    backendNotes: attempt?.backendNotes ?? [],
    data: record.plan?.data,
    parameters: record.plan?.parameters,
    params: record.params,
    seed: record.seed,
    attempt: attempt?.number ?? 1,
    startedAt: record.attempts[0]?.startedAt ?? record.createdAt,
    elapsedSeconds: totalUsage(attempts).seconds,
    step: history.step,
    totalSteps: record.plan?.totalSteps,
    epoch: history.epoch,
    epochs: record.plan?.epochs,
    ...paced(observation),
    memory: history.memory,
    ...counted(record, history),
    ...speed(attempt, history),
    energy: energyOf(attempts),
    budget: budgetOf(observation, attempts),
    prediction: predictionOf(observation, attempts),
    latest: { ...history.latest },
    lastCheckpointStep: history.lastCheckpoint?.step,
    hasMasks: history.masks !== undefined,
    warnings: [...history.warnings],
    error: error && !live ? known({ message: error.message, file: error.file, line: error.line }) : undefined,
    logTail: live ? undefined : observation.logTail,
  });
}

/** How fast the steps come, and when the last of them is to be expected. */
function paced({ record, status, history, pace }: RunObservation) {
  const { totalSteps, batchSize } = record.plan ?? {};
  const goesOn = status === 'running' && totalSteps !== undefined;
  return {
    stepMilliseconds: history.stepMilliseconds,
    stepsPerSecond: pace.stepsPerSecond(),
    batchSize,
    remainingSeconds: goesOn ? pace.remaining(Math.max(0, totalSteps - history.step)) : undefined,
  };
}

function counted({ result }: RunRecord, { flops, uncoveredKernels }: RunHistory) {
  const some = uncoveredKernels > 0;
  return {
    flops,
    uncoveredKernels: some ? uncoveredKernels : undefined,
    evaluationFlops: result?.evaluationFlops,
  };
}

function energyOf(attempts: readonly AttemptUsage[]): RunView['energy'] {
  const energy = addParts(attempts.flatMap((attempt) => attempt.energy));
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

/** What was predicted, beside what steps took so far and what the run has used. */
function predictionOf(
  { record, history, prediction }: RunObservation,
  attempts: readonly AttemptUsage[],
): RunView['prediction'] {
  if (!prediction) return undefined;
  const { model: _, calibratedSeconds: __, ...predicted } = prediction;
  const { intensity, pue, prices } = surroundingsOf(record.surroundings ?? {});
  const energy = totalEnergy(attempts.flatMap((attempt) => attempt.energy));
  const joules = { low: energy.low, value: energy.joules, high: energy.high };
  const isKnown = energy.joules > 0;
  return {
    ...predicted,
    used: known({
      stepSeconds: history.stepMilliseconds === undefined ? undefined : history.stepMilliseconds / 1000,
      trainingSeconds: history.step > 0 ? history.stepsSeconds : undefined,
      energy: isKnown ? energy : undefined,
      gCO2e: isKnown ? emissions(joules, intensity, pue) : undefined,
      cost: isKnown ? money(joules, totalUsage(attempts).gpuSeconds, prices, pue) : undefined,
    }),
  };
}

/** What is used of each limit; one on memory is left out until the process that trains has told. */
export function budgetOf(
  { record, usage }: Pick<RunObservation, 'record' | 'usage'>,
  attempts: readonly AttemptUsage[],
): RunView['budget'] {
  const { budget } = record.plan ?? {};
  if (!budget) return undefined;
  const { memoryBytes } = usage;
  const used = { ...totalUsage(attempts), memoryBytes: memoryBytes ?? 0 };
  const all = reached(budget, used, surroundingsOf(record.surroundings ?? {}));
  return all.filter(({ unit }) => unit !== 'memoryBytes' || memoryBytes !== undefined);
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
