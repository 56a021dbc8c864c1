import { ruleOfWeights, type Evolution, type SparsityMethod, type StepKind, type Uncertain } from '../sparse';
import type { SparseAccount } from './sparseAccount';
import type { SparseWeight } from './sparseWeights';

/** What a sparse training is going to keep, before it begins. */
export interface SparsePlan {
  /** Active ones of each sparse weight, when the training is over. */
  readonly active: readonly number[];
  /** What training may change of it. */
  readonly uncertain: Uncertain | undefined;
  /** Whether it is known how much work those weights do that stay. */
  readonly isWorkKnown: boolean;
  /**
   * What it is going to compute; undefined where that work is not known, or how long it goes on.
   *
   * @param examples in the batch of a step; steps count from 1
   */
  training(examples: (step: number) => number): PlannedTraining | undefined;
}

/** FLOPs are counted, in the accounting of the papers. */
export interface PlannedTraining {
  readonly flops: number;
  /** Of the same steps done dense. */
  readonly denseFlops: number;
  /** Share of the sparse weights that are active, mean of all steps. */
  readonly meanDensity: number;
}

/** Each step is looked at; so many take about a second. */
const mostSteps = 5_000_000;

/**
 * Plans a training as {@link SparseTraining} does it: the same rule says how large masks are, and the same account what a
 * step with them costs.
 *
 * @param steps of the training; undefined where that is not known
 * @throws Error where the method does not fit the length of the training
 */
export function sparsePlan(
  method: SparsityMethod,
  weights: readonly SparseWeight[],
  account: SparseAccount,
  steps: number | undefined,
): SparsePlan {
  const rule = ruleOfWeights(method, weights, steps);
  const { uncertain } = rule;
  const isLong = steps === undefined || steps > mostSteps;
  const isWorkKnown = uncertain?.of !== 'shares' || areAlike(weights);
  return {
    active: isLong ? rule.planned(Infinity) : inTheEnd(rule, steps),
    uncertain,
    isWorkKnown,
    training: (examples) =>
      isLong || !isWorkKnown ? undefined : walk(rule, weights, account, steps, examples),
  };
}

/** What is active after the last update of a training of so many steps. */
function inTheEnd(rule: Evolution, steps: number): number[] {
  const final = rule.planned(Infinity);
  if (rule.planned(steps).every((count, i) => count === final[i])) return final;
  for (let step = steps; step > 0; step--) if (rule.due(step)) return rule.planned(step);
  return rule.planned(0);
}

function walk(
  rule: Evolution,
  weights: readonly SparseWeight[],
  account: SparseAccount,
  steps: number,
  examples: (step: number) => number,
): PlannedTraining {
  const positions = sumOf(weights.map(({ size }) => size));
  const dense = account.denseStep;
  const stateAfter = (step: number) => {
    const active = rule.planned(step);
    const flops: Record<StepKind, number> = {
      sparse: account.step('sparse', active),
      denseGradient: account.step('denseGradient', active),
    };
    return { flops, density: sumOf(active) / positions };
  };
  let state = stateAfter(0);
  let flops = 0;
  let denseFlops = 0;
  let densities = 0;
  for (let step = 1; step <= steps; step++) {
    const count = examples(step);
    flops += count * state.flops[rule.stepKind(step)];
    denseFlops += count * dense;
    densities += state.density;
    if (rule.due(step)) state = stateAfter(step);
  }
  return { flops, denseFlops, meanDensity: densities / steps };
}

/** Whether a weight is as often used in one layer as in another: then it does not matter where they are. */
function areAlike(weights: readonly SparseWeight[]): boolean {
  return new Set(weights.map(({ macs = 0, size }) => macs / size)).size <= 1;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
