import type { Evolution, Layer } from '../evolution';
import { largest, largestOfAll } from '../largest';
import { activeAt, fullMask, maskOf, randomMask } from '../mask';
import type { Snip } from '../method';

/** A random topology that stays. */
export function fixedRandom(layers: readonly Layer[]): Evolution {
  return {
    initial: (_weights, random) =>
      layers.map(({ size, density }) => randomMask(size, activeAt(1 - density, size), random)),
    due: () => undefined,
    update: (_step, states) => states.map(({ mask }) => mask),
    stepKind: () => 'sparse',
  };
}

/** SNIP (Lee et al. 2019): what the first batches' |gradient * weight| says stays; all else is pruned before training. */
export function snipRule(layers: readonly Layer[], { scope, batches }: Snip): Evolution {
  return {
    averageGradients: batches,
    initial: () => layers.map(({ size }) => fullMask(size)),
    holds: (step) => step < batches,
    due: (step) => (step === batches ? { gradients: true, replacesStep: true } : undefined),
    update(_step, states, random) {
      const saliency = states.map(({ weights, gradients }) =>
        weights.map((weight, i) => Math.abs(weight * (gradients as Float32Array)[i]!)),
      );
      const counts = layers.map(({ size, density }) => activeAt(1 - density, size));
      if (scope === 'global')
        return largestOfAll(
          saliency,
          counts.reduce((sum, count) => sum + count, 0),
          random,
        );
      return saliency.map((scores, i) => maskOf(scores.length, largest(scores, counts[i] as number, random)));
    },
    stepKind: () => 'sparse',
  };
}
