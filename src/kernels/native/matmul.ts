import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { fused, type FusedAttrs } from './fused';
import { product } from './items';
import { addressesOf, addressOf, nativeOf, output } from './native';

interface MatMulAttrs {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Products of matrices in all forms: either may stand transposed, and there may be many of them. */
export function registerMatMul(tf: Tf, backend: string): void {
  replaceKernel<MatMulAttrs>(tf, backend, 'BatchMatMul', (call, stock) =>
    isFloat(call) ? multiply(tf, call) : stock(call),
  );
  replaceKernel<MatMulAttrs & FusedAttrs>(tf, backend, '_FusedMatMul', (call, stock) =>
    isFloat(call) ? fusedMultiply(tf, call) : stock(call),
  );
}

function isFloat({ inputs }: Call<MatMulAttrs>): boolean {
  return inputs.a?.dtype === 'float32' && inputs.b?.dtype === 'float32';
}

function fusedMultiply(tf: Tf, call: Call<MatMulAttrs & FusedAttrs>): tfjs.TensorInfo {
  const columns = call.attrs.transposeB ? call.inputs.b?.shape.at(-2) : call.inputs.b?.shape.at(-1);
  const isRow = (bias: Tensor) => bias.size === columns && bias.shape.at(-1) === columns;
  return fused(tf, call, isRow, (bias, activation) => multiply(tf, call, bias, activation));
}

function multiply(
  tf: Tf,
  { inputs, attrs, backend }: Call<MatMulAttrs>,
  bias?: Tensor,
  activation = 0,
): tfjs.TensorInfo {
  const { a, b } = inputs as { a: Tensor; b: Tensor };
  const { transposeA = false, transposeB = false } = attrs;
  const [aRows = 1, aColumns = 1] = a.shape.slice(-2);
  const [bRows = 1, bColumns = 1] = b.shape.slice(-2);
  const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [bInner, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (inner !== bInner)
    throw new Error(
      `matMul: inner sizes ${inner} and ${bInner} of shapes ${describe(a, transposeA)} and ` +
        `${describe(b, transposeB)} must be equal.`,
    );
  const outer = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const made = output(backend, [...outer, rows, columns]);
  const native = nativeOf(backend);
  const [aStart, bStart, start] = addressesOf(backend, a, b, made);
  for (const { count, aOffset, bOffset, offset, aStep, bStep } of batches(outer, a.shape, b.shape))
    native.share(
      'gemm',
      count * rows * columns * inner,
      ...[count, rows, columns, inner],
      ...[aStart + 4 * aOffset * rows * inner, aStep * rows * inner],
      ...(transposeA ? [1, rows] : [inner, 1]),
      ...[bStart + 4 * bOffset * inner * columns, bStep * inner * columns],
      ...(transposeB ? [1, inner] : [columns, 1]),
      ...[start + 4 * offset * rows * columns, rows * columns],
      ...[bias ? addressOf(backend, bias) : 0, activation, native.scratch],
    );
  return made;
}

/** Matrices that lie evenly spaced, counted in matrices. */
interface Batch {
  readonly count: number;
  readonly aOffset: number;
  readonly bOffset: number;
  readonly offset: number;
  readonly aStep: number;
  readonly bStep: number;
}

/** One call does all products where both sides have them all, or one side one for all; else it takes several. */
function batches(outer: readonly number[], a: readonly number[], b: readonly number[]): Batch[] {
  const count = product(outer);
  const [ofA, ofB] = [product(a.slice(0, -2)), product(b.slice(0, -2))];
  const even = (of: number) => of === count || of === 1;
  if (even(ofA) && even(ofB))
    return [{ count, aOffset: 0, bOffset: 0, offset: 0, aStep: ofA === 1 ? 0 : 1, bStep: ofB === 1 ? 0 : 1 }];
  const place = (index: number, shape: readonly number[]) => {
    const own = shape.slice(0, -2);
    let [offset, step, rest] = [0, 1, index];
    for (let axis = 1; axis <= outer.length; axis++) {
      const at = rest % (outer.at(-axis) ?? 1);
      rest = Math.floor(rest / (outer.at(-axis) ?? 1));
      const size = own.at(-axis) ?? 1;
      if (axis <= own.length && size > 1) offset += at * step;
      step *= size;
    }
    return offset;
  };
  return Array.from({ length: count }, (_, offset) => ({
    ...{ count: 1, offset, aStep: 0, bStep: 0 },
    aOffset: place(offset, a),
    bOffset: place(offset, b),
  }));
}

function describe({ shape }: Tensor, transposed: boolean): string {
  return `[${shape.join(', ')}]${transposed ? ' transposed' : ''}`;
}
