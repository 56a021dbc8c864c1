import { largest, placesAmong } from './largest';
import { countActive, maskOf, type Mask } from './mask';
import { sample, type Randomness } from './randomness';

/** How many weights are dropped of those active: k = trunc(alpha * nnz). */
export function dropCount(mask: Mask, share: number): number {
  return Math.trunc(share * countActive(mask));
}

/** The mask without the `count` active weights of the smallest magnitude. */
export function dropSmallest(mask: Mask, strength: Float32Array, count: number, random: Randomness): Mask {
  const kept = largest(strength, countActive(mask) - count, random, { mask, bit: 1 });
  return maskOf(mask.length, kept);
}

/** The mask with the `count` other places of the largest score, those dropped a moment ago among them. */
export function growLargest(kept: Mask, scores: Float32Array, count: number, random: Randomness): Mask {
  return withPlaces(kept, largest(scores, count, random, { mask: kept, bit: 0 }));
}

/** The mask with `count` other places drawn at random. */
export function growRandom(kept: Mask, count: number, random: Randomness): Mask {
  const free = placesAmong(kept.length, { mask: kept, bit: 0 });
  return withPlaces(kept, sample(free, Math.min(count, free.length), random));
}

function withPlaces(kept: Mask, places: Int32Array): Mask {
  const grown = kept.slice();
  for (const place of places) grown[place] = 1;
  return grown;
}
