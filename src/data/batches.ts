import { Random } from './random';
import type { Split, Values } from './types';

/** The order of one epoch: a permutation of [0, size) that depends on `seed` and `epoch` alone. */
export function epochOrder(size: number, seed: number, epoch: number): Int32Array {
  return Random.from(seed, 'epoch', epoch).shuffle(range(size));
}

/** 0, 1, ... size - 1. */
export function range(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => i);
}

/** Shuffles [0, size) by `seed` and cuts off `testFraction` of it, rounded, at least one example on either side. */
export function trainTestIndices(
  size: number,
  testFraction: number,
  seed: number,
): { train: Int32Array; test: Int32Array } {
  if (testFraction === 0 || size < 2) return { train: range(size), test: new Int32Array(0) };
  const order = Random.from(seed, 'split').shuffle(range(size));
  const testSize = Math.min(size - 1, Math.max(1, Math.round(size * testFraction)));
  return { train: order.slice(testSize), test: order.slice(0, testSize) };
}

/** One side of the examples (inputs or labels): appends those at `indices` to fresh values of a batch. */
export interface Column {
  /** Shape of one example. */
  readonly shape: readonly number[];
  gather(indices: ArrayLike<number>): Values;
}

/** A split of `size` examples made of an input and a label column, both of that length. */
export function columnSplit(size: number, xs: Column, ys: Column): Split {
  return {
    size,
    batch(indices) {
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i] as number;
        if (!(index >= 0 && index < size && Number.isInteger(index)))
          throw new RangeError(`example ${index} asked for; there are ${size}, counted from 0`);
      }
      return { xs: xs.gather(indices), ys: ys.gather(indices) };
    },
  };
}

/** How many numbers a shape holds. */
export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Any array of numbers that holds examples back to back. */
export type NumberArray = ArrayLike<number> & { subarray(start: number, end: number): ArrayLike<number> };

/**
 * Dense values in memory, kept in the type they came in and multiplied by `scale` on the way out: int32 for an
 * unscaled Int32Array, else float32.
 */
export function denseColumn(data: NumberArray, shape: readonly number[], scale = 1): Column {
  const length = product(shape);
  const integer = data instanceof Int32Array && scale === 1;
  return {
    shape,
    gather(indices) {
      const total = indices.length * length;
      const out = integer ? new Int32Array(total) : new Float32Array(total);
      for (let i = 0; i < indices.length; i++) {
        const start = (indices[i] as number) * length;
        out.set(data.subarray(start, start + length), i * length);
      }
      if (scale !== 1) for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) * scale;
      return { data: out, shape: [indices.length, ...shape] };
    },
  };
}

/** How class labels leave a source: rows of a one-hot matrix, or whole numbers. */
export type LabelEncoding = 'oneHot' | 'index';

/** Class numbers in [0, classes): one-hot float32 [classes], or int32 scalars. */
export function labelColumn(labels: ArrayLike<number>, classes: number, encoding: LabelEncoding): Column {
  if (encoding === 'index')
    return {
      shape: [],
      gather: (indices) => ({
        data: Int32Array.from({ length: indices.length }, (_, i) => labels[indices[i] as number] as number),
        shape: [indices.length],
      }),
    };
  return {
    shape: [classes],
    gather(indices) {
      const out = new Float32Array(indices.length * classes);
      for (let i = 0; i < indices.length; i++)
        out[i * classes + (labels[indices[i] as number] as number)] = 1;
      return { data: out, shape: [indices.length, classes] };
    },
  };
}

/** A column of which only the rows `rows` are visible, renumbered from 0. */
export function selectRows(column: Column, rows: Int32Array): Column {
  return {
    shape: column.shape,
    gather: (indices) =>
      column.gather(
        Int32Array.from({ length: indices.length }, (_, i) => rows[indices[i] as number] as number),
      ),
  };
}
