import { ruleOfWeights, type Evolution, type SparsityMethod, type StepKind, type Uncertain } from '../sparse';
import type { SparseAccount } from './sparseAccount';
import type { SparseWeight } from './sparseWeights';

/** How long a training is to be. */
export interface TrainingLength {
  readonly steps: number;
  /** Examples in the batch of a step; steps count from 1. */
  readonly examples: (step: number) => number;
}

/** What a sparse training is going to keep and to compute. Counted before it begins, in the accounting of the papers. */
export interface SparsePlan {
  /** Active ones of each sparse weight, when the training is over. */
  readonly active: readonly number[];
  /** What training may change of it. */
  readonly uncertain: Uncertain | undefined;
  /** Of the whole training; undefined where nobody knows how long it is, or how much work those weights do that stay. */
  readonly training: PlannedTraining | undefined;
}

export interface PlannedTraining {
  readonly flops: number;
  /** Of the same steps done dense. */
  readonly denseFlops: number;
  /** Share of the sparse weights that are active, of all steps. */
  readonly meanDensity: number;
}

/** Each step is looked at; so many take about a tenth of a second. */
const mostSteps = 5_000_000;

/**
 * Counts a training that has not begun, as {@link SparseTraining} counts one that goes on: what a step costs is asked of
 * the same account, with the masks as large as the method's rule plans them.
 *
 * @throws Error where the method does not fit the length of the training
 */
export function sparsePlan(
  method: SparsityMethod,
  weights: readonly SparseWeight[],
  account: SparseAccount,
  length: TrainingLength | undefined,
): SparsePlan {
  const rule = ruleOfWeights(method, weights, length?.steps);
  const { uncertain } = rule;
  if (!length || length.steps > mostSteps)
    return { active: rule.planned(Infinity), uncertain, training: undefined };
  const { active, training } = walk(rule, weights, account, length);
  const known = uncertain?.of !== 'shares' || areAlike(weights);
  return { active, uncertain, training: known ? training : undefined };
}

function walk(
  rule: Evolution,
  weights: readonly SparseWeight[],
  account: SparseAccount,
  { steps, examples }: TrainingLength,
): { active: readonly number[]; training: PlannedTraining } {
  const sizes = weights.map(({ size }) => size);
  const positions = sumOf(sizes);
  const dense = account.denseStep;
  const stateAt = (step: number) => {
    const active = rule.planned(step);
    const flops: Record<StepKind, number> = {
      sparse: account.step('sparse', active),
      denseGradient: account.step('denseGradient', active),
    };
    return { active, flops, density: sumOf(active) / positions };
  };
  let state = stateAt(0);
  let flops = 0;
  let denseFlops = 0;
  let densities = 0;
  for (let step = 1; step <= steps; step++) {
    const count = examples(step);
    flops += count * state.flops[rule.stepKind(step)];
    denseFlops += count * dense;
    densities += state.density;
    if (rule.due(step)) state = stateAt(step);
  }
  return { active: state.active, training: { flops, denseFlops, meanDensity: densities / steps } };
}

/** Whether a weight is as often used in one layer as in another: then it does not matter where they are. */
function areAlike(weights: readonly SparseWeight[]): boolean {
  return new Set(weights.map(({ macs = 0, size }) => macs / size)).size <= 1;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
