import { replaceKernel, type Tensor, type Tf } from '../register';
import { broadcast } from './broadcast';

/** In the order of assembly/arithmetic.ts, with the names of their inputs. */
const arithmetic: readonly (readonly [kernel: string, a: string, b: string])[] = [
  ['Add', 'a', 'b'],
  ['Sub', 'a', 'b'],
  ['Multiply', 'a', 'b'],
  ['RealDiv', 'a', 'b'],
  ['Maximum', 'a', 'b'],
  ['Minimum', 'a', 'b'],
  ['SquaredDifference', 'a', 'b'],
  ['Prelu', 'x', 'alpha'],
  ['EluGrad', 'dy', 'y'],
  ['Pow', 'a', 'b'],
];

/** In the order of assembly/compare.ts. */
const comparisons = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];

/** In the order of assembly/logic.ts. */
const logic = ['LogicalAnd', 'LogicalOr', 'LogicalXor', 'LogicalNot'];

/** Kernels of two inputs that treat each pair of items by itself. */
export function registerPairs(tf: Tf, backend: string): void {
  for (const [op, [kernel, first, second]] of arithmetic.entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const [a, b] = [call.inputs[first] as Tensor, call.inputs[second] as Tensor];
      const made =
        a.dtype === 'float32' && b.dtype === 'float32'
          ? broadcast(tf, 'arithmetic', op, call.backend, a, b)
          : undefined;
      // The stock Prelu keeps a packed copy of alpha, which is wrong once that has changed in place.
      return made ?? (kernel === 'Prelu' ? tf.tidy(() => composedPrelu(tf, a, b)) : stock(call));
    });
  for (const [op, kernel] of comparisons.entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const { a, b } = call.inputs as { a: Tensor; b: Tensor };
      if (a.dtype !== b.dtype || (a.dtype !== 'float32' && a.dtype !== 'int32')) return stock(call);
      return broadcast(tf, a.dtype, op, call.backend, a, b) ?? stock(call);
    });
  replaceKernel(tf, backend, 'IsNan', (call, stock) => {
    const x = call.inputs.x as Tensor;
    const isDifferent = comparisons.indexOf('NotEqual');
    if (x.dtype !== 'float32') return stock(call);
    return broadcast(tf, 'float32', isDifferent, call.backend, x, x) ?? stock(call);
  });
  for (const [op, kernel] of logic.entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const { a, b, x } = call.inputs;
      const [first, second] = [(a ?? x) as Tensor, (b ?? x) as Tensor];
      if (first.dtype !== 'bool' || second.dtype !== 'bool') return stock(call);
      return broadcast(tf, 'logic', op, call.backend, first, second) ?? stock(call);
    });
}

function composedPrelu(tf: Tf, x: Tensor, alpha: Tensor): Tensor {
  const values = x.toFloat();
  return tf.add(tf.relu(values), tf.mul(alpha, tf.minimum(values, 0)));
}
