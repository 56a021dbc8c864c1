import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { addressOf, nativeOf, output } from './native';

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
    replaceKernel(tf, backend, kernel, (call, stock) => binary(tf, op, call) ?? stock(call));
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
  const [from, to] = [addressOf(backend, x), addressOf(backend, made)];
  nativeOf(backend).share('unary', 4 * x.size, op, x.size, from, to, attrs?.alpha ?? 0);
  return made;
}

function binary(tf: Tf, op: number, { inputs, backend }: Call<unknown>): tfjs.TensorInfo | undefined {
  const { a, b } = inputs as { a: Tensor; b: Tensor };
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const walk = walkOf(shape, a.shape, b.shape);
  if (!walk) return undefined;
  const made = output(backend, shape);
  nativeOf(backend).share(
    'binary',
    made.shape.reduce((all, size) => all * size, 1),
    ...[op, ...walk.sizes],
    ...[addressOf(backend, a), ...walk.a],
    ...[addressOf(backend, b), ...walk.b],
    addressOf(backend, made),
  );
  return made;
}

/** Four sizes, the last one innermost, and how far a step along each goes in either input. */
interface Walk {
  readonly sizes: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}

const axes = 4;

/** Axes along which both inputs go on in the same way become one; undefined where more than four are left. */
export function walkOf(
  shape: readonly number[],
  aShape: readonly number[],
  bShape: readonly number[],
): Walk | undefined {
  const [sizes, aSteps, bSteps]: [number[], number[], number[]] = [[], [], []];
  let [aStep, bStep] = [1, 1];
  let [aFlat, bFlat] = [false, false];
  for (let axis = 1; axis <= shape.length; axis++) {
    const size = shape.at(-axis) ?? 1;
    if (size === 1) continue;
    const [inA, inB] = [
      aShape.length >= axis ? (aShape.at(-axis) ?? 1) : 1,
      bShape.length >= axis ? (bShape.at(-axis) ?? 1) : 1,
    ];
    const same = sizes.length > 0 && aFlat === (inA === 1) && bFlat === (inB === 1);
    if (same) sizes[0] = (sizes[0] ?? 1) * size;
    else {
      sizes.unshift(size);
      aSteps.unshift(inA === 1 ? 0 : aStep);
      bSteps.unshift(inB === 1 ? 0 : bStep);
    }
    [aFlat, bFlat] = [inA === 1, inB === 1];
    aStep *= inA;
    bStep *= inB;
  }
  if (sizes.length > axes) return undefined;
  if (sizes.length === 0) return { sizes: [1, 1, 1, 1], a: [0, 0, 0, 1], b: [0, 0, 0, 1] };
  const fill = (steps: number[], by: number) => [...Array<number>(axes - steps.length).fill(by), ...steps];
  return { sizes: fill(sizes, 1), a: fill(aSteps, 0), b: fill(bSteps, 0) };
}
