import type * as tfjs from '@tensorflow/tfjs';
import type { Datasets, ExperimentData, TensorBatch } from '../api/experiment';
import { epochOrder } from '../data/batches';
import type { LoadedData, Split } from '../data/types';
import { ExperimentError } from './experimentError';
import type { Tf } from './tfInstance';

/** A batch with the number of examples in it. The consumer disposes the tensors. */
export interface CountedBatch {
  readonly batch: TensorBatch;
  readonly examples: number;
}

/** Where a run's batches come from, and how to come back to a place in them. */
export interface Feed {
  readonly description: string;
  readonly inputShape?: number[];
  readonly outputShape?: number[];
  /** Unknown for streams of unknown length. */
  readonly stepsPerEpoch: number | undefined;
  /** Absent for streams, which make their batches themselves. */
  readonly examplesPerEpoch?: number;
  /** Batches of one epoch, from the `skip`-th on. */
  epoch(epoch: number, skip: number): AsyncGenerator<CountedBatch>;
  /** Makes every batch exactly this long, for models that take no other; what is left of an epoch is left out. */
  fixBatch?(size: number): void;
  /** The held-out batches, or undefined where there are none. */
  test: (() => AsyncGenerator<CountedBatch>) | undefined;
  /** What `restore` needs to continue as if nothing had happened; plain JSON. */
  position(): unknown;
  restore(position: unknown): Promise<void>;
}

/** The feed of what an experiment gave as its `data`. */
export async function openFeed(
  tf: Tf,
  data: ExperimentData,
  options: { directory: string; file: string; seed: number; batchSize: number },
): Promise<Feed> {
  if (isSource(data)) {
    const loaded = await data.load({ directory: options.directory, seed: options.seed });
    return arrayFeed(tf, loaded, options.seed, options.batchSize);
  }
  if (data instanceof tf.data.Dataset) return datasetFeed({ train: data });
  if ('train' in data && data.train instanceof tf.data.Dataset) return datasetFeed(data);
  throw new ExperimentError(
    'In defineExperiment: data must be a source such as glyphs() or idx(folder), a tf.data.Dataset, or { train, test } of these.',
    { file: options.file },
  );
}

function isSource(data: ExperimentData): data is Extract<ExperimentData, { load: unknown }> {
  return 'load' in data && typeof data.load === 'function';
}

/** Random access: the order of an epoch follows from seed and epoch alone, so its place is two numbers. */
function arrayFeed(tf: Tf, data: LoadedData, seed: number, batchSize: number): Feed {
  async function* batches(
    split: Split,
    order: Int32Array,
    skip: number,
    size: number,
  ): AsyncGenerator<CountedBatch> {
    for (
      let start = skip * size;
      start < (wholeOnly ? order.length - size + 1 : order.length);
      start += size
    ) {
      const indices = order.subarray(start, start + size);
      const { xs, ys } = split.batch(indices);
      yield {
        batch: { xs: tf.tensor(xs.data, xs.shape), ys: tf.tensor(ys.data, ys.shape) },
        examples: indices.length,
      };
    }
  }
  const { test } = data;
  let testBatch = Math.max(batchSize, 256);
  let wholeOnly = false;
  return {
    description: data.description,
    inputShape: data.inputShape,
    outputShape: data.outputShape,
    examplesPerEpoch: data.train.size,
    get stepsPerEpoch() {
      return (wholeOnly ? Math.floor : Math.ceil)(data.train.size / batchSize);
    },
    fixBatch(size) {
      wholeOnly = true;
      testBatch = size;
    },
    epoch: (epoch, skip) => batches(data.train, epochOrder(data.train.size, seed, epoch), skip, batchSize),
    test:
      test &&
      (() =>
        batches(
          test,
          Int32Array.from({ length: test.size }, (_, i) => i),
          0,
          testBatch,
        )),
    position: () => null,
    restore: () => Promise.resolve(),
  };
}

/**
 * A stream: its place is how often each dataset was iterated, and how far. Coming back iterates as often again
 * (which advances the seeds of its shuffles, and costs nothing more) and skips the batches already seen.
 */
function datasetFeed(datasets: Datasets): Feed {
  let iterated: ('train' | 'test')[] = [];
  let reopened: AsyncIterator<unknown> | undefined;
  const open = async (which: 'train' | 'test') => {
    iterated.push(which);
    const dataset = which === 'train' ? datasets.train : datasets.test;
    if (!dataset) throw new Error(`there is no ${which} dataset`);
    const iterator = await dataset.iterator();
    return { next: () => iterator.next() as Promise<IteratorResult<unknown>> };
  };
  async function* batches(iterator: AsyncIterator<unknown>, skip: number): AsyncGenerator<CountedBatch> {
    for (let index = 0; ; index++) {
      const next: IteratorResult<unknown, unknown> = await iterator.next();
      if (next.done) return;
      const batch = checkedBatch(next.value);
      if (index >= skip) yield { batch, examples: batch.xs.shape[0] ?? 1 };
      else disposeBatch(batch);
    }
  }
  const size = datasets.train.size;
  return {
    description: 'tf.data.Dataset',
    stepsPerEpoch: Number.isFinite(size) && size > 0 ? size : undefined,
    async *epoch(_epoch, skip) {
      const iterator = reopened ?? (await open('train'));
      reopened = undefined;
      yield* batches(iterator, skip);
    },
    test:
      datasets.test &&
      async function* () {
        yield* batches(await open('test'), 0);
      },
    position: () => [...iterated],
    async restore(position) {
      iterated = [];
      for (const which of position as ('train' | 'test')[]) {
        const iterator = await open(which);
        if (which === 'train') reopened = iterator;
      }
    },
  };
}

function checkedBatch(value: unknown): TensorBatch {
  const { xs, ys } = (value ?? {}) as Partial<TensorBatch>;
  if (xs && ys) return { xs, ys };
  throw new ExperimentError(
    'Each element of the tf.data.Dataset must be a batch { xs, ys } of tensors; ' +
      'build it with tf.data.zip({ xs, ys }).batch(n).',
  );
}

/** A batch's tensors, single or nested (models with several inputs). */
export function batchTensors(batch: TensorBatch): tfjs.Tensor[] {
  return ([batch.xs, batch.ys] as unknown[]).flatMap((value) =>
    typeof (value as { dispose?: unknown }).dispose === 'function'
      ? [value as tfjs.Tensor]
      : Object.values(value as Record<string, tfjs.Tensor>),
  );
}

/** Frees a batch's tensors. */
export function disposeBatch(batch: TensorBatch): void {
  for (const tensor of batchTensors(batch)) tensor.dispose();
}
