import {
  narrower,
  reached,
  type Budget,
  type BudgetUnit,
  type Surroundings,
  type Used,
} from '../cost/budget';
import { surroundingsOf } from '../cost/surroundings';
import { readUsage } from '../runs/readUsage';
import { totalUsage } from '../runs/usage';
import type { Attempt } from './attempt';
import type { Definition } from './definition';
import { ExperimentError } from './experimentError';

const names: Record<BudgetUnit, (amount: number) => string> = {
  flops: (amount) => `${amount.toPrecision(3)} FLOPs (counted)`,
  minutes: (amount) => `${amount.toPrecision(3)} minutes (measured)`,
  joules: (amount) => `${amount.toPrecision(3)} joules`,
  gCO2e: (amount) => `${amount.toPrecision(3)} g of CO2e (predicted from energy)`,
  memoryBytes: (amount) => `${(amount / 1e6).toFixed(0)} MB of memory (measured)`,
  cost: (amount) => `${amount.toPrecision(3)} of cost (predicted)`,
};

/** Asked before every step whether the run may go on. */
export class BudgetGuard {
  /**
   * @param used by all attempts so far, the present one included
   * @throws ExperimentError where the budget has a unit that cannot be told here
   */
  constructor(
    readonly budget: Budget,
    private readonly surroundings: Surroundings,
    private readonly used: () => Used,
    file: string,
  ) {
    const { perKwh, perGpuHour } = surroundings.prices;
    if (budget.cost !== undefined && perKwh === undefined && perGpuHour === undefined)
      throw new ExperimentError(
        'The budget names a cost, but there is no price: set computeLens.energy.pricePerKwh or pricePerGpuHour, ' +
          'or give --price-per-kwh or --price-per-gpu-hour.',
        { file },
      );
  }

  /** Why it may not; undefined where it may. */
  reason(): string | undefined {
    const spent = reached(this.budget, this.used(), this.surroundings).find(
      ({ used, limit }) => used >= limit,
    );
    if (!spent) return undefined;
    const { unit, limit, used } = spent;
    return (
      `The budget is spent: ${names[unit](used)} of ${names[unit](limit)}. ` +
      `Give a larger budget.${unit} and resume the run to go on from its checkpoint.`
    );
  }
}

/**
 * The guard of a run's budget over all its attempts: of its experiment's limits and of those given at its start, the
 * narrower ones. Undefined where there are none.
 *
 * @throws ExperimentError where it has a unit that cannot be told here
 */
export async function budgetGuard(
  attempt: Attempt,
  { experiment, file }: Definition,
): Promise<BudgetGuard | undefined> {
  const { record, directory } = attempt;
  const budget = narrower(experiment.budget ?? {}, record.budget ?? {});
  if (Object.keys(budget).length === 0) return undefined;
  const earlier = { ...record, attempts: record.attempts.slice(0, -1) };
  const before = totalUsage(await readUsage(directory, earlier, 'crashed', Date.now()));
  return new BudgetGuard(
    budget,
    surroundingsOf(record.surroundings ?? {}),
    () => add(before, attempt.use.used()),
    file,
  );
}

function add(before: Omit<Used, 'memoryBytes'>, now: Used): Used {
  return {
    flops: before.flops + now.flops,
    seconds: before.seconds + now.seconds,
    gpuSeconds: before.gpuSeconds + now.gpuSeconds,
    joules: before.joules + now.joules,
    memoryBytes: now.memoryBytes,
  };
}
