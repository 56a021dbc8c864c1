import type { Tf } from '../register';
import { registerBatchNorm } from './batchNorm';
import { registerConvolutions } from './convolution';
import { registerDepthwise } from './depthwise';

import { registerFills } from './fill';
import { registerIdentity } from './identity';
import { registerMatMul } from './matmul';
import { registerMovement } from './movement';
import { registerPairs } from './pairs';
import { registerPools } from './pooling';
import { registerReductions } from './reductions';
import { registerResizing } from './resizing';
import { registerRows } from './rows';
import { registerUnary } from './unary';

/** Kernels in WebAssembly of our own (assembly/), in the place of those of the wasm backend. */
export function registerNativeKernels(tf: Tf): void {
  registerIdentity(tf, 'wasm');
  registerMatMul(tf, 'wasm');
  registerConvolutions(tf, 'wasm');
  registerUnary(tf, 'wasm');
  registerMovement(tf, 'wasm');
  registerFills(tf, 'wasm');
  registerRows(tf, 'wasm');
  registerResizing(tf, 'wasm');
  registerReductions(tf, 'wasm');
  registerPairs(tf, 'wasm');
  registerPools(tf, 'wasm');
  registerDepthwise(tf, 'wasm');
  registerBatchNorm(tf, 'wasm');
}

export { stridedProduct } from './einsum';
export { registerSparseKernels, type SparseKernels } from './sparse';
export { getSparseProfile, setSparseProfile } from './sparseCost';
export { wantDenseGradients } from './topology';
export { fuseOptimizers } from './optimizers';
export { getThreadsCount, threadsStarted } from './native';
export { setThreadsCount, shareMemory } from './threadCount';
