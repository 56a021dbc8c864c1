import type { Evolution, Layer } from '../evolution';
import { dropCount } from '../dropGrow';
import { randomFanIn, updateFanIn } from '../fanIn';
import type { ConstantFanIn, NM } from '../method';
import { nmMask } from '../nm';
import { denseNear, growScores, timesOf } from './dropAndGrow';

/** N:M: the mask of the initial weights. With SR-STE it follows the weights in every step, outside of this. */
export function nmRule(layers: readonly Layer[], { n, m }: NM): Evolution {
  return {
    initial: (weights, random) =>
      weights.map((values, i) => nmMask(values, (layers[i] as Layer).shape, n, m, random)),
    due: () => undefined,
    update: (_step, states) => states.map(({ mask }) => mask),
    stepKind: () => 'sparse',
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
  return {
    averageGradients: method.averageGradients,
    initial: (_weights, random) =>
      layers.map((layer) => {
        const neurons = neuronsOf(layer);
        const fanIn = Math.max(1, Math.round((layer.density * layer.size) / neurons));
        return randomFanIn(layer.size, neurons, fanIn, random);
      }),
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
