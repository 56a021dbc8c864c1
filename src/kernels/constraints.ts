import type { Tensor, Tf } from './register';

interface Weight {
  readonly val: { assign(value: Tensor): void } & Tensor;
  readonly constraint: { apply(weight: Tensor): Tensor } | null;
}
interface Model {
  readonly collectedTrainableWeights: readonly Weight[];
  makeTrainFunction: (this: Model) => (data: Tensor[]) => Tensor[];
}

/**
 * Applies the constraints of weights after each update, as layers promise. TensorFlow.js applies them only to weights
 * that are set, and its optimizers update without setting.
 */
export function applyConstraints(tf: Tf): void {
  const models = tf.LayersModel.prototype as unknown as Model;
  const { makeTrainFunction } = models;
  models.makeTrainFunction = function () {
    const train = makeTrainFunction.call(this);
    const constrained = this.collectedTrainableWeights.filter(({ constraint }) => constraint);
    if (constrained.length === 0) return train;
    return (data) => {
      const measures = train(data);
      tf.tidy(() => {
        for (const { val, constraint } of constrained) if (constraint) val.assign(constraint.apply(val));
      });
      return measures;
    };
  };
}
