import { budgetUnits, type Budget, type BudgetUnit } from './budget';
import type { Spread } from './deviceProfile';

/** What a whole training is expected to use; what is not known is absent. */
export interface ExpectedUse {
  /** Counted, as everything that has one figure. */
  readonly flops?: number | undefined;
  /** Of the tensors of a step, counted: a process that trains holds more. */
  readonly memoryBytes?: number | undefined;
  /** Predicted, as everything that has an interval. */
  readonly runSeconds?: Spread | undefined;
  readonly joules?: Spread | undefined;
  readonly gCO2e?: Spread | undefined;
  readonly cost?: Spread | undefined;
}

/** A limit that a run is going to reach before its end. */
export interface Overspend {
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly kind: 'counted' | 'predicted';
  /** What the whole training takes, in the unit of the limit. */
  readonly expected: Spread;
  /** Sooner than not; else only by the upper end of what is predicted. */
  readonly likely: boolean;
}

/** The limits of a budget that a training is expected to reach, in the order of {@link budgetUnits}. */
export function overspends(budget: Budget, use: ExpectedUse): Overspend[] {
  const minutes = use.runSeconds && scaled(use.runSeconds, 1 / 60);
  const expected: Record<BudgetUnit, Spread | number | undefined> = { ...none, ...use, minutes };
  return budgetUnits.flatMap((unit) => {
    const limit = budget[unit];
    const found = expected[unit];
    if (limit === undefined || found === undefined) return [];
    const isCounted = typeof found === 'number';
    const spread = isCounted ? { p5: found, p50: found, p95: found } : found;
    if (spread.p95 <= limit) return [];
    return {
      unit,
      limit,
      kind: isCounted ? 'counted' : 'predicted',
      expected: spread,
      likely: spread.p50 > limit,
    };
  });
}

const none = {
  flops: undefined,
  memoryBytes: undefined,
  joules: undefined,
  gCO2e: undefined,
  cost: undefined,
};

function scaled({ p5, p50, p95 }: Spread, factor: number): Spread {
  return { p5: factor * p5, p50: factor * p50, p95: factor * p95 };
}
