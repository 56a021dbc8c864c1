import { defineAdamW, type AdamWClass } from './adamW';
import { registerDepthwiseConvolutions } from './convolution';
import { registerConv3D, registerConv3DFilterGradient, registerConv3DInputGradient } from './convolution3d';
import { fusing } from './fusion';
import { fuseOptimizers, registerNativeKernels, shareMemory } from './native';
import { registerEinsum, registerSegmentSum } from './others';
import { Tap } from './plan/tap';
import { registerAveragePools, registerMaxPools } from './pooling';
import type { Tf } from './register';
import { registerResizeGradients } from './resize';

/**
 * Kernels of our own in the place of what the stock backends lack, get wrong, or do slowly. Those of wasm are
 * WebAssembly of our own; the rest is made of a backend's other kernels. To be called once.
 *
 * @returns the optimizer that TensorFlow.js has not
 */
export function registerOwnKernels(tf: Tf): { AdamWOptimizer: AdamWClass } {
  registerDepthwiseConvolutions(tf, 'wasm');
  registerSegmentSum(tf, 'wasm');
  registerEinsum(tf, 'wasm');
  for (const backend of ['wasm', 'cpu']) {
    registerAveragePools(tf, backend);
    registerMaxPools(tf, backend);
    registerConv3D(tf, backend);
    registerConv3DInputGradient(tf, backend);
    registerConv3DFilterGradient(tf, backend);
    registerResizeGradients(tf, backend);
  }
  registerNativeKernels(tf);
  const AdamWOptimizer = defineAdamW(tf);
  fuseOptimizers(tf, AdamWOptimizer, fusing);
  shareMemory(tf);
  Tap.install(tf);
  return { AdamWOptimizer };
}

export { unfused } from './fusion';
export { getThreadsCount, setThreadsCount } from './native';
export { StepPlanner } from './plan/planner';
