const mask64 = (1n << 64n) - 1n;

/**
 * One step of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014;
 * constants as in Vigna's splitmix64.c): `state` advanced, and the 64-bit output for it.
 */
export function splitMix64(state: bigint): { state: bigint; output: bigint } {
  const next = (state + 0x9e3779b97f4a7c15n) & mask64;
  let z = next;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return { state: next, output: z ^ (z >> 31n) };
}

/**
 * A seeded source of random numbers whose place can be saved and restored: xoshiro128** 1.1 (Blackman, Vigna:
 * "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021), seeded through SplitMix64 as its
 * authors advise. Not for cryptography. The same on every platform.
 */
export class Random {
  private constructor(
    private a: number,
    private b: number,
    private c: number,
    private d: number,
  ) {}

  /**
   * The generator for `seed` (a whole number), or one of its independent streams:
   * `Random.from(seed, 'shuffle', epoch)` and `Random.from(seed, 'dropout')` have nothing to do with each other.
   */
  static from(seed: number, ...stream: readonly (number | string)[]): Random {
    let state = word(seed);
    for (const part of stream) for (const w of words(part)) state = (splitMix64(state).output ^ w) & mask64;
    const first = splitMix64(state);
    const second = splitMix64(first.state);
    const low = (x: bigint) => Number(x & 0xffffffffn);
    const high = (x: bigint) => Number(x >> 32n);
    return new Random(low(first.output), high(first.output), low(second.output), high(second.output));
  }

  /** A generator that continues where {@link state} was taken. Throws RangeError on anything else. */
  static restore(state: readonly number[]): Random {
    const [a, b, c, d] = state;
    const valid = state.length === 4 && state.every((x) => Number.isInteger(x) && x >= 0 && x < 2 ** 32);
    if (!valid || !state.some((x) => x !== 0))
      throw new RangeError(
        `the state of a random generator is four whole numbers in [0, 2^32), not all zero; found [${state.join(', ')}]`,
      );
    return new Random(a as number, b as number, c as number, d as number);
  }

  /** Four whole numbers in [0, 2^32); plain JSON. */
  state(): number[] {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0];
  }

  /** A whole number in [0, 2^32): the generator's own output. */
  uint32(): number {
    const x = Math.imul(this.b, 5);
    const output = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = (this.d << 11) | (this.d >>> 21);
    return output;
  }

  /** Uniform in [0, 1), with 53 random bits; a drop-in for Math.random. */
  next(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Standard normal (Box and Muller 1958; always two draws, so that the state is all there is to save). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** A whole number in [0, n), without bias; n in [1, 2^32]. */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`int(n) needs a whole number n in [1, 2^32]; found ${n}`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % n;
    }
  }

  /** Shuffles in place (Fisher and Yates, Durstenfeld's form) and returns the array. */
  shuffle(values: Int32Array): Int32Array {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const kept = values[i] as number;
      values[i] = values[j] as number;
      values[j] = kept;
    }
    return values;
  }
}

function word(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new RangeError(`a seed must be a whole number; found ${value}`);
  return BigInt.asUintN(64, BigInt(value));
}

/** Numbers and strings as 64-bit words; the tag and length in front keep 1, '1' and ['a', 'b'] / ['ab'] apart. */
function words(part: number | string): bigint[] {
  if (typeof part === 'number') return [0n, word(part)];
  const bytes = Buffer.from(part, 'utf8');
  const result = [1n + BigInt(bytes.length)];
  for (let i = 0; i < bytes.length; i += 8) {
    const chunk = Buffer.alloc(8);
    bytes.copy(chunk, 0, i, i + 8);
    result.push(chunk.readBigUInt64LE());
  }
  return result;
}
