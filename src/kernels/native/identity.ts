import { replaceKernel, type Tensor, type Tf } from '../register';
import type { WasmBackend } from './native';

/** Another name for the same data, as on other backends: nothing writes to data that has two. */
export function registerIdentity(tf: Tf, backend: string): void {
  replaceKernel(tf, backend, 'Identity', (call) => {
    const { x } = call.inputs as { x: Tensor };
    (call.backend as WasmBackend).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
}
