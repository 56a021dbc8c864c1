import { countBits, eachSetBit, toggle, wordsOf, type MaskBits } from './maskBits';

/**
 * Bits written out in the fewest bytes of three forms: none at all, the bits as they are, or the gaps between those
 * that are one in Rice's code (R. F. Rice 1979, JPL 79-22), which for scattered positions is within a few per cent
 * of their entropy.
 */
export interface CodedBits {
  /** 0 for bits as they are; `k + 1` for gaps whose lowest `k` bits are written out and whose rest is unary. */
  readonly form: number;
  /** In whole 32-bit words, lowest bits first. */
  readonly words: MaskBits;
}

const largestK = 30;

/** Of nothing but zeros, no words are written. */
export function encodeBits(bits: MaskBits, ones = countBits(bits)): CodedBits {
  if (ones === 0) return { form: 0, words: new Uint32Array(0) };
  const k = bestK(bits.length * 32, ones);
  const length = lengthOfGaps(bits, ones, k);
  return wordsOf(length) < bits.length
    ? { form: k + 1, words: encodeGaps(bits, k, length) }
    : { form: 0, words: bits };
}

/**
 * @param size positions of the mask
 * @param ones how many of them are one
 * @throws Error where the words say anything else
 */
export function decodeBits(coded: CodedBits, size: number, ones: number): MaskBits {
  const bits: MaskBits = new Uint32Array(wordsOf(size));
  toggleCoded(bits, coded, size, ones);
  return bits;
}

/** Turns the coded positions over in `bits`; parameters and errors as for {@link decodeBits}. */
export function toggleCoded(bits: MaskBits, { form, words }: CodedBits, size: number, ones: number): void {
  if (ones === 0) return;
  if (form > 0) {
    toggleGaps(bits, words, form - 1, size, ones);
    return;
  }
  if (words.length !== bits.length) throw new Error(`${words.length} words where ${bits.length} belong`);
  toggle(bits, words);
}

/** Gaps of scattered positions are distributed geometrically; of their mean, 0.69 is the median. */
function bestK(size: number, ones: number): number {
  return Math.min(largestK, Math.max(0, Math.round(Math.log2((0.69 * size) / ones))));
}

function lengthOfGaps(bits: MaskBits, ones: number, k: number): number {
  let length = ones * (k + 1);
  let next = 0;
  eachSetBit(bits, (position) => {
    length += (position - next) >>> k;
    next = position + 1;
  });
  return length;
}

function encodeGaps(bits: MaskBits, k: number, length: number): MaskBits {
  const words: MaskBits = new Uint32Array(wordsOf(length));
  const mask = 2 ** k - 1;
  let next = 0;
  let at = 0;
  eachSetBit(bits, (position) => {
    const gap = position - next;
    next = position + 1;
    at += gap >>> k;
    words[at >>> 5] = (words[at >>> 5] as number) | (1 << (at & 31));
    at++;
    const rest = gap & mask;
    words[at >>> 5] = (words[at >>> 5] as number) | (rest << (at & 31));
    const spilled = 32 - (at & 31);
    if (spilled < k) words[(at >>> 5) + 1] = rest >>> spilled;
    at += k;
  });
  return words;
}

function toggleGaps(bits: MaskBits, words: MaskBits, k: number, size: number, ones: number): void {
  const mask = 2 ** k - 1;
  let position = -1;
  let at = 0;
  for (let i = 0; i < ones; i++) {
    const began = at;
    let word = at >>> 5;
    let left = ((words[word] ?? 0) >>> (at & 31)) << (at & 31);
    while (left === 0) {
      if (++word >= words.length) throw new Error(`only ${i} of ${ones} positions`);
      left = words[word] as number;
    }
    at = word * 32 + 31 - Math.clz32(left & -left);
    const unary = at - began;
    at++;
    const low = (words[at >>> 5] ?? 0) >>> (at & 31);
    const spilled = 32 - (at & 31);
    const high = spilled < k ? (words[(at >>> 5) + 1] ?? 0) << spilled : 0;
    at += k;
    position += unary * 2 ** k + ((low | high) & mask) + 1;
    if (position >= size) throw new Error(`position ${position} of ${size}`);
    bits[position >>> 5] = (bits[position >>> 5] as number) ^ (1 << (position & 31));
  }
}
