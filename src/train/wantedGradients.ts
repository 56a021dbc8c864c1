import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from './tfInstance';

/** Of all sparse trainings of the process: the variables whose next gradients are needed in full. */
const wanted = new Set<tfjs.Variable>();

/** Says whether the next gradients of these are needed in full; before a step, since kernels take them in it. */
export function wantInFull(
  tf: Tf,
  weights: readonly { readonly variable: tfjs.Variable }[],
  full: boolean,
): void {
  for (const { variable } of weights)
    if (full) wanted.add(variable);
    else wanted.delete(variable);
  tf.wantDenseGradients(wanted.size > 0 ? [...wanted] : undefined);
}
