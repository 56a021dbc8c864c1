/** Plain numbers in row-major order, on their way to becoming a tensor. */
export interface Values {
  readonly data: Float32Array | Int32Array;
  readonly shape: number[];
}

/** One mini-batch: `xs` is [batch, ...inputShape], `ys` is [batch, ...outputShape]. */
export interface Batch {
  readonly xs: Values;
  readonly ys: Values;
}

/** Examples at random access, so that shuffling and resuming need no replay. */
export interface Split {
  /** Number of examples. */
  readonly size: number;
  /** Gathers the examples at `indices` (each in [0, size)) into fresh arrays. */
  batch(indices: ArrayLike<number>): Batch;
}

/** What a source yields once loaded. Shapes are of one example, without the batch dimension. */
export interface LoadedData {
  readonly inputShape: number[];
  readonly outputShape: number[];
  readonly train: Split;
  /** Held-out examples; absent when the source has none. */
  readonly test?: Split;
  /** A short text for the run's record: "MNIST format, 60,000 train + 10,000 test, 28x28x1". */
  readonly description: string;
}

/** Where relative paths of a source are resolved from, and the run's seed. */
export interface LoadContext {
  /** Absolute folder of the experiment file. */
  readonly directory: string;
  readonly seed: number;
}

/** Describes data without reading it; nothing heavy happens before `load`. */
export interface DataSource {
  readonly kind: string;
  load(context: LoadContext): Promise<LoadedData>;
}

/** Bad input data: says which file, where in it, what was found and what was expected. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
