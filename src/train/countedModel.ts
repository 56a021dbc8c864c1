import type * as tfjs from '@tensorflow/tfjs';
import { signatureOf, type Pass, type RunFlops } from './flopCount';
import { isLibrarys, type CompiledModel } from './libraryModel';
import { PhaseSensor } from './phase';
import type { Tf } from './tfInstance';

type Batched = (data: readonly (tfjs.Tensor | null | undefined)[]) => tfjs.Scalar[];

/** What is used here of tf.LayersModel, the functions in which all its training and evaluating ends included. */
interface TrainedModel extends CompiledModel {
  makeTrainFunction: (this: TrainedModel) => Batched;
  makeTestFunction: (this: TrainedModel) => void;
  testFunction: Batched;
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
      return (data) => {
        const { signature = '' } = tf.SparseTraining.of(this.optimizer) ?? {};
        return flops.step(signatureOf(data) + signature, () => train(data), passesOf(this).step);
      };
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
