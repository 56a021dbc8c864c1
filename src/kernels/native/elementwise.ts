import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { broadcast } from './broadcast';
import { addressesOf, nativeOf, output } from './native';

/** In the order of assembly/elementwise.ts. */
const binaryKernels = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'];

/** In the order of assembly/unary.ts. */
const unaryKernels = [
  ...[
    'Relu',
    'Relu6',
    'Neg',
    'Square',
    'Sqrt',
    'Rsqrt',
    'Abs',
    'Exp',
    'Log',
    'Sigmoid',
    'Tanh',
    'Reciprocal',
  ],
  ...['Elu', 'LeakyRelu', 'Step'],
];

interface UnaryAttrs {
  readonly alpha?: number;
}

/** Kernels that treat each number by itself, of float32; others stay with the stock kernels. */
export function registerElementwise(tf: Tf, backend: string): void {
  for (const [op, kernel] of binaryKernels.entries())
    replaceKernel(tf, backend, kernel, (call, stock) => {
      const { a, b } = call.inputs as { a: Tensor; b: Tensor };
      if (a.dtype !== 'float32' || b.dtype !== 'float32') return stock(call);
      return broadcast(tf, 'binary', op, 'float32', call.backend, a, b) ?? stock(call);
    });
  for (const [op, kernel] of unaryKernels.entries())
    replaceKernel<UnaryAttrs | undefined>(
      tf,
      backend,
      kernel,
      (call, stock) => unary(op, call) ?? stock(call),
    );
}

function unary(
  op: number,
  { inputs, attrs, backend }: Call<UnaryAttrs | undefined>,
): tfjs.TensorInfo | undefined {
  const { x } = inputs as { x: Tensor };
  if (x.dtype !== 'float32') return undefined;
  const made = output(backend, x.shape);
  const [from, to] = addressesOf(backend, x, made);
  nativeOf(backend).share('unary', 4 * x.size, op, x.size, from, to, attrs?.alpha ?? 0);
  return made;
}
