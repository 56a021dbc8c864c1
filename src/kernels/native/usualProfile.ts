import type { SparseCosts, SparseProfile } from './sparseCost';

function costs(...[product, weight, input, output, line]: number[]): SparseCosts {
  return { product, weight, input, output, line, together: 1 } as SparseCosts;
}

/** Of a server's core of 2021 at 3 GHz: for where nothing was measured. */
export const usual: SparseProfile = {
  matrix: {
    forward: {
      dense: costs(0.033, 0.25, 0.22, 0.088, 0),
      lists: costs(0.058, 1.1, 0.22, 0.21, 0),
      blocks: costs(0.042, 0.2, 0.018, 0.2, 0),
    },
    inputGradient: { dense: costs(0.035, 0.19, 0.14, 0.17, 0), lists: costs(0.053, 0.61, 0.32, 0.19, 0) },
    weightGradient: {
      dense: costs(0.036, 0.26, 0.27, 0.19, 0),
      lists: costs(0.078, 0.64, 0.16, 0.11, 0),
      blocks: costs(0.042, 0.17, 0.17, 0.16, 0),
    },
  },
  window: {
    forward: { dense: costs(0.037, 0.035, 0, 0.76, 0.62), lists: costs(0.061, 0.7, 0.24, 0.18, 7.7) },
    inputGradient: {
      dense: costs(0.035, 0.034, 0.076, 0.075, 6.3),
      lists: costs(0.054, 0.29, 0.41, 0.25, 7.7),
    },
    weightGradient: {
      dense: costs(0.047, 0.086, 0.057, 0.28, 1.8),
      lists: costs(0.053, 1.4, 0.47, 0.33, 9.8),
    },
  },
};
