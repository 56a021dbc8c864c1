import { boundOf, executedAmounts, stepAmounts, type Amounts, type Bound } from './amounts';
import type { DeviceProfile, Spread } from './deviceProfile';
import type { ModelCost } from './modelCost';

/** Predicted seconds: 9 of 10 lie between the ends. */
export type PredictedSeconds = Spread;

/** Seconds of a part of a step, and what it spends them on. */
export interface PredictedPart {
  readonly seconds: number;
  readonly by: Readonly<Record<Bound, number>>;
  /** What most of the time goes to. */
  readonly bound: Bound;
}

/** What a layer or a line takes of a step. */
export function predictPart(amounts: Amounts, profile: DeviceProfile): PredictedPart {
  const by: Record<Bound, number> = { compute: 0, memory: 0, overhead: 0 };
  for (const [name, value] of Object.entries(executedAmounts(amounts, profile.fuses)))
    by[boundOf(name)] += value * (profile.secondsPer[name] ?? 0);
  const [bound] = (Object.keys(by) as Bound[]).sort((a, b) => by[b] - by[a]);
  return { seconds: by.compute + by.memory + by.overhead, by, bound: bound ?? 'overhead' };
}

/**
 * What a whole step takes, with its interval.
 *
 * @param amounts of {@link stepAmounts}
 */
export function predictStep(amounts: Amounts, profile: DeviceProfile): PredictedSeconds {
  const seconds = predictPart(amounts, profile).seconds + profile.stepSeconds;
  const { p5, p50, p95 } = profile.residual;
  return { p5: seconds * p5, p50: seconds * p50, p95: seconds * p95 };
}

/** A training step of a model, and all of the training that an experiment asks for. */
export interface PredictedTraining {
  readonly stepSeconds: PredictedSeconds;
  /** Without evaluation; absent where the number of steps is not known. */
  readonly runSeconds?: PredictedSeconds;
}

/**
 * Undefined where the profile says nothing of it: a model that cannot be trained, or, where the library's own steps are
 * planned, a step of the user's own. What a sparse training saves is not in it: it is what the dense model would take.
 */
export function predictTraining(model: ModelCost, profile: DeviceProfile): PredictedTraining | undefined {
  if (model.work.backward.kernels === 0 || (profile.fuses && model.ownStep)) return undefined;
  const stepSeconds = predictStep(stepAmounts(model), profile);
  const { epochs, stepsPerEpoch } = model.plan ?? {};
  if (epochs === undefined || stepsPerEpoch === undefined) return { stepSeconds };
  const { p5, p50, p95 } = stepSeconds;
  const steps = epochs * stepsPerEpoch;
  return { stepSeconds, runSeconds: { p5: steps * p5, p50: steps * p50, p95: steps * p95 } };
}
