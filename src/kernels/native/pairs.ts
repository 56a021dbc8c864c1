import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { broadcast } from './broadcast';
import { addressesOf, nativeOf, output } from './native';

/** In the order of assembly/compare.ts. */
const comparisons = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];
const logic = ['LogicalAnd', 'LogicalOr', 'LogicalXor', 'LogicalNot'];

/** In the order of assembly/pairs.ts, with the names of their inputs. */
const pairs: readonly (readonly [kernel: string, a: string, b: string])[] = [
  ['Prelu', 'x', 'alpha'],
  ['EluGrad', 'dy', 'y'],
  ['Pow', 'a', 'b'],
];

/** In the order of assembly/curves.ts. */
const curves = ['ClipByValue', 'Sign', 'Floor', 'Ceil', 'Round', 'Softplus', 'Selu', 'Erf'];

interface ClipAttrs {
  readonly clipValueMin?: number;
  readonly clipValueMax?: number;
}

/** Comparisons, logic, and further kernels that treat each number, or each pair, by itself. */
export function registerPairs(tf: Tf, backend: string): void {
  for (const [op, kernel] of comparisons.entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const { a, b } = call.inputs as { a: Tensor; b: Tensor };
      if (a.dtype !== b.dtype || (a.dtype !== 'float32' && a.dtype !== 'int32')) return stock(call);
      const own = a.dtype === 'int32' ? op + comparisons.length : op;
      return broadcast(tf, 'compare', own, 'bool', call.backend, a, b) ?? stock(call);
    });
  replaceKernel(tf, backend, 'IsNan', (call, stock) => {
    const x = call.inputs.x as Tensor;
    const isDifferent = comparisons.indexOf('NotEqual');
    if (x.dtype !== 'float32') return stock(call);
    return broadcast(tf, 'compare', isDifferent, 'bool', call.backend, x, x) ?? stock(call);
  });
  for (const [op, kernel] of logic.entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const { a, b, x } = call.inputs;
      const [first, second] = [(a ?? x) as Tensor, (b ?? x) as Tensor];
      if (first.dtype !== 'bool' || second.dtype !== 'bool') return stock(call);
      return broadcast(tf, 'logic', op, 'bool', call.backend, first, second) ?? stock(call);
    });
  for (const [op, [kernel, first, second]] of pairs.entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const [a, b] = [call.inputs[first] as Tensor, call.inputs[second] as Tensor];
      const made =
        a.dtype === 'float32' && b.dtype === 'float32'
          ? broadcast(tf, 'pairwise', op, 'float32', call.backend, a, b)
          : undefined;
      // The stock Prelu keeps a packed copy of alpha, which is wrong once that has changed in place.
      return made ?? (kernel === 'Prelu' ? tf.tidy(() => composedPrelu(tf, a, b)) : stock(call));
    });
  for (const [op, kernel] of curves.entries())
    replaceKernel<ClipAttrs | undefined>(tf, backend, kernel, (call, stock) =>
      call.inputs.x?.dtype === 'float32' ? curve(op, call) : stock(call),
    );
}

function composedPrelu(tf: Tf, x: Tensor, alpha: Tensor): Tensor {
  const values = x.toFloat();
  return tf.add(tf.relu(values), tf.mul(alpha, tf.minimum(values, 0)));
}

function curve(op: number, { inputs, attrs, backend }: Call<ClipAttrs | undefined>): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const made = output(backend, x.shape);
  nativeOf(backend).share(
    ...(['curve', 4 * x.size, op, x.size, ...addressesOf(backend, x, made)] as const),
    ...[attrs?.clipValueMin ?? 0, attrs?.clipValueMax ?? 0],
  );
  return made;
}
