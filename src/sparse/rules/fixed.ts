import type { Evolution, Layer, Uncertain } from '../evolution';
import { largest, largestOfAll } from '../largest';
import { activeAt, fullMask, maskOf, randomMask } from '../mask';
import type { Snip } from '../method';
import { evenly } from '../redistribute';

/** Where weights of all layers compete, what a layer keeps is seen then. */
export const decidedTogether: Uncertain = {
  of: 'shares',
  why: 'weights of all layers compete to stay',
};

/** A random topology that stays. */
export function fixedRandom(layers: readonly Layer[]): Evolution {
  const counts = countsOf(layers);
  return {
    initial: (_weights, random) => layers.map(({ size }, i) => randomMask(size, counts[i] as number, random)),
    planned: () => counts,
    due: () => undefined,
    update: (_step, states) => states.map(({ mask }) => mask),
    stepKind: () => 'sparse',
  };
}

/** SNIP (Lee et al. 2019): what the first batches' |gradient * weight| says stays; all else is pruned before training. */
export function snipRule(layers: readonly Layer[], { scope, batches }: Snip): Evolution {
  const counts = countsOf(layers);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const kept = scope === 'global' ? evenly(total, layers) : counts;
  return {
    averageGradients: batches,
    initial: () => layers.map(({ size }) => fullMask(size)),
    holds: (step) => step < batches,
    due: (step) => (step === batches ? { gradients: true, replacesStep: true } : undefined),
    update(_step, states, random) {
      const saliency = states.map(({ weights, gradients }) =>
        weights.map((weight, i) => Math.abs(weight * (gradients as Float32Array)[i]!)),
      );
      if (scope === 'global') return largestOfAll(saliency, total, random);
      return saliency.map((scores, i) => maskOf(scores.length, largest(scores, counts[i] as number, random)));
    },
    planned: (step) => (step < batches ? layers.map(({ size }) => size) : kept),
    ...(scope === 'global' && { uncertain: decidedTogether }),
    stepKind: () => 'sparse',
  };
}

/** Active weights of each layer at its density. */
export function countsOf(layers: readonly Layer[]): number[] {
  return layers.map(({ size, density }) => activeAt(1 - density, size));
}
