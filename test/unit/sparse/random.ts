import { Random } from '../../../src/data/random';

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
