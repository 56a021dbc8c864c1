import type { MaskBits } from '../../src/runs/maskBits';

/**
 * Columns become rows, 32 by 32 bits at a time: in such a block, halves of 16, 8, 4, 2 and 1 rows change places with
 * halves of as many columns.
 *
 * @param bits rows of whole words; bits past the last column are 0
 */
export function transposeBits(bits: MaskBits, rows: number, columns: number): MaskBits {
  const words = Math.ceil(columns / 32);
  const turnedWords = Math.ceil(rows / 32);
  const turned: MaskBits = new Uint32Array(turnedWords * columns);
  const block = new Uint32Array(32);
  for (let band = 0; band < turnedWords; band++) {
    const high = Math.min(32, rows - band * 32);
    for (let word = 0; word < words; word++) {
      let any = 0;
      for (let i = 0; i < 32; i++) {
        const row = i < high ? (bits[(band * 32 + i) * words + word] as number) : 0;
        block[i] = row;
        any |= row;
      }
      if (any === 0) continue;
      turn(block);
      const wide = Math.min(32, columns - word * 32);
      for (let i = 0; i < wide; i++) turned[(word * 32 + i) * turnedWords + band] = block[i] as number;
    }
  }
  return turned;
}

function turn(block: Uint32Array): void {
  let low = 0x0000ffff;
  for (let half = 16; half !== 0; half >>>= 1, low ^= low << half)
    for (let row = 0; row < 32; row = (row + half + 1) & ~half) {
      const above = block[row] as number;
      const below = block[row + half] as number;
      const change = ((above >>> half) ^ below) & low;
      block[row] = above ^ (change << half);
      block[row + half] = below ^ change;
    }
}
