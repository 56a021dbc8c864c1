/** A weight as the papers count it. */
export interface CountedWeight {
  readonly size: number;
  /** Multiply-accumulates of one sample's dense forward pass; of sparse ones the density's share is counted. */
  readonly macs: number;
}

/** What a training step of a method computes beside the sparse forward pass (Evci et al. 2020, appendix G). */
export type StepKind =
  /** Forward, and both products of the backward pass: 3 f_S. */
  | 'sparse'
  /** The gradient of the weights in full: 2 f_S + f_D. */
  | 'denseGradient';

/** FLOPs of one sample's forward pass, two a multiply-accumulate. */
export function forwardFlops(weights: readonly CountedWeight[], densities?: readonly number[]): number {
  return weights.reduce((sum, { macs }, i) => sum + 2 * macs * (densities?.[i] ?? 1), 0);
}

/**
 * FLOPs of one sample in a training step, where the dense and the sparse forward pass take these. The mean that the paper
 * gives for RigL, (3 f_S dT + 2 f_S + f_D) / (dT + 1), has the update beside dT steps; in a run it is one of dT.
 */
export function stepFlops(kind: StepKind, dense: number, sparse: number): number {
  return kind === 'sparse' ? 3 * sparse : 2 * sparse + dense;
}

/** Bytes on disk: four a nonzero and one bit a position. */
export function sparseBytes(nonzeros: number, positions: number): number {
  return 4 * nonzeros + Math.ceil(positions / 8);
}
