import type * as tfjs from '@tensorflow/tfjs';
import type { Tensor, Tf } from '../register';
import { product } from './items';
import { addressesOf, nativeOf, output } from './native';
import { walkOf } from './walk';

/** Runs a kernel of two inputs, whose axes of one number may stand for many; undefined where its walk has too many axes. */
export function broadcast(
  tf: Tf,
  kernel: string,
  op: number,
  dtype: 'float32' | 'bool',
  backend: unknown,
  a: Tensor,
  b: Tensor,
): tfjs.TensorInfo | undefined {
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const walk = walkOf(shape, a.shape, b.shape);
  if (!walk) return undefined;
  const made = output(backend, shape, dtype);
  const [ofA, ofB, to] = addressesOf(backend, a, b, made);
  nativeOf(backend).share(
    ...([kernel, product(shape), op, ...walk.sizes, ofA, ...walk.a, ofB, ...walk.b, to] as const),
  );
  return made;
}
