import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tf } from '../register';
import { addressesOf, nativeOf, output } from './native';

/** In the order of assembly/unary.ts, then of assembly/curves.ts. */
const kernels = [
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
  ...['ClipByValue', 'Sign', 'Floor', 'Ceil', 'Round', 'Softplus', 'Selu', 'Erf'],
];

interface UnaryAttrs {
  readonly alpha?: number;
  readonly clipValueMin?: number;
  readonly clipValueMax?: number;
}

/** Kernels of one input that treat each number by itself, of float32; others stay with the stock kernels. */
export function registerUnary(tf: Tf, backend: string): void {
  for (const [op, kernel] of kernels.entries())
    replaceKernel<UnaryAttrs | undefined>(tf, backend, kernel, (call, stock) =>
      call.inputs.x?.dtype === 'float32' ? unary(op, call) : stock(call),
    );
}

function unary(op: number, { inputs, attrs, backend }: Call<UnaryAttrs | undefined>): tfjs.TensorInfo {
  const { x } = inputs as { x: tfjs.Tensor };
  const made = output(backend, x.shape);
  nativeOf(backend).share(
    ...(['unary', 4 * x.size, op, x.size, ...addressesOf(backend, x, made)] as const),
    ...[attrs?.alpha ?? attrs?.clipValueMin ?? 0, attrs?.clipValueMax ?? 0],
  );
  return made;
}
