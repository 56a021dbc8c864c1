import { applyConstraints } from './constraints';
import { registerOwnGradients } from './gradients';
import { mendLayers } from './layers';
import type { Tf } from './register';

/** Has TensorFlow.js train, on every backend, what it declares and cannot train by itself. To be called once. */
export function mendTensorFlow(tf: Tf): void {
  registerOwnGradients(tf);
  mendLayers(tf);
  applyConstraints(tf);
}
