import { largest } from './largest';
import { countActive, maskOf, range, type Mask } from './mask';
import { sample, type Randomness } from './randomness';

/** How many weights are dropped of those active: k = trunc(alpha * nnz). */
export function dropCount(mask: Mask, share: number): number {
  return Math.trunc(share * countActive(mask));
}

/** The mask without the `count` active weights of the smallest magnitude. */
export function dropSmallest(mask: Mask, strength: Float32Array, count: number, random: Randomness): Mask {
  return maskOf(mask.length, largest(strength, countActive(mask) - count, random, mask));
}

/** The mask with the `count` other places of the largest score, those dropped a moment ago among them. */
export function growLargest(kept: Mask, scores: Float32Array, count: number, random: Randomness): Mask {
  return withPlaces(kept, largest(scores, count, random, inverse(kept)));
}

/** The mask with `count` other places drawn at random. */
export function growRandom(kept: Mask, count: number, random: Randomness): Mask {
  const free = range(kept.length).filter((place) => kept[place] === 0);
  return withPlaces(kept, sample(free, Math.min(count, free.length), random));
}

function withPlaces(kept: Mask, places: Int32Array): Mask {
  const grown = kept.slice();
  for (const place of places) grown[place] = 1;
  return grown;
}

function inverse(mask: Mask): Mask {
  const inverted = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) inverted[i] = 1 - (mask[i] as number);
  return inverted;
}
