import { Random } from '../../../src/data/random';
import { nmMask } from '../../../src/sparse/nm';

export function random(seed = 1): Random {
  return Random.from(seed, 'test');
}

/** Values with a sign, all of different magnitude. */
export function noise(size: number, seed = 1): Float32Array {
  const source = random(seed);
  return Float32Array.from({ length: size }, () => source.normal());
}

export function places(mask: Uint8Array): number[] {
  return [...mask].flatMap((bit, i) => (bit === 1 ? [i] : []));
}

/** Whether no group of `m` has more than `n` active weights. */
export function isNm(mask: Uint8Array, shape: readonly number[], n: number, m: number): boolean {
  const allowed = nmMask(Float32Array.from(mask), shape, n, m, random());
  return mask.every((bit, i) => bit === 0 || allowed[i] === 1);
}
