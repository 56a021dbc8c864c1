import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Tensor, type Tf } from '../register';
import type { WasmBackend } from './native';

/** Another name for the same data, as on other backends: nothing writes to data that has two. */
export function alias(backend: unknown, { dataId, dtype }: Tensor, shape: number[]): tfjs.TensorInfo {
  (backend as WasmBackend).incRef(dataId);
  return { dataId, shape, dtype };
}

export function registerIdentity(tf: Tf, backend: string): void {
  replaceKernel(tf, backend, 'Identity', (call) => {
    const { x } = call.inputs as { x: Tensor };
    return alias(call.backend, x, x.shape);
  });
}
