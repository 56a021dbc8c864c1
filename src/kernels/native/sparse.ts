import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../register';
import type { WasmBackend } from './native';
import { registerSparse } from './sparseKernels';
import { hookSparse, maskGradients, registerSparseGradient } from './sparseOps';
import type { SparseProfile } from './sparseCost';
import { measureSparseProfile } from './sparseProfile';
import { setTopology } from './topology';

/**
 * From now on products with this variable on the wasm backend may skip its zeros, and updates touch only its active
 * weights; without a mask it is dense again. Has no effect on other backends. Told of another mask with as many active
 * weights, steps that were planned go on.
 *
 * @param mask a byte for each weight, in its own order; what is not active has to be zero in the variable, and in the
 *   slots of its optimizer
 * @throws Error where the mask is of another size
 */
export type SetTopology = (variable: tfjs.Variable, mask: Uint8Array | undefined) => void;

export interface SparseKernels {
  readonly setTopology: SetTopology;
  /** What products take on the wasm backend in use, for `setSparseProfile` (sparseProfile.ts). */
  readonly measureSparseProfile: () => SparseProfile;
}

/** Kernels for weights that are zero in places, on a wasm backend. */
export function registerSparseKernels(tf: Tf): SparseKernels {
  registerSparse(tf, 'wasm');
  registerSparseGradient(tf);
  maskGradients(tf);
  return {
    setTopology(variable, mask) {
      setTopology(tf, variable, mask);
      if (mask && tf.getBackend() === 'wasm') hookSparse(tf, tf.backend() as unknown as WasmBackend);
    },
    measureSparseProfile: () => measureSparseProfile(tf),
  };
}
