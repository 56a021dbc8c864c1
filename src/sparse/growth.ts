import type { LayerState } from './evolution';
import { countActive, type Mask } from './mask';
import type { Randomness } from './randomness';

export const growInits = ['zeros', 'normal', 'uniform', 'gradient', 'gradientSign'] as const;
/** What grown weights begin with, as RigL's reference implementation offers it. */
export type GrowInit = (typeof growInits)[number];

export interface Growth {
  readonly growInit: GrowInit;
  /** What `growInit` gives is multiplied by this. */
  readonly growScale: number;
}

/** Places that a mask has and the mask before had not. */
export function grownPlaces(before: Mask, after: Mask): Int32Array {
  const places: number[] = [];
  for (let i = 0; i < after.length; i++) if (after[i] === 1 && before[i] === 0) places.push(i);
  return Int32Array.from(places);
}

/**
 * First values of grown weights: normal, with the standard deviation of the weight's active values; uniform, up to their
 * mean magnitude on both sides; or the gradient at each place, or its sign.
 *
 * @param state of the weight before the update
 */
export function grownValues(
  { growInit, growScale }: Growth,
  places: Int32Array,
  { mask, weights, gradients }: LayerState,
  random: Randomness,
): Float32Array {
  const gradientAt = (place: number): number => {
    if (!gradients) throw new Error('weights are to begin with gradients, and there are none');
    return gradients[place] as number;
  };
  const draw = (() => {
    switch (growInit) {
      case 'zeros':
        return () => 0;
      case 'normal': {
        const deviation = deviationOf(weights, mask);
        return () => deviation * normal(random);
      }
      case 'uniform': {
        const most = meanMagnitude(weights, mask);
        return () => most * (2 * random.next() - 1);
      }
      case 'gradient':
        return gradientAt;
      case 'gradientSign':
        return (place: number) => Math.sign(gradientAt(place));
    }
  })();
  return Float32Array.from(places, (place) => growScale * draw(place));
}

/** Of weights that are zero where the mask is. */
function deviationOf(weights: Float32Array, mask: Mask): number {
  const count = Math.max(1, countActive(mask));
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / count;
  const squares = weights.reduce((sum, weight, i) => sum + (mask[i] === 1 ? (weight - mean) ** 2 : 0), 0);
  return Math.sqrt(squares / count);
}

function meanMagnitude(weights: Float32Array, mask: Mask): number {
  return weights.reduce((sum, weight) => sum + Math.abs(weight), 0) / Math.max(1, countActive(mask));
}

/** By the method of Box and Muller. */
function normal(random: Randomness): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
