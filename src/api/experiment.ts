import type * as tfjs from '@tensorflow/tfjs';
import type { DataSource } from '../data/types';
import type { Params } from '../runs/record';
import type { SparsityMethod } from '../sparse';

/** Handed to every function of an experiment. */
export interface ExperimentContext<P extends Params> {
  /** TensorFlow.js on the backend of this run. */
  readonly tf: typeof tfjs;
  /** The declared parameters, with what `--set` or the palette changed. */
  readonly params: Readonly<P>;
  readonly seed: number;
}

export interface ModelContext<P extends Params> extends ExperimentContext<P> {
  /** Shape of one input, without the batch dimension. A tf.data.Dataset declares none: reading it throws then. */
  readonly inputShape: number[];
  /** Shape of one label, likewise. */
  readonly outputShape: number[];
}

/** One mini-batch as tensors: for sources of this package `xs` and `ys`; for a tf.data.Dataset its own elements. */
export interface TensorBatch {
  readonly xs: tfjs.Tensor;
  readonly ys: tfjs.Tensor;
}

export interface StepContext<P extends Params> extends ExperimentContext<P> {
  readonly model: tfjs.LayersModel;
  readonly batch: TensorBatch;
  /** Counts from 1. */
  readonly step: number;
  /** Counts from 0. */
  readonly epoch: number;
}

/** Handed to `learningRate` before every step. */
export interface RateContext<P extends Params> extends ExperimentContext<P> {
  /** Counts from 1. */
  readonly step: number;
  /** Counts from 0. */
  readonly epoch: number;
  /** Of all epochs; Infinity where the data does not say how much there is of it. */
  readonly totalSteps: number;
}

/** Where a run stands, for `stopWhen`. */
export interface Progress {
  readonly step: number;
  readonly epoch: number;
  /** Training loss of this step. */
  readonly loss: number;
  /** Training metrics of this step, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** All evaluations so far, oldest first; each includes `loss`. */
  readonly evaluations: readonly {
    readonly step: number;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
  /** True on a step after which the run was evaluated. */
  readonly evaluated: boolean;
  /** Wall time of the run so far, all attempts together. */
  readonly seconds: number;
}

/** A loss or metric: a name TensorFlow.js knows, or a function of labels and predictions. */
export type LossOrMetric<P extends Params> =
  string | ((labels: tfjs.Tensor, predictions: tfjs.Tensor, context: ExperimentContext<P>) => tfjs.Tensor);

/** Every so many steps, or at the end of each epoch. */
export type Every = number | 'epoch';

type OrFunction<T, P extends Params> = T | ((context: ExperimentContext<P>) => T);

/** Training data as a stream: each element is a batch `{ xs, ys }`, so end the pipeline with `.batch(n)`. */
export interface Datasets {
  readonly train: tfjs.data.Dataset<tfjs.TensorContainer>;
  readonly test?: tfjs.data.Dataset<tfjs.TensorContainer>;
}

export type ExperimentData = DataSource | Datasets | tfjs.data.Dataset<tfjs.TensorContainer>;

/**
 * What to train, on what, and for how long. Everything random in it (initial weights, shuffling, dropout,
 * `Math.random`) follows from `seed`: the same seed on the same backend gives the same losses, bit for bit.
 */
export interface Experiment<P extends Params = Params> {
  /** Shown in lists; the file's name when absent. */
  readonly name?: string;
  /** Default 0. */
  readonly seed?: number;
  /** Parameters with their defaults; a value set from outside must have the default's type. */
  readonly params?: P;
  readonly data:
    ExperimentData | ((context: ExperimentContext<P>) => ExperimentData | Promise<ExperimentData>);
  model(context: ModelContext<P>): tfjs.LayersModel | Promise<tfjs.LayersModel>;
  /** A name (`'adam'`), an optimizer, or a function that makes one. Default `'adam'`. */
  readonly optimizer?: OrFunction<string | tfjs.Optimizer, P>;
  /**
   * The learning rate of each step, in the place of the optimizer's own: a warm-up, a decay. With
   * `({ step, totalSteps }) => 0.05 * (1 + Math.cos((Math.PI * step) / totalSteps))` it falls along a cosine from 0.1.
   */
  learningRate?(context: RateContext<P>): number;
  /** One for all outputs, or one per output. Required unless `step` is given. */
  readonly loss?: LossOrMetric<P> | LossOrMetric<P>[];
  readonly metrics?: LossOrMetric<P>[];
  /**
   * Replaces the built-in loss of a step: returns the scalar to minimise, or `{ loss, ...metrics }` of scalars.
   * Gradients are taken of all trainable variables. Call the model with `model.apply(xs, { training: true })`.
   */
  step?(context: StepContext<P>): tfjs.Scalar | { loss: tfjs.Scalar; [metric: string]: tfjs.Scalar };
  /** Scalars to report on one test batch; replaces `loss` and `metrics` in evaluations. */
  evaluate?(context: StepContext<P>): { loss: tfjs.Scalar; [metric: string]: tfjs.Scalar };
  /** How weights are sparse: `rigl({ sparsity: 0.9 })` and others. Default: they are dense. */
  readonly sparsity?: OrFunction<SparsityMethod | undefined, P>;
  /** Examples a step; default 32. Without effect on a tf.data.Dataset, which brings its own batches. */
  readonly batchSize?: OrFunction<number, P>;
  /** Passes over the training data; default 1. */
  readonly epochs?: OrFunction<number, P>;
  /** Default `'epoch'`. */
  readonly evaluateEvery?: Every;
  /** Default `'epoch'`, and after five minutes without a checkpoint. */
  readonly checkpointEvery?: Every;
  /** Newest checkpoints to keep; default 3. */
  readonly keepCheckpoints?: number;
  /**
   * What the run may use, all attempts together: `{ minutes: 30, gCO2e: 20 }`. Once a limit is reached it stops with a
   * checkpoint, and can be resumed with a larger one.
   */
  readonly budget?: Budget;
  /** Asked after every step; true, or a text that says why, ends the run as finished. */
  stopWhen?(progress: Progress): boolean | string | undefined;
}

/** Limits of a run; what is not named is free. */
export interface Budget {
  /** Of training and evaluation, counted. */
  readonly flops?: number;
  /** Of wall time, measured. */
  readonly minutes?: number;
  /** Measured where the machine has meters, estimated where not. */
  readonly joules?: number;
  /** Grams of CO2 equivalents, predicted from energy and the place of the machine. */
  readonly gCO2e?: number;
  /** Of the process that trains, at any moment. */
  readonly memoryBytes?: number;
  /** Money, predicted from energy, hours on a GPU and prices, in their currency. */
  readonly cost?: number;
}

const mark = Symbol.for('compute-lens.experiment');

/** Declares an experiment: make it the default export of a `*.experiment.ts` (or .js, .mts, .mjs) file. */
export function defineExperiment<P extends Params = Record<string, never>>(
  experiment: Experiment<P>,
): Experiment<P> {
  return Object.defineProperty({ ...experiment }, mark, { value: true });
}

/** Whether `value` came from {@link defineExperiment}. */
export function isExperiment(value: unknown): value is Experiment {
  return typeof value === 'object' && value !== null && mark in value;
}
