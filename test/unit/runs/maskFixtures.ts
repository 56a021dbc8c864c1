import type { RecordedWeight } from '../../../src/runs/masks';

export { randomOf } from '../../harness/maskRun';

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
