import type { WeightSparsity } from './modelCost';
import { headlineFlops, type Convention, type PhaseWork } from './work';

/** A cost that may be sparse. */
interface Costed {
  readonly work: PhaseWork;
  readonly sparsity?: WeightSparsity | undefined;
}

/**
 * FLOPs of a forward pass without those by zeros: the accounting of the papers. Of a convolution's multiply-accumulates
 * that meet padding as many are by zeros as of the others.
 *
 * @returns undefined where the cost is dense, or nobody can say
 */
export function sparseForward({ work, sparsity }: Costed, convention: Convention): number | undefined {
  const { macs } = work.forward;
  if (sparsity?.zeroMacs === undefined) return undefined;
  const share = macs > 0 ? Math.max(0, 1 - sparsity.zeroMacs / macs) : 1;
  return Math.round(headlineFlops(work, 'forward', convention) * share);
}

/** Sparse weights of several layers together. */
export function totalSparsity(parts: readonly WeightSparsity[]): WeightSparsity {
  const sum = (value: (part: WeightSparsity) => number | undefined) =>
    parts.reduce<number | undefined>((all, part) => {
      const own = value(part);
      return all === undefined || own === undefined ? undefined : all + own;
    }, 0);
  return {
    size: parts.reduce((all, { size }) => all + size, 0),
    active: sum(({ active }) => active),
    zeroMacs: sum(({ zeroMacs }) => zeroMacs),
  };
}
