import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Tf } from '../register';
import { bitsOf, itemBytes, product, type Numeric } from './items';
import { addressOf, nativeOf, output } from './native';

interface FillAttrs {
  readonly shape: number[];
  readonly value: number | string | boolean;
  readonly dtype?: string;
}

/** Kernels that write one number everywhere, of all kinds that lie in the backend's memory. */
export function registerFills(tf: Tf, backend: string): void {
  for (const [value, kernel] of ['ZerosLike', 'OnesLike'].entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const { shape, dtype } = call.inputs.x as tfjs.Tensor;
      return filled(call.backend, shape, dtype, value) ?? stock(call);
    });
  replaceKernel<FillAttrs>(tf, backend, 'Fill', (call, stock) => {
    const { shape, value, dtype = typeof value === 'boolean' ? 'bool' : 'float32' } = call.attrs;
    return (
      (typeof value === 'string' ? undefined : filled(call.backend, shape, dtype, Number(value))) ??
      stock(call)
    );
  });
}

function filled(
  backend: unknown,
  shape: readonly number[],
  dtype: string,
  value: number,
): tfjs.TensorInfo | undefined {
  if (itemBytes(dtype) === undefined) return undefined;
  const made = output(backend, shape, dtype as Numeric);
  fill(backend, made, value);
  return made;
}

export function fill(backend: unknown, made: tfjs.TensorInfo, value: number): void {
  const items = product(made.shape);
  const bits = bitsOf(made.dtype as Numeric, value);
  nativeOf(backend).share(
    ...(['fill', items, itemBytes(made.dtype) ?? 4, items, bits, addressOf(backend, made)] as const),
  );
}
