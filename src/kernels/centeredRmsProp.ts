import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from './register';

type Slot = { readonly originalName: string; readonly variable: tfjs.Variable };
interface CenteredRmsProp {
  readonly centered: boolean;
  readonly decay: number;
  readonly momentum: number;
  readonly learningRate: number;
  readonly epsilon: number;
  readonly accumulatedMeanSquares: Slot[];
  readonly accumulatedMoments: Slot[];
  readonly accumulatedMeanGrads: Slot[];
  incrementIterations(): void;
}
type Gradients = tfjs.NamedTensorMap | { readonly name: string; readonly tensor: tfjs.Tensor | null }[];

/**
 * Centered RMSProp (Graves 2013, equations 38 to 45). TensorFlow.js subtracts epsilon under the root instead of adding
 * it, so that every weight whose gradient is small becomes NaN.
 */
export function mendCenteredRmsProp(tf: Tf): void {
  const optimizer = tf.RMSPropOptimizer.prototype as unknown as {
    applyGradients: (this: CenteredRmsProp, gradients: Gradients) => void;
  };
  const stock = optimizer.applyGradients;
  optimizer.applyGradients = function (gradients) {
    if (!this.centered) return stock.call(this, gradients);
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const { registeredVariables } = tf.engine();
    for (const [i, { name, tensor }] of named.entries()) {
      const value = registeredVariables[name] as tfjs.Variable;
      const zeros = (kind: string): Slot => ({
        originalName: `${name}/${kind}`,
        variable: tf.tidy(() => tf.zerosLike(value).variable(false)),
      });
      const { variable: squares } = (this.accumulatedMeanSquares[i] ??= zeros('rms'));
      const { variable: moments } = (this.accumulatedMoments[i] ??= zeros('momentum'));
      const { variable: means } = (this.accumulatedMeanGrads[i] ??= zeros('mg'));
      if (tensor) tf.tidy(() => update(tf, this, tensor, value, squares, moments, means));
    }
    this.incrementIterations();
  };
}

function update(
  tf: Tf,
  { decay, momentum, learningRate, epsilon }: CenteredRmsProp,
  gradient: tfjs.Tensor,
  value: tfjs.Variable,
  squares: tfjs.Variable,
  moments: tfjs.Variable,
  means: tfjs.Variable,
): void {
  const square = tf.add(tf.mul(squares, decay), tf.mul(tf.square(gradient), 1 - decay));
  const mean = tf.add(tf.mul(means, decay), tf.mul(gradient, 1 - decay));
  const spread = tf.add(tf.sub(square, tf.square(mean)), epsilon);
  const moment = tf.add(tf.mul(moments, momentum), tf.div(tf.mul(gradient, learningRate), tf.sqrt(spread)));
  squares.assign(square);
  means.assign(mean);
  moments.assign(moment);
  value.assign(tf.sub(value, moment));
}
