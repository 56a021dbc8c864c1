import { sample, type Randomness } from './randomness';

/** One byte a weight, 1 where the weight is active, in the weight's own row-major layout. */
export type Mask = Uint8Array;

export function countActive(mask: Mask): number {
  let active = 0;
  for (let i = 0; i < mask.length; i++) active += mask[i] as number;
  return active;
}

/** How many of `size` weights are active at `sparsity`: floor(sparsity * size) are zero. */
export function activeAt(sparsity: number, size: number): number {
  // 0.29 * 100 is a hair below 29.
  return size - Math.floor(sparsity * size + 1e-9);
}

export function fullMask(size: number): Mask {
  return new Uint8Array(size).fill(1);
}

/** Places where two masks differ. */
export function differing(before: Mask, after: Mask): Int32Array {
  let count = 0;
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) count++;
  const places = new Int32Array(count);
  for (let i = 0, next = 0; i < before.length; i++) if (before[i] !== after[i]) places[next++] = i;
  return places;
}

/** A mask with 1 at these places. */
export function maskOf(size: number, places: Int32Array): Mask {
  const mask = new Uint8Array(size);
  for (const place of places) mask[place] = 1;
  return mask;
}

/** Exactly `active` of `size`, each set of them as likely as another. */
export function randomMask(size: number, active: number, random: Randomness): Mask {
  // The smaller side is drawn.
  const few = Math.min(active, size - active);
  const places = sample(range(size), few, random);
  if (few === active) return maskOf(size, places);
  const mask = fullMask(size);
  for (const place of places) mask[place] = 0;
  return mask;
}

export function range(size: number): Int32Array {
  const places = new Int32Array(size);
  for (let i = 0; i < size; i++) places[i] = i;
  return places;
}

/** 1 where one of them is. */
export function either(a: Mask, b: Mask): Mask {
  const both = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) both[i] = (a[i] as number) | (b[i] as number);
  return both;
}
