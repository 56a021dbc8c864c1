/** A mask with 32 positions a word, the first one in the lowest bit; bits past its size are 0. */
export type MaskBits = Uint32Array<ArrayBuffer>;

/** Words that `size` positions take. */
export function wordsOf(size: number): number {
  return Math.ceil(size / 32);
}

/** Packs a mask of one byte a position, 0 or 1. */
export function packMask(mask: Uint8Array): MaskBits {
  const bits = new Uint32Array(wordsOf(mask.length));
  const whole = mask.length >>> 5;
  // Four positions at a time need an address that is a multiple of four.
  const aligned = mask.byteOffset % 4 === 0 ? mask : mask.slice();
  const fours = new Uint32Array(aligned.buffer, aligned.byteOffset, whole * 8);
  for (let word = 0, at = 0; word < whole; word++) {
    let packed = 0;
    // The product brings the lowest bits of four bytes side by side into the highest four bits.
    for (let shift = 0; shift < 32; shift += 4)
      packed |= (Math.imul((fours[at++] as number) & 0x01010101, 0x10204080) >>> 28) << shift;
    bits[word] = packed;
  }
  for (let i = whole * 32; i < mask.length; i++)
    if ((mask[i] as number) & 1) bits[i >>> 5] = (bits[i >>> 5] as number) | (1 << (i & 31));
  return bits;
}

/** One byte a position, 0 or 1. */
export function unpackMask(bits: MaskBits, size: number): Uint8Array {
  const mask = new Uint8Array(size);
  eachSetBit(bits, (position) => {
    mask[position] = 1;
  });
  return mask;
}

/** Calls back with every position that is one, ascending. */
export function eachSetBit(bits: MaskBits, visit: (position: number) => void): void {
  for (let word = 0; word < bits.length; word++) {
    let left = bits[word] as number;
    while (left !== 0) {
      const lowest = left & -left;
      visit(word * 32 + 31 - Math.clz32(lowest));
      left ^= lowest;
    }
  }
}

/** How many positions are one. */
export function countBits(bits: MaskBits): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) count += popCount(bits[i] as number);
  return count;
}

/** Positions in which two masks differ. */
export function differing(one: MaskBits, other: MaskBits): MaskBits {
  const bits = new Uint32Array(one.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (one[i] as number) ^ (other[i] as number);
  return bits;
}

/** Turns the positions of `changed` over in `bits`. */
export function toggle(bits: MaskBits, changed: MaskBits): void {
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) ^ (changed[i] as number);
}

function popCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
