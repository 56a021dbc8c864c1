import type { SparseCosts, SparseFormat, SparseProfile } from '../../../src/kernels/native/sparseCost';

/** A profile by which products are always done in this way, where it has a kernel for them. */
export function always(format: SparseFormat): SparseProfile {
  const costs = (each: SparseFormat): SparseCosts => {
    const weight = each === format ? 0 : each === 'dense' ? 1e6 : 1e9;
    return { product: weight, weight, input: weight, output: weight, line: weight, together: 1 };
  };
  const all = { dense: costs('dense'), lists: costs('lists'), blocks: costs('blocks') };
  const kind = { forward: all, inputGradient: all, weightGradient: all };
  return { matrix: kind, window: kind };
}
