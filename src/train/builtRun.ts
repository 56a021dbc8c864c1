import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import type { ExperimentContext, LossOrMetric, ModelContext } from '../api/experiment';
import type { SparsityMethod } from '../sparse';
import { checkedCount, evaluateField, isSparsity, type Definition } from './definition';
import { ExperimentError } from './experimentError';
import { openFeed, type Feed } from './feed';
import type { RunFlops } from './flopCount';
import type { SeededRandomness } from './randomness';
import type { SparseTraining } from './sparseTraining';
import type { Tf } from './tfInstance';

/** An experiment made real: data open, model built and compiled. */
export interface BuiltRun {
  readonly definition: Definition;
  readonly context: ExperimentContext<Record<string, never>>;
  readonly feed: Feed;
  readonly model: tfjs.LayersModel;
  readonly optimizer: tfjs.Optimizer;
  readonly batchSize: number;
  readonly epochs: number;
  /** Weights of the model, trainable and not. */
  readonly parameters: number;
  /** How it is to be sparse; undefined: it is dense. */
  readonly sparsity: SparsityMethod | undefined;
  /** What makes it so, once it trains. */
  readonly sparse?: SparseTraining | undefined;
  /** Counts what training does; absent where something is only tried out. */
  readonly flops?: RunFlops;
}

/** Calls the experiment's functions in order: data, model, optimizer. Each has a random stream of its own. */
export async function buildRun(
  tf: Tf,
  definition: Definition,
  randomness: SeededRandomness,
): Promise<BuiltRun> {
  const { experiment, file, seed } = definition;
  const context = {
    tf: tf as unknown as typeof tfjs,
    params: definition.params,
    seed,
  } as unknown as ExperimentContext<Record<string, never>>;
  const batchSize = checkedCount(evaluateField(experiment.batchSize ?? 32, context), 'batchSize', file);
  const epochs = checkedCount(evaluateField(experiment.epochs ?? 1, context), 'epochs', file);

  randomness.restart('data');
  const data = await evaluateField(experiment.data, context);
  const feed = await openFeed(tf, data, { directory: path.dirname(file), file, seed, batchSize });

  randomness.restart('model');
  const model = await experiment.model(withShapes(context, feed, file));
  if (!(model instanceof tf.LayersModel))
    throw new ExperimentError(
      'model() must return a tf.LayersModel, as tf.sequential(...) and tf.model(...) make them.',
      { file },
    );
  if (!model.inputs?.length)
    throw new ExperimentError(
      'model() returned a model without shapes; give its first layer an inputShape.',
      { file },
    );

  fixBatchSize(model, feed, batchSize, file);

  randomness.restart('optimizer');
  const optimizer = makeOptimizer(tf, evaluateField(experiment.optimizer ?? 'adam', context), file);
  if (experiment.loss !== undefined) {
    const bind = (entry: LossOrMetric<Record<string, never>>) => bindContext(entry, context);
    model.compile({
      optimizer,
      loss: Array.isArray(experiment.loss) ? experiment.loss.map(bind) : bind(experiment.loss),
      ...(experiment.metrics && { metrics: experiment.metrics.map(bind) }),
    } as tfjs.ModelCompileArgs);
  }
  const sparsity = checkedSparsity(evaluateField(experiment.sparsity, context), file);
  const parameters = model.countParams();
  return { definition, context, feed, model, optimizer, batchSize, epochs, parameters, sparsity };
}

function checkedSparsity(value: unknown, file: string): SparsityMethod | undefined {
  if (value === undefined || isSparsity(value)) return value;
  throw new ExperimentError(
    'sparsity must be what rigl(), staticSparse() or another method of this package returns, or undefined.',
    { file, field: 'sparsity' },
  );
}

/** A model whose first dimension is a number, as stateful recurrent ones need it, takes batches of that size only. */
function fixBatchSize(model: tfjs.LayersModel, feed: Feed, batchSize: number, file: string): void {
  const fixed = model.inputs[0]?.shape[0];
  if (typeof fixed !== 'number') return;
  if (fixed !== batchSize)
    throw new ExperimentError(
      `The model takes batches of ${fixed} examples only (its batchInputShape says so), and batchSize is ${batchSize}. ` +
        `Set batchSize: ${fixed}.`,
      { file },
    );
  feed.fixBatch?.(fixed);
}

/** The context with the shapes of the data, which only some data has. */
function withShapes(
  context: ExperimentContext<Record<string, never>>,
  feed: Feed,
  file: string,
): ModelContext<Record<string, never>> {
  const declared = (shape: number[] | undefined, name: string) => {
    if (shape) return [...shape];
    throw new ExperimentError(`A tf.data.Dataset declares no ${name}; write the shape in model() yourself.`, {
      file,
    });
  };
  return {
    ...context,
    get inputShape() {
      return declared(feed.inputShape, 'inputShape');
    },
    get outputShape() {
      return declared(feed.outputShape, 'outputShape');
    },
  };
}

function makeOptimizer(tf: Tf, given: string | tfjs.Optimizer, file: string): tfjs.Optimizer {
  if (given instanceof tf.Optimizer) return given;
  const defaults: Record<string, () => tfjs.Optimizer> = {
    sgd: () => tf.train.sgd(0.01),
    momentum: () => tf.train.momentum(0.01, 0.9),
    adagrad: () => tf.train.adagrad(0.01),
    adadelta: () => tf.train.adadelta(1),
    adam: () => tf.train.adam(0.001),
    adamw: () => new tf.AdamWOptimizer(0.001),
    adamax: () => tf.train.adamax(0.002),
    rmsprop: () => tf.train.rmsprop(0.001),
  };
  const make = typeof given === 'string' ? defaults[given.toLowerCase()] : undefined;
  if (make) return make();
  throw new ExperimentError(
    `optimizer ${JSON.stringify(given)} is unknown; use one of ${Object.keys(defaults).join(', ')}, or an optimizer of tf.train.`,
    { file },
  );
}

/** Losses and metrics of the user's own get the context as third argument, and keep their name. */
function bindContext(
  entry: LossOrMetric<Record<string, never>>,
  context: ExperimentContext<Record<string, never>>,
) {
  if (typeof entry === 'string') return entry;
  const bound = (labels: tfjs.Tensor, predictions: tfjs.Tensor) => entry(labels, predictions, context);
  return Object.defineProperty(bound, 'name', { value: entry.name });
}
