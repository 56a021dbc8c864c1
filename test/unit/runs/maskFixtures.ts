import type { RecordedWeight } from '../../../src/runs/masks';

/** Uniform numbers in [0, 1), the same for a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function weightOf(
  name: string,
  shape: number[],
  changes: Partial<RecordedWeight> = {},
): RecordedWeight {
  return { name, layer: name.split('/')[0] ?? name, kind: 'dense', shape, ...changes };
}

export function randomMask(size: number, density: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length: size }, () => (random() < density ? 1 : 0));
}

/** Drops a share of the active positions and grows as many elsewhere. */
export function evolved(mask: Uint8Array, share: number, random: () => number): Uint8Array {
  const next = mask.slice();
  let moved = 0;
  for (let i = 0; i < mask.length; i++)
    if (mask[i] && random() < share) {
      next[i] = 0;
      moved++;
    }
  const free = mask.length - mask.reduce((sum, bit) => sum + bit, 0);
  while (moved > 0 && free > 0) {
    const at = Math.floor(random() * mask.length);
    if (next[at]) continue;
    next[at] = 1;
    moved--;
  }
  return next;
}
