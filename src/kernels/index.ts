import { registerConvolutions } from './convolution';
import { registerConv3D, registerConv3DFilterGradient, registerConv3DInputGradient } from './convolution3d';
import { registerNativeKernels } from './native';
import { registerEinsum, registerSegmentSum } from './others';
import { registerAveragePools, registerMaxPools } from './pooling';
import type { Tf } from './register';
import { registerResizeGradients } from './resize';

const done = new WeakSet<object>();

/**
 * Kernels of our own in the place of what the stock backends lack, get wrong, or do slowly. Those of wasm are made of
 * its other kernels, or work in its memory.
 */
export function registerOwnKernels(tf: Tf): void {
  if (done.has(tf.engine())) return;
  done.add(tf.engine());
  registerNativeKernels(tf);
  registerConvolutions(tf, 'wasm');
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
}
