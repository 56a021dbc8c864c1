import { countActive } from '../sparse';
import type { SparseAccount, WeightReport } from './sparseAccount';
import type { SparseMasks } from './sparseMasks';

/** A sparse training in figures. FLOPs are counted, in the accounting of the papers, two a multiply-accumulate. */
export interface SparseReport {
  readonly method: string;
  /** Share of the sparse weights that are active. */
  readonly density: number;
  /** Share of them that ever were. */
  readonly everActive: number;
  readonly updates: number;
  readonly weights: readonly WeightReport[];
  /** Of these weights on disk. */
  readonly bytes: number;
  /** Of one sample. */
  readonly forwardFlops: number;
  readonly denseForwardFlops: number;
  /** Of the training so far, and of the same steps done dense. */
  readonly trainingFlops: number;
  readonly denseTrainingFlops: number;
  /** Whether shapes tell the work of every layer. */
  readonly allCounted: boolean;
}

/** What training has come to so far. */
export interface SparseCounts {
  /** Updates of masks. */
  readonly updates: number;
  /** FLOPs in the accounting of the papers, and what the same steps would have been dense. */
  readonly countedFlops: number;
  readonly countedDenseFlops: number;
}

export function sparseReport(
  method: string,
  { masks, everActive, active }: SparseMasks,
  account: SparseAccount,
  { updates, countedFlops, countedDenseFlops }: SparseCounts,
): SparseReport {
  const size = masks.reduce((sum, mask) => sum + mask.length, 0);
  const ever = everActive.reduce((sum, mask) => sum + countActive(mask), 0);
  return {
    method,
    density: active.reduce((sum, count) => sum + count, 0) / size,
    everActive: ever / size,
    updates,
    weights: account.weights(masks),
    bytes: account.bytes(masks),
    forwardFlops: account.flops(active).sparseForward,
    denseForwardFlops: account.flops(active).denseForward,
    trainingFlops: countedFlops,
    denseTrainingFlops: countedDenseFlops,
    allCounted: account.complete,
  };
}
