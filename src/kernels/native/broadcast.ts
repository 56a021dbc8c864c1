import type * as tfjs from '@tensorflow/tfjs';
import type { Tensor, Tf } from '../register';
import { product } from './items';
import { addressesOf, nativeOf, output } from './native';
import { walkOf } from './walk';

/** In the order of assembly/pairs.ts; comparisons go by what they compare. */
const kinds = ['arithmetic', 'float32', 'int32', 'logic'] as const;

/** Runs a kernel of two inputs, whose axes of one number may stand for many; undefined where its walk has too many axes. */
export function broadcast(
  tf: Tf,
  kind: (typeof kinds)[number],
  op: number,
  backend: unknown,
  a: Tensor,
  b: Tensor,
): tfjs.TensorInfo | undefined {
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const walk = walkOf(shape, a.shape, b.shape);
  if (!walk) return undefined;
  const made = output(backend, shape, kind === 'arithmetic' ? 'float32' : 'bool');
  const [ofA, ofB, to] = addressesOf(backend, a, b, made);
  nativeOf(backend).share(
    ...(['pairs', product(shape), kinds.indexOf(kind), op, ...walk.sizes] as const),
    ...[ofA, ...walk.a, ofB, ...walk.b, to],
  );
  return made;
}
