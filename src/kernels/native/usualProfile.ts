import type { SparseCosts, SparseProfile } from './sparseCost';

function costs(...[product, weight, input, output, line]: number[]): SparseCosts {
  return { product, weight, input, output, line, together: 1 } as SparseCosts;
}

/** Of a server's core of 2021 at 3 GHz: for where nothing was measured. */
export const usual: SparseProfile = {
  matrix: {
    forward: {
      dense: costs(0.034, 0.21, 0.2, 0.075, 0),
      lists: costs(0.053, 1.5, 0.24, 0.25, 0),
      blocks: costs(0.043, 0.23, 0.023, 0.2, 0),
    },
    inputGradient: { dense: costs(0.035, 0.18, 0.13, 0.16, 0), lists: costs(0.05, 0.65, 0.35, 0.18, 0) },
    weightGradient: {
      dense: costs(0.036, 0.3, 0.29, 0.19, 0),
      lists: costs(0.091, 1.3, 0.18, 0.13, 0),
      blocks: costs(0.042, 0.16, 0.17, 0.16, 0),
    },
  },
  window: {
    forward: { dense: costs(0.038, 0.028, 0, 0.71, 1.6), lists: costs(0.062, 1.2, 0.24, 0.14, 7.9) },
    inputGradient: {
      dense: costs(0.036, 0.037, 0.078, 0.068, 6.4),
      lists: costs(0.057, 0.27, 0.4, 0.16, 8.1),
    },
    weightGradient: { dense: costs(0.046, 0.16, 0.08, 0.31, 1.6), lists: costs(0.073, 1.8, 0.42, 0.22, 9.3) },
  },
};
