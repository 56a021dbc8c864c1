import type * as tfjs from '@tensorflow/tfjs';
import type { Tensor, Tf } from '../register';

/** Activations that are applied to a product while it is in the cache, as assembly/gemm.ts numbers them. */
export const fusedActivations: Readonly<Record<string, number>> = { linear: 0, relu: 1, relu6: 2 };

/** What an activation of a fused kernel makes of its input. */
export function activated(
  tf: Tf,
  x: Tensor,
  activation: string,
  leakyreluAlpha: number | undefined,
  preluWeights: Tensor | undefined,
): Tensor {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    case 'elu':
      return tf.elu(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'leakyrelu':
      return tf.leakyRelu(x, leakyreluAlpha);
    case 'prelu':
      return tf.prelu(x, preluWeights as Tensor);
    default:
      throw new Error(`a fused kernel has no activation "${activation}"`);
  }
}

/** A kernel's output as ops take it. */
export function asTensor(tf: Tf, made: tfjs.TensorInfo): Tensor {
  return tf.engine().makeTensorFromTensorInfo(made);
}
