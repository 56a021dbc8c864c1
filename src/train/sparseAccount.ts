import {
  countActive,
  deadUnits,
  forwardFlops,
  sparseBytes,
  stepFlops,
  type Mask,
  type StepKind,
} from '../sparse';
import type { SparseWeight } from './sparseWeights';

/** A sparse weight in a report. */
export interface WeightReport {
  readonly name: string;
  readonly layer: string;
  readonly size: number;
  readonly active: number;
  /** Of a recurrent kernel, gate by gate. */
  readonly gates?: { readonly name: string; readonly size: number; readonly active: number }[];
  /** Units that no active weight leads into, or on from. */
  readonly deadOutputs: number;
  readonly deadInputs: number;
}

/** FLOPs of one sample in the accounting of the papers: matrix work of all layers, two a multiply-accumulate. */
export interface SampleFlops {
  readonly denseForward: number;
  readonly sparseForward: number;
}

/** What can be said of masks: sizes, FLOPs as the papers count them, dead units. */
export class SparseAccount {
  private readonly counted: readonly { readonly size: number; readonly macs: number }[];
  /** Whether each layer's work follows from its shapes. */
  readonly complete: boolean;

  constructor(
    private readonly sparse: readonly SparseWeight[],
    dense: readonly Pick<SparseWeight, 'size' | 'macs' | 'kind'>[],
  ) {
    const others = dense.filter(({ kind }) => kind !== 'other');
    this.counted = [...sparse, ...others].map(({ size, macs = 0 }) => ({ size, macs }));
    this.complete = [...sparse, ...others].every(({ macs }) => macs !== undefined);
  }

  flops(active: readonly number[]): SampleFlops {
    const densities = active.map((count, i) => count / (this.sparse[i]?.size ?? 1));
    return {
      denseForward: forwardFlops(this.counted),
      sparseForward: forwardFlops(this.counted, densities),
    };
  }

  /** Of one sample in a training step. */
  step(kind: StepKind, active: readonly number[]): number {
    const { denseForward, sparseForward } = this.flops(active);
    return stepFlops(kind, denseForward, sparseForward);
  }

  /** Of one sample in a training step that is done dense. */
  get denseStep(): number {
    return this.step(
      'sparse',
      this.sparse.map(({ size }) => size),
    );
  }

  weights(masks: readonly Mask[]): WeightReport[] {
    return this.sparse.map(({ name, layer, size, shape, layout, parts }, i) => {
      const mask = masks[i] as Mask;
      const { inputs, outputs } = deadUnits(mask, shape, layout);
      const gates = parts.map(({ part }, g) => ({
        name: layout.gates[g] ?? '',
        size: part.size,
        active: countActive(part.take(mask)),
      }));
      return {
        ...{ name, layer, size, active: countActive(mask) },
        ...(layout.gates.length > 0 && { gates }),
        ...{ deadInputs: inputs, deadOutputs: outputs },
      };
    });
  }

  /** Bytes of the sparse weights on disk: four a nonzero, and one bit a position. */
  bytes(masks: readonly Mask[]): number {
    return masks.reduce((sum, mask) => sum + sparseBytes(countActive(mask), mask.length), 0);
  }
}
