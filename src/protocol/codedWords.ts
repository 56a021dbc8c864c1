import * as v from 'valibot';

/** Bits for a message: as they are, or the gaps between those that are one, seven bits a byte, where that is shorter. */
export const codedWordsSchema = v.object({
  form: v.picklist(['bits', 'gaps']),
  bytes: v.instance(Uint8Array),
});
export type CodedWords = v.InferOutput<typeof codedWordsSchema>;

/** @param base words that the receiver has: what differs from them is coded */
export function encodeWords(words: Uint32Array, base?: Uint32Array): CodedWords {
  const most = words.byteLength;
  const bytes = new Uint8Array(most);
  let length = 0;
  let next = 0;
  for (let word = 0; word < words.length && length < most; word++) {
    let left = (words[word] as number) ^ (base ? (base[word] as number) : 0);
    while (left !== 0 && length < most) {
      const lowest = left & -left;
      left ^= lowest;
      const position = word * 32 + 31 - Math.clz32(lowest);
      let gap = position - next;
      next = position + 1;
      for (; gap > 127; gap = Math.floor(gap / 128)) bytes[length++] = (gap & 127) | 128;
      bytes[length++] = gap;
    }
  }
  if (length < most) return { form: 'gaps', bytes: bytes.slice(0, length) };
  const bits = Uint32Array.from(words, (word, i) => word ^ (base?.[i] ?? 0));
  return { form: 'bits', bytes: new Uint8Array(bits.buffer) };
}

/**
 * @param length words that there are
 * @param base as for {@link encodeWords}
 * @returns undefined where the code is not one of so many words
 */
export function decodeWords(
  { form, bytes }: CodedWords,
  length: number,
  base?: Uint32Array,
): Uint32Array | undefined {
  if (base && base.length !== length) return undefined;
  const words = base ? base.slice() : new Uint32Array(length);
  if (form === 'bits') {
    if (bytes.byteLength !== words.byteLength) return undefined;
    const bits = new Uint32Array(bytes.slice().buffer);
    for (let i = 0; i < length; i++) words[i] = (words[i] as number) ^ (bits[i] as number);
    return words;
  }
  let next = 0;
  for (let at = 0; at < bytes.length;) {
    let gap = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      gap += (byte & 127) * scale;
      if (byte < 128) break;
    }
    const position = next + gap;
    if (position >= length * 32) return undefined;
    words[position >>> 5] = (words[position >>> 5] as number) ^ (1 << (position & 31));
    next = position + 1;
  }
  return words;
}
