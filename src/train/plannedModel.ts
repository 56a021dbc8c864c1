import type * as tfjs from '@tensorflow/tfjs';
import { isLibrarys, type CompiledModel } from './libraryModel';
import type { Tf } from './tfInstance';

type TrainFunction = (data: readonly (tfjs.Tensor | null | undefined)[]) => tfjs.Tensor[];
type StepPlanner = InstanceType<Tf['StepPlanner']>;

interface TrainedModel extends CompiledModel {
  makeTrainFunction: (this: TrainedModel) => TrainFunction;
  dispose: (this: TrainedModel) => unknown;
}

interface Planned {
  readonly compiled: object;
  readonly planner: StepPlanner | undefined;
}

/**
 * Has steps of models be planned (kernels/plan) from now on, where all of a step is TensorFlow.js's own: a user's code
 * may do other things in every step. Every way to train a model ends in its train function.
 */
export function planModels(tf: Tf): void {
  const models = tf.LayersModel.prototype as unknown as TrainedModel;
  const { makeTrainFunction, dispose } = models;
  const known = new WeakMap<object, Planned>();
  const plannerOf = (model: TrainedModel): StepPlanner | undefined => {
    const compiled = model.lossFunctions;
    let planned = known.get(model);
    if (planned?.compiled !== compiled) {
      planned?.planner?.dispose();
      const steady = isLibrarys(tf, model) && updatesInPlace(tf, model.optimizer);
      planned = { compiled, planner: steady ? new tf.StepPlanner(tf) : undefined };
      known.set(model, planned);
    }
    return planned.planner;
  };
  const planned: Pick<TrainedModel, 'makeTrainFunction' | 'dispose'> = {
    makeTrainFunction() {
      const train = makeTrainFunction.call(this);
      const plan: TrainFunction = (data) => plannerOf(this)?.run(data, train) ?? train(data);
      return (data) => {
        const sparse = tf.SparseTraining.of(this.optimizer);
        if (!sparse) return plan(data);
        const { irregular } = sparse;
        return sparse.around(() => (irregular ? train : plan)(data));
      };
    },
    dispose() {
      known.get(this)?.planner?.dispose();
      known.delete(this);
      return dispose.call(this);
    },
  };
  Object.assign(models, planned);
}

/** Optimizers whose constants are read anew in every step: those of the others would be frozen into the plan. */
function updatesInPlace(tf: Tf, optimizer: tfjs.Optimizer): boolean {
  const inPlace: unknown[] = [
    ...[tf.SGDOptimizer, tf.MomentumOptimizer, tf.RMSPropOptimizer],
    ...[tf.AdamOptimizer, tf.AdamWOptimizer, tf.AdamaxOptimizer],
    ...[tf.AdagradOptimizer, tf.AdadeltaOptimizer],
  ];
  return inPlace.includes(optimizer.constructor);
}
