import { countActive, maskOf, type Mask } from './mask';
import { sample, type Randomness } from './randomness';

/** Where to look: at the places where a mask has this bit. */
export interface Among {
  readonly mask: Mask;
  readonly bit: 0 | 1;
}

/**
 * Places of the `count` largest scores. Equal scores at the limit are chosen from at random, as the papers' small noise
 * does. NaN is below everything.
 */
export function largest(scores: Float32Array, count: number, random: Randomness, among?: Among): Int32Array {
  const places = placesAmong(scores.length, among);
  if (count >= places.length) return places;
  if (count <= 0) return new Int32Array(0);
  const values = new Float32Array(places.length);
  for (let i = 0; i < places.length; i++) {
    const value = scores[places[i] as number] as number;
    values[i] = Number.isNaN(value) ? -Infinity : value;
  }
  const limit = kthLargest(values.slice(), count);
  const chosen = new Int32Array(count);
  const equal: number[] = [];
  let above = 0;
  for (let i = 0; i < places.length; i++) {
    const value = values[i] as number;
    if (value > limit) chosen[above++] = places[i] as number;
    else if (value === limit) equal.push(places[i] as number);
  }
  chosen.set(sample(Int32Array.from(equal), count - above, random), above);
  return chosen;
}

/** Masks with the `count` largest scores of all layers together. */
export function largestOfAll(
  scores: readonly Float32Array[],
  count: number,
  random: Randomness,
  among?: readonly Mask[],
): Mask[] {
  const sizes = scores.map(({ length }) => length);
  const whole = concatenate(Float32Array, scores);
  const masks: Among | undefined = among && { mask: concatenate(Uint8Array, among), bit: 1 };
  const mask = maskOf(whole.length, largest(whole, count, random, masks));
  let begin = 0;
  return sizes.map((size) => mask.slice(begin, (begin += size)));
}

export function magnitudes(values: Float32Array): Float32Array {
  const sizes = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) sizes[i] = Math.abs(values[i] as number);
  return sizes;
}

/** All places in a mask that have a bit. */
export function placesAmong(size: number, among: Among | undefined): Int32Array {
  const active = among && countActive(among.mask);
  const count = among ? (among.bit === 1 ? active : size - (active as number)) : size;
  const places = new Int32Array(count as number);
  let next = 0;
  for (let i = 0; i < size; i++) if (!among || among.mask[i] === among.bit) places[next++] = i;
  return places;
}

/** The value that `k` of `values` reach (Hoare's quickselect); `values` is reordered. */
function kthLargest(values: Float32Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >>> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) > pivot) i++;
      while ((values[j] as number) < pivot) j--;
      if (i > j) break;
      const kept = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = kept;
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else break;
  }
  return values[k - 1] as number;
}

function concatenate<T extends Float32Array | Uint8Array>(
  kind: new (length: number) => T,
  parts: readonly T[],
): T {
  const whole = new kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
