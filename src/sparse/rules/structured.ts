import type { Evolution, Layer } from '../evolution';
import { dropCount } from '../dropGrow';
import { randomFanIn, updateFanIn } from '../fanIn';
import type { ConstantFanIn, NM } from '../method';
import { keptOf, nmCount, nmMask } from '../nm';
import type { Randomness } from '../randomness';
import { denseNear, growScores, timesOf } from './dropAndGrow';

/** Steps from one look at masks that follow weights to the next. */
const lookEvery = 100;

/**
 * N:M: the mask of the initial weights. With SR-STE the mask follows the weights in every step, outside of this; now and
 * then it is looked at.
 */
export function nmRule(layers: readonly Layer[], { m, decay }: NM): Evolution {
  const masked = (values: Float32Array, i: number, random: Randomness) => {
    const { shape, density } = layers[i] as Layer;
    return nmMask(values, shape, keptOf(density, m), m, random);
  };
  const counts = layers.map(({ shape, density }) => nmCount(shape, keptOf(density, m), m));
  return {
    planned: () => counts,
    initial: (weights, random) => weights.map((values, i) => masked(values, i, random)),
    due: (step) =>
      decay > 0 && step % lookEvery === 0 ? { gradients: false, replacesStep: false } : undefined,
    update: (_step, states, random) => states.map(({ weights }, i) => masked(weights, i, random)),
    stepKind: () => (decay > 0 ? 'denseGradient' : 'sparse'),
  };
}

/** SRigL (Lasby et al. 2024): RigL with as many weights into every neuron, and neurons that may go. */
export function fanInRule(
  layers: readonly Layer[],
  method: ConstantFanIn,
  totalSteps: number | undefined,
): Evolution {
  const times = timesOf(method, totalSteps);
  const neuronsOf = (layer: Layer | undefined) => layer?.shape.at(-1) as number;
  const fanInOf = (layer: Layer) => Math.max(1, Math.round((layer.density * layer.size) / neuronsOf(layer)));
  const counts = layers.map((layer) => fanInOf(layer) * neuronsOf(layer));
  return {
    averageGradients: method.averageGradients,
    planned: () => counts,
    ...(method.gamma > 0 && {
      uncertain: {
        of: 'counts',
        why: 'ablated neurons leave their weights to the others, as many to each',
      } as const,
    }),
    initial: (_weights, random) =>
      layers.map((layer) => randomFanIn(layer.size, neuronsOf(layer), fanInOf(layer), random)),
    due: (step) => (times.isUpdate(step) ? { gradients: true, replacesStep: true } : undefined),
    update: (step, states, random) =>
      states.map((state, i) => {
        const options = {
          drop: dropCount(state.mask, times.share(step)),
          gamma: layers[i]?.isOutput ? 0 : method.gamma,
        };
        return updateFanIn(
          state.mask,
          neuronsOf(layers[i]),
          state.weights,
          growScores(state),
          options,
          random,
        );
      }),
    stepKind: denseNear(times, method.averageGradients),
  };
}
