import type { Tf } from '../register';
import { registerConvolutions } from './convolution';
import { registerElementwise } from './elementwise';
import { registerIdentity } from './identity';
import { registerMatMul } from './matmul';

/** Kernels in WebAssembly of our own (assembly/), in the place of those of the wasm backend. */
export function registerNativeKernels(tf: Tf): void {
  registerIdentity(tf, 'wasm');
  registerMatMul(tf, 'wasm');
  registerConvolutions(tf, 'wasm');
  registerElementwise(tf, 'wasm');
}

export { fuseOptimizers } from './optimizers';
export { getThreadsCount } from './native';
export { setThreadsCount, shareMemory } from './threadCount';
