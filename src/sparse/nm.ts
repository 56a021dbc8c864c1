import { product } from './distribution';
import { largest, magnitudes } from './largest';
import type { Mask } from './mask';
import type { Randomness } from './randomness';

/** N of N:M sparsity at a density. */
export function keptOf(density: number, m: number): number {
  return Math.round(density * m);
}

/** How many weights of a layer N:M sparsity leaves. */
export function nmCount(shape: readonly number[], n: number, m: number): number {
  const inputs = shape.at(-2) as number;
  const groups = Math.floor(inputs / m);
  const column = n * groups + Math.ceil((n * (inputs - m * groups)) / m);
  return (product(shape) / inputs) * column;
}

/**
 * N:M sparsity: of every `m` weights that follow each other along the input channels of one output, the `n` of the
 * largest score. Where the input channels are no multiple of `m`, the rest keeps in proportion, rounded up.
 *
 * @param shape `[..., input, output]`
 */
export function nmMask(
  weights: Float32Array,
  shape: readonly number[],
  n: number,
  m: number,
  random: Randomness,
): Mask {
  const mask = new Uint8Array(weights.length);
  const outputs = shape.at(-1) as number;
  const inputs = shape.at(-2) as number;
  const scores = magnitudes(weights);
  for (let matrix = 0; matrix < weights.length; matrix += inputs * outputs)
    for (let output = 0; output < outputs; output++)
      for (let input = 0; input < inputs; input += m) {
        const length = Math.min(m, inputs - input);
        const place = (i: number) => matrix + (input + i) * outputs + output;
        const group = Float32Array.from({ length }, (_, i) => scores[place(i)] as number);
        for (const i of largest(group, Math.ceil((n * length) / m), random)) mask[place(i)] = 1;
      }
  return mask;
}
