import type { Mask } from './mask';

/** Eight weights a byte, the first in the lowest bit. */
export function packBits(mask: Mask): Uint8Array {
  const packed = new Uint8Array(Math.ceil(mask.length / 8));
  for (const [i, bit] of mask.entries())
    if (bit === 1) packed[i >> 3] = (packed[i >> 3] as number) | (1 << (i & 7));
  return packed;
}

export function unpackBits(packed: Uint8Array, size: number): Mask {
  const mask = new Uint8Array(size);
  for (let i = 0; i < size; i++) mask[i] = ((packed[i >> 3] as number) >> (i & 7)) & 1;
  return mask;
}
