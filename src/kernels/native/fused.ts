import type * as tfjs from '@tensorflow/tfjs';
import type { Call, Tensor, Tf } from '../register';

export interface FusedAttrs {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

/** Activations that are applied to a product while it is in the cache, as assembly/gemm.ts numbers them. */
const activationsInside: Readonly<Record<string, number>> = { linear: 0, relu: 1, relu6: 2 };

/**
 * A product with its bias and activation: inside the product's kernel where that can, else by kernels after it.
 *
 * @param fits whether the kernel can add this bias
 * @param run the product, with a bias and the number of an activation
 */
export function fused(
  tf: Tf,
  { inputs, attrs }: Call<FusedAttrs>,
  fits: (bias: Tensor) => boolean,
  run: (bias: Tensor | undefined, activation: number) => tfjs.TensorInfo,
): tfjs.TensorInfo {
  const { bias, preluActivationWeights } = inputs;
  const activation = attrs.activation ?? 'linear';
  const inside = activationsInside[activation];
  const isBiasInside = bias === undefined || fits(bias);
  if (inside !== undefined && isBiasInside) return run(bias, inside);
  return tf.tidy(() => {
    const product = asTensor(tf, run(isBiasInside ? bias : undefined, 0));
    const biased = isBiasInside ? product : tf.add(product, bias);
    return activated(tf, biased, activation, attrs.leakyreluAlpha, preluActivationWeights);
  });
}

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
