import type * as tfjs from '@tensorflow/tfjs';
import { signatureOf, type Pass, type RunFlops } from './flopCount';
import { PhaseSensor } from './phase';
import type { Tf } from './tfInstance';

type Batched = (data: readonly (tfjs.Tensor | null | undefined)[]) => tfjs.Scalar[];

/** What is used here of tf.LayersModel, the functions in which all its training and evaluating ends included. */
interface TrainedModel {
  makeTrainFunction: (this: TrainedModel) => Batched;
  makeTestFunction: (this: TrainedModel) => void;
  testFunction: Batched;
  /** Made anew by every `compile`. */
  readonly lossFunctions: object;
  readonly loss: unknown;
  readonly metrics: unknown;
  readonly optimizer: tfjs.Optimizer;
}

interface Passes {
  readonly step: Pass;
  readonly evaluation: Pass;
}

/**
 * Has `flops` count what models train and evaluate from now on. Every way to train one (`fit`, `fitDataset`,
 * `trainOnBatch`) ends in its train function, with the tensors of one batch; every evaluation in its test function.
 */
export function countModels(tf: Tf, flops: RunFlops): void {
  // Not of one model alone: a sequential one has another inside that does its work.
  const models = tf.LayersModel.prototype as unknown as TrainedModel;
  const { makeTrainFunction, makeTestFunction } = models;
  const compiled = new WeakMap<object, Passes>();
  const passesOf = (model: TrainedModel): Passes => {
    let passes = compiled.get(model.lossFunctions);
    if (!passes) {
      PhaseSensor.of(tf).watch(model.optimizer);
      const steady = isLibrarys(tf, model);
      passes = { step: { steady, known: new Map() }, evaluation: { steady, known: new Map() } };
      compiled.set(model.lossFunctions, passes);
    }
    return passes;
  };
  const counted: Pick<TrainedModel, 'makeTrainFunction' | 'makeTestFunction'> = {
    makeTrainFunction() {
      const train = makeTrainFunction.call(this);
      return (data) => flops.step(signatureOf(data), () => train(data), passesOf(this).step);
    },
    makeTestFunction() {
      makeTestFunction.call(this);
      const test = this.testFunction;
      this.testFunction = (data) =>
        flops.evaluation(signatureOf(data), () => test(data), passesOf(this).evaluation);
    },
  };
  Object.assign(models, counted);
}

const libraries = new WeakMap<Tf, ReadonlySet<unknown>>();

/** Notes the classes of TensorFlow.js itself. To be called before a user's own code can register more. */
export function noteLibrary(tf: Tf): void {
  if (libraries.has(tf)) return;
  const { classNameMap } = tf.serialization.SerializationMap.getMap() as unknown as {
    classNameMap: Record<string, [unknown, unknown]>;
  };
  // The one layer whose output has another shape each time is as good as a user's own.
  const { RandomWidth: _, ...others } = classNameMap;
  libraries.set(tf, new Set(Object.values(others).map(([own]) => own)));
}

/** Whether no code of the user's own takes part in a step of `model`, as far as can be seen. */
function isLibrarys(tf: Tf, model: TrainedModel): boolean {
  const library = libraries.get(tf) ?? new Set();
  const known = (layer: Nested): boolean =>
    library.has(layer.constructor) &&
    [layer.cell, layer.layer, layer.forwardLayer, layer.backwardLayer, ...(layer.layers ?? [])].every(
      (inner) => inner === undefined || known(inner),
    );
  const { loss, metrics, optimizer } = model;
  return (
    named(loss) && named(metrics ?? null) && library.has(optimizer.constructor) && known(model as Nested)
  );
}

/** Layers that hold others: wrappers, recurrent layers and whole models. */
interface Nested {
  readonly cell?: Nested;
  readonly layer?: Nested;
  readonly forwardLayer?: Nested;
  readonly backwardLayer?: Nested;
  readonly layers?: readonly Nested[];
}

/** Losses and metrics of the library's own are given by name, alone or in lists and maps. */
function named(value: unknown): boolean {
  if (typeof value === 'string' || value === null) return true;
  return typeof value === 'object' && Object.values(value).every(named);
}
