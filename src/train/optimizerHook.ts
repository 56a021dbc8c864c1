import type * as tfjs from '@tensorflow/tfjs';
import type { Gradients } from './sparseGradients';

const owner = Symbol.for('compute-lens.sparse');

/**
 * Has all gradients for an optimizer go to `apply` instead: every way to train ends there.
 *
 * @param taker who takes part in the optimizer's training from now on; {@link takerOf} finds it
 * @returns what the optimizer itself does with gradients
 */
export function takeGradients(
  optimizer: tfjs.Optimizer,
  taker: object,
  apply: (gradients: Gradients) => void,
): (gradients: Gradients) => void {
  Object.defineProperty(optimizer, 'applyGradients', { value: apply, configurable: true, writable: true });
  Object.defineProperty(optimizer, owner, { value: taker, configurable: true });
  // Looked up at each call: others may watch the class.
  const { prototype } = optimizer.constructor as { prototype: tfjs.Optimizer };
  return (gradients) => prototype.applyGradients.call(optimizer, gradients as never);
}

export function takerOf(optimizer: tfjs.Optimizer): object | undefined {
  return (optimizer as unknown as Record<symbol, object | undefined>)[owner];
}

/** Gives an optimizer its gradients back. */
export function leaveGradients(optimizer: tfjs.Optimizer): void {
  Reflect.deleteProperty(optimizer, 'applyGradients');
  Reflect.deleteProperty(optimizer, owner);
}
