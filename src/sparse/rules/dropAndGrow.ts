import { BlockView } from '../blocks';
import { dropCount, dropSmallest, growLargest, growRandom } from '../dropGrow';
import type { Evolution, Layer, LayerState } from '../evolution';
import { magnitudes } from '../largest';
import { activeAt, countActive, randomMask, type Mask } from '../mask';
import type { Block, Dynamics, Rigl, SetMethod, Snfs } from '../method';
import type { Randomness } from '../randomness';
import { redistribute } from '../redistribute';
import { dropShare, isUpdate, stepAt } from '../schedule';
import { fixedRandom } from './fixed';

/** When a dynamic method updates, and the share that it drops then. */
export interface Times {
  isUpdate(step: number): boolean;
  share(step: number): number;
}

export function timesOf(dynamics: Dynamics, totalSteps: number | undefined): Times {
  const end = stepAt(dynamics.until, totalSteps, 'until');
  return {
    isUpdate: (step) => isUpdate({ ...dynamics, end }, step),
    share: (step) => dropShare(dynamics.dropFraction, step, end, dynamics.decay),
  };
}

/** RigL (Evci et al. 2020): drop the smallest weights, grow where the dense gradient is the largest. */
export function riglRule(layers: readonly Layer[], method: Rigl, totalSteps: number | undefined): Evolution {
  const times = timesOf(method, totalSteps);
  return {
    ...fixedRandom(layers),
    averageGradients: method.averageGradients,
    due: (step) => (times.isUpdate(step) ? { gradients: true, replacesStep: true } : undefined),
    update: (step, states, random) =>
      states.map((state) => {
        const drop = dropCount(state.mask, times.share(step));
        const kept = dropSmallest(state.mask, magnitudes(state.weights), drop, random);
        return growLargest(kept, growScores(state), drop, random);
      }),
    stepKind: denseNear(times, method.averageGradients),
  };
}

/** SET (Mocanu et al. 2018): drop the smallest weights, grow at random. */
export function setRule(
  layers: readonly Layer[],
  method: SetMethod,
  totalSteps: number | undefined,
): Evolution {
  const times = timesOf(method, totalSteps);
  return {
    ...fixedRandom(layers),
    due: (step) => (times.isUpdate(step) ? { gradients: false, replacesStep: true } : undefined),
    update: (step, states, random) =>
      states.map(({ mask, weights }) => {
        const drop = dropCount(mask, times.share(step));
        return growRandom(dropSmallest(mask, magnitudes(weights), drop, random), drop, random);
      }),
  };
}

/**
 * SNFS, sparse momentum (Dettmers and Zettlemoyer 2019): grow where a moving average of dense gradients is the largest;
 * layers whose average is large grow more than they drop.
 */
export function snfsRule(layers: readonly Layer[], method: Snfs, totalSteps: number | undefined): Evolution {
  const times = timesOf(method, totalSteps);
  return {
    ...fixedRandom(layers),
    momentum: method.momentum,
    due: (step) => (times.isUpdate(step) ? { gradients: true, replacesStep: true } : undefined),
    update(step, states, random) {
      const drops = states.map(({ mask }) => dropCount(mask, times.share(step)));
      const kept = states.map(({ mask, weights }, i) =>
        dropSmallest(mask, magnitudes(weights), drops[i] as number, random),
      );
      const grow = method.redistribute
        ? redistribute(
            drops.reduce((sum, drop) => sum + drop, 0),
            states.map((state, i) => ({
              share: meanOver(state.mask, growScores(state)),
              free: state.mask.length - countActive(kept[i] as Mask),
            })),
          )
        : drops;
      return states.map((state, i) =>
        growLargest(kept[i] as Mask, growScores(state), grow[i] as number, random),
      );
    },
    ...(method.redistribute && {
      uncertain: { of: 'shares', why: 'weights move from layer to layer while they train' } as const,
    }),
    stepKind: () => 'denseGradient',
  };
}

/** Whole blocks of weights, by the rule of RigL or SET on scores pooled over each block, or fixed at random. */
export function blockRule(
  layers: readonly Layer[],
  method: Block,
  totalSteps: number | undefined,
): Evolution {
  const views = layers.map(({ shape }) => new BlockView(shape, ...method.shape));
  const view = (i: number) => views[i] as BlockView;
  const initial = (_weights: unknown, random: Randomness) =>
    layers.map(({ size, density }, i) => {
      const { count } = view(i);
      return view(i).expand(randomMask(count, activeAt(1 - density, count), random), size);
    });
  const counts = layers.map(({ size, density }, i) => {
    const { count } = view(i);
    return Math.round((activeAt(1 - density, count) * size) / count);
  });
  const even = layers.every((_, i) => view(i).even);
  const plan = {
    planned: () => counts,
    ...(!even && {
      uncertain: { of: 'counts', why: 'blocks at the edges are smaller than others' } as const,
    }),
  };
  if (method.rule === 'static') return { ...fixedRandom(layers), initial, ...plan };
  const inner =
    method.rule === 'rigl'
      ? riglRule(layers, { ...method, method: 'rigl' }, totalSteps)
      : setRule(layers, { ...method, method: 'set' }, totalSteps);
  return {
    ...inner,
    initial,
    ...plan,
    update: (step, states, random) => {
      const pooled = states.map(({ mask, weights, gradients }, i) => ({
        mask: view(i).reduce(mask),
        weights: view(i).pool(weights, method.pooling),
        gradients: gradients && view(i).pool(gradients, method.pooling),
      }));
      return inner
        .update(step, pooled, random)
        .map((blocks, i) => view(i).expand(blocks, (layers[i] as Layer).size));
    },
  };
}

export function growScores({ gradients }: LayerState): Float32Array {
  if (!gradients) throw new Error('an update by gradients was given none');
  return magnitudes(gradients);
}

/** Dense gradients are taken in the steps that an update averages. */
export function denseNear(times: Times, averaged: number): Evolution['stepKind'] {
  return (step) => {
    for (let ahead = 0; ahead < averaged; ahead++) if (times.isUpdate(step + ahead)) return 'denseGradient';
    return 'sparse';
  };
}

function meanOver(mask: Mask, values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) sum += values[i] as number;
  return sum / Math.max(1, countActive(mask));
}
