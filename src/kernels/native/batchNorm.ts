import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { addressOf, nativeOf, output } from './native';

interface BatchNormAttrs {
  readonly varianceEpsilon: number;
}

/** Columns, those of the last axis, brought to a given mean and spread; other ways to broadcast stay with the stock kernel. */
export function registerBatchNorm(tf: Tf, backend: string): void {
  replaceKernel<BatchNormAttrs>(
    tf,
    backend,
    'FusedBatchNorm',
    (call, stock) => batchNorm(call) ?? stock(call),
  );
}

function batchNorm({ inputs, attrs, backend }: Call<BatchNormAttrs>): tfjs.TensorInfo | undefined {
  const { x, mean, variance, offset, scale } = inputs as Record<'x' | 'mean' | 'variance', Tensor> &
    Partial<Record<'offset' | 'scale', Tensor>>;
  const columns = x.shape.at(-1) ?? 1;
  const all = [mean, variance, offset, scale];
  const fits = (each: Tensor | undefined) => !each || (each.dtype === 'float32' && each.size === columns);
  if (x.dtype !== 'float32' || !all.every(fits)) return undefined;
  const made = output(backend, x.shape);
  const rows = columns === 0 ? 0 : x.size / columns;
  nativeOf(backend).share(
    ...(['batchNorm', 2 * x.size, rows, columns, attrs.varianceEpsilon, addressOf(backend, x)] as const),
    ...all.map((each) => (each ? addressOf(backend, each) : 0)),
    addressOf(backend, made),
  );
  return made;
}
