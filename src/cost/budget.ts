import { emissions, type CarbonIntensity } from './carbon';
import { money, type Prices } from './price';

/** What a run may use, all its attempts together; what is not named is free. */
export interface Budget {
  /** Training and evaluation, counted. */
  readonly flops?: number | undefined;
  /** Wall time, measured. */
  readonly minutes?: number | undefined;
  /** Measured, or estimated where there is no meter. */
  readonly joules?: number | undefined;
  /** Predicted from energy and the place of the machine. */
  readonly gCO2e?: number | undefined;
  /** Of the process that trains, at any moment. */
  readonly memoryBytes?: number | undefined;
  /** Predicted from energy, hours on a GPU, and prices, in their currency. */
  readonly cost?: number | undefined;
}

export const budgetUnits = ['flops', 'minutes', 'joules', 'gCO2e', 'memoryBytes', 'cost'] as const;
export type BudgetUnit = (typeof budgetUnits)[number];

/** What a run has used so far. */
export interface Used {
  readonly flops: number;
  readonly seconds: number;
  readonly gpuSeconds: number;
  readonly joules: number;
  readonly memoryBytes: number;
}

/** Where the machine stands and what it costs. */
export interface Surroundings {
  readonly intensity: CarbonIntensity;
  /** Power usage effectiveness: 1 for a workstation. */
  readonly pue: number;
  readonly prices: Prices;
}

/** One limit and how far it is reached. */
export interface Reached {
  readonly unit: BudgetUnit;
  readonly limit: number;
  /** In the unit of the limit. */
  readonly used: number;
}

/** Every limit of a budget with what is used of it, in the order of {@link budgetUnits}. */
export function reached(budget: Budget, used: Used, { intensity, pue, prices }: Surroundings): Reached[] {
  const joules = { low: used.joules, value: used.joules, high: used.joules };
  const amounts: Record<BudgetUnit, number> = {
    flops: used.flops,
    minutes: used.seconds / 60,
    joules: used.joules,
    gCO2e: emissions(joules, intensity, pue).value,
    memoryBytes: used.memoryBytes,
    cost: money(joules, used.gpuSeconds, prices, pue)?.value ?? 0,
  };
  return budgetUnits.flatMap((unit) => {
    const limit = budget[unit];
    return limit === undefined ? [] : [{ unit, limit, used: amounts[unit] }];
  });
}

/** The narrower of both in each unit. */
export function narrower(one: Budget, other: Budget): Budget {
  const limits = budgetUnits.flatMap((unit) => {
    const given = [one[unit], other[unit]].filter((limit) => limit !== undefined);
    return given.length > 0 ? [[unit, Math.min(...given)] as const] : [];
  });
  return Object.fromEntries(limits);
}
