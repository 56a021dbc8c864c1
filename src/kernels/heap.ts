import type * as tfjs from '@tensorflow/tfjs';
import { product } from './native/items';

interface WasmBackend {
  makeOutput(shape: number[], dtype: string): tfjs.TensorInfo;
  typedArrayFromHeap(of: tfjs.TensorInfo): Float32Array | Int32Array;
}
interface CpuBackend {
  readonly data: { get(id: tfjs.DataId): { readonly values: Float32Array | Int32Array } };
  makeTensorInfo(shape: number[], dtype: string, values: Float32Array): tfjs.TensorInfo;
}

/** The values of a tensor where a backend keeps them: the wasm backend's are in its memory, to be used at once. */
export function valuesOf(backend: unknown, of: tfjs.TensorInfo): Float32Array | Int32Array {
  return isWasm(backend)
    ? backend.typedArrayFromHeap(of)
    : (backend as CpuBackend).data.get(of.dataId).values;
}

/** A new tensor of zeros, filled in place by `fill`; inputs are to be read inside, since making it may move memory. */
export function filled(
  backend: unknown,
  shape: readonly number[],
  fill: (values: Float32Array) => void,
): tfjs.TensorInfo {
  if (isWasm(backend)) {
    const made = backend.makeOutput([...shape], 'float32');
    const values = backend.typedArrayFromHeap(made) as Float32Array;
    values.fill(0);
    fill(values);
    return made;
  }
  const values = new Float32Array(product(shape));
  fill(values);
  return (backend as CpuBackend).makeTensorInfo([...shape], 'float32', values);
}

function isWasm(backend: unknown): backend is WasmBackend {
  return typeof (backend as Partial<WasmBackend>).typedArrayFromHeap === 'function';
}
