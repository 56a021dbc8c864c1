import { defineAdamW, type AdamWClass } from './adamW';
import { registerBatchMatMul } from './batchMatMul';
import { mendCenteredRmsProp } from './centeredRmsProp';
import { registerConv3D, registerConv3DFilterGradient, registerConv3DInputGradient } from './convolution3d';
import { registerEinsum } from './einsum';
import {
  fuseOptimizers,
  registerNativeKernels,
  registerSparseKernels,
  shareMemory,
  stridedProduct,
  type SparseKernels,
} from './native';
import { Tap } from './plan/tap';
import { registerAveragePools, registerMaxPools } from './pooling';
import type { Tf } from './register';
import { registerResizeGradients } from './resize';

/**
 * Kernels of our own in the place of what the stock backends lack, get wrong, or do slowly. Those of wasm are
 * WebAssembly of our own; the rest is made of a backend's other kernels. To be called once.
 *
 * @returns the optimizer that TensorFlow.js has not, and how it is told which weights are active
 */
export function registerOwnKernels(tf: Tf): { AdamWOptimizer: AdamWClass } & SparseKernels {
  registerEinsum(tf, 'wasm', stridedProduct);
  registerEinsum(tf, 'cpu');
  registerBatchMatMul(tf, 'cpu');
  registerAveragePools(tf, 'cpu');
  registerMaxPools(tf, 'cpu');
  for (const backend of ['wasm', 'cpu']) {
    registerConv3D(tf, backend);
    registerConv3DInputGradient(tf, backend);
    registerConv3DFilterGradient(tf, backend);
  }
  registerResizeGradients(tf, 'cpu');
  registerNativeKernels(tf);
  mendCenteredRmsProp(tf);
  const AdamWOptimizer = defineAdamW(tf);
  fuseOptimizers(tf, AdamWOptimizer);
  shareMemory(tf);
  Tap.install(tf);
  return { AdamWOptimizer, ...registerSparseKernels(tf) };
}

export { unfused } from './fusion';
export { assignInPlace, assignValues, fillAt } from './native/assignValues';
export {
  getSparseProfile,
  getThreadsCount,
  setSparseProfile,
  setThreadsCount,
  wantDenseGradients,
} from './native';
export { planTensors } from './plan/plan';
export { StepPlanner } from './plan/planner';
export { threadsStarted } from './native';
