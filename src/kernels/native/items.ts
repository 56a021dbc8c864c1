import type * as tfjs from '@tensorflow/tfjs';

/** Kinds of numbers that lie in the memory of the wasm backend. */
export type Numeric = 'float32' | 'int32' | 'bool';

/** Bytes of one number; undefined where they do not lie in the backend's memory as they are. */
export function itemBytes(dtype: string): 4 | 1 | undefined {
  if (dtype === 'float32' || dtype === 'int32') return 4;
  return dtype === 'bool' ? 1 : undefined;
}

/** Bytes of a tensor that lies there. */
export function bytesOf({ shape, dtype }: Pick<tfjs.TensorInfo, 'shape' | 'dtype'>): number {
  return product(shape) * (itemBytes(dtype) ?? 4);
}

/** The bits of a number as a kernel is given them, whatever kind it is of. */
export function bitsOf(dtype: Numeric, value: number): number {
  if (dtype === 'bool') return value ? 1 : 0;
  if (dtype === 'int32') return Math.trunc(value) | 0;
  return new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** The sizes, or steps, of all axes but one. */
export function without(axis: number, sizes: readonly number[]): number[] {
  return sizes.filter((_, each) => each !== axis);
}
