import { executedAmounts, type Amounts } from './amounts';
import { fitWeights } from '../math/leastSquares';

/** What computing takes on one device and backend, by calibration. */
export interface DeviceProfile {
  /** Seconds for one of each amount; those that are not there take none. */
  readonly secondsPer: Readonly<Record<string, number>>;
  /** Seconds of a step that does nothing. */
  readonly stepSeconds: number;
  /** Whether normalisations, losses and updates are one kernel each here. */
  readonly fuses: boolean;
  /** Measured time by predicted, of steps that took no part in the fit: its 5th, 50th and 95th percentile. */
  readonly residual: Spread;
  /** Steps that it was fitted to. */
  readonly samples: number;
}

/** A quotient with its spread: it lies between the ends nine times of ten. */
export interface Spread {
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
}

/** A step that was measured, with what it does. */
export interface StepSample {
  readonly amounts: Amounts;
  readonly seconds: number;
}

/** Draws weights that measurements hardly tell towards nothing. */
const towards = 0.01;
/** Fits that each leave some samples out, to see how far these are off. */
const folds = 12;
/** Beyond these residuals a sample counts less: something else was at work. */
const usualResidual = 0.15;
const robustRounds = 3;

/** @throws Error where there are too few samples to tell anything */
export function fitProfile(samples: readonly StepSample[], fuses: boolean): DeviceProfile {
  if (samples.length < 6)
    throw new Error(`A device cannot be known by ${samples.length} steps: at least 6 are needed.`);
  const executed = samples.map(({ amounts, seconds }) => ({
    amounts: executedAmounts(amounts, fuses),
    seconds,
  }));
  const ratios: number[] = [];
  const parts = Math.min(folds, executed.length);
  for (let fold = 0; fold < parts; fold++) {
    const rest = executed.filter((_, i) => i % parts !== fold);
    const known = new Set(rest.flatMap(({ amounts }) => Object.keys(amounts)));
    const weights = weightsOf(rest);
    for (const { amounts, seconds } of executed.filter((_, i) => i % parts === fold))
      // Of a kind of kernel that no other sample has, nothing could be known.
      if (Object.keys(amounts).every((name) => known.has(name)))
        ratios.push(seconds / secondsOf(amounts, weights));
  }
  const { step, ...others } = weightsOf(executed);
  return {
    secondsPer: Object.fromEntries(Object.entries(others).filter(([, value]) => value > 0)),
    stepSeconds: step ?? 0,
    fuses,
    residual: spreadOf(ratios.length > 0 ? ratios : [1]),
    samples: samples.length,
  };
}

/** Iteratively reweighted: outliers, measured while something else ran, count by their residual and not its square. */
function weightsOf(samples: readonly StepSample[]): Record<string, number> {
  const names = [...new Set(samples.flatMap(({ amounts }) => Object.keys(amounts)))].sort();
  const rows = samples.map(({ amounts }) => [1, ...names.map((name) => amounts[name] ?? 0)]);
  const seconds = samples.map((sample) => sample.seconds);
  let trust = seconds.map(() => 1);
  let found: readonly number[] = [];
  for (let round = 0; round < robustRounds; round++) {
    found = fitWeights(rows, seconds, towards, trust);
    trust = rows.map((row, i) => {
      const predicted = row.reduce((sum, each, a) => sum + each * (found[a] ?? 0), 0);
      const residual = Math.abs(predicted / (seconds[i] ?? 1) - 1);
      return residual <= usualResidual ? 1 : usualResidual / residual;
    });
  }
  const named = names.map((name, i) => [name, found[i + 1] ?? 0] as const);
  return { ...Object.fromEntries(named), step: found[0] ?? 0 };
}

function secondsOf(amounts: Amounts, weights: Readonly<Record<string, number>>): number {
  return Object.entries(amounts).reduce(
    (sum, [name, value]) => sum + value * (weights[name] ?? 0),
    weights.step ?? 0,
  );
}

/** Percentiles; ends are widened where few values stand for all. */
export function spreadOf(values: readonly number[]): Spread {
  const logs = values.map(Math.log).sort((a, b) => a - b);
  const at = (share: number) => {
    const place = Math.min(logs.length - 1, Math.max(0, share * (logs.length + 1) - 1));
    const below = Math.floor(place);
    const [low = 0, high = low] = [logs[below], logs[Math.ceil(place)]];
    return Math.exp(low + (place - below) * (high - low));
  };
  return { p5: at(0.05), p50: at(0.5), p95: at(0.95) };
}
