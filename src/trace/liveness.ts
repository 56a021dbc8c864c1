import type * as tfjs from '@tensorflow/tfjs';
import type { RecordedKernel } from './hooks/recorder';

/**
 * The kernels whose results nobody ever uses: no kernel that is used itself reads them, nobody looks at their values,
 * and nothing holds them in the end. TensorFlow.js computes, for instance, the gradient of the first layer's input.
 *
 * @param isHeld whether some tensor still holds this storage when the step is over
 * @param readIds storage whose values somebody looked at
 */
export function unusedKernels(
  kernels: readonly RecordedKernel[],
  isHeld: (id: tfjs.DataId) => boolean,
  readIds: ReadonlySet<tfjs.DataId>,
): ReadonlySet<RecordedKernel> {
  const unused = new Set<RecordedKernel>();
  const needed = new Set<tfjs.DataId>();
  for (let i = kernels.length - 1; i >= 0; i--) {
    const kernel = kernels[i] as RecordedKernel;
    // Of an alias it is the storage that counts, and that is needed if anything later needs it.
    let used = false;
    for (const id of kernel.outputIds) used ||= needed.has(id) || readIds.has(id) || isHeld(id);
    if (!used) unused.add(kernel);
    else if (!kernel.alias) for (const id of kernel.inputIds) needed.add(id);
  }
  return unused;
}
