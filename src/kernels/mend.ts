import { applyConstraints } from './constraints';
import { registerOwnGradients } from './gradients';
import { mendLayers } from './layers';
import { fuseLosses, fuseSoftmaxCrossEntropy, fuseSoftmaxGradient } from './losses';
import { fuseNormalizations } from './normalization';
import type { Tf } from './register';

/**
 * Has TensorFlow.js train, on every backend, what it declares and cannot train by itself, and in fewer kernels
 * where the backend has them. To be called once.
 */
export function mendTensorFlow(tf: Tf): void {
  registerOwnGradients(tf);
  mendLayers(tf);
  applyConstraints(tf);
  fuseNormalizations(tf);
  fuseLosses(tf);
  fuseSoftmaxCrossEntropy(tf);
  fuseSoftmaxGradient(tf);
}
