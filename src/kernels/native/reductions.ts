import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { product, without } from './items';
import { addressesOf, nativeOf, output } from './native';

interface ReduceAttrs {
  readonly axis?: number | number[] | null;
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims?: boolean;
}
interface CumsumAttrs {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** In the order of assembly/reduce.ts; a mean is a sum over how many there are. */
const folds = [['Sum', 'Mean'], ['Max'], ['Min'], ['Prod']];

/** Kernels that make one number of many, along any axes. */
export function registerReductions(tf: Tf, backend: string): void {
  for (const [op, kernels] of folds.entries())
    for (const kernel of kernels)
      replaceKernel<ReduceAttrs>(tf, backend, kernel, (call, stock) =>
        call.inputs.x?.dtype === 'float32'
          ? reduce(tf, op, kernel === 'Mean', call)
          : kernel === 'Mean'
            ? meanOfOthers(tf, op, call)
            : stock(call),
      );
  for (const [op, kernel] of ['All', 'Any'].entries())
    replaceKernel<ReduceAttrs>(tf, backend, kernel, (call, stock) =>
      call.inputs.x?.dtype === 'bool' ? truth(tf, op, call) : stock(call),
    );
  for (const [op, kernel] of ['ArgMax', 'ArgMin'].entries())
    replaceKernel<{ axis: number }>(
      tf,
      backend,
      kernel,
      (call, stock) => placeOfBest(tf, op, call) ?? stock(call),
    );
  replaceKernel<CumsumAttrs>(tf, backend, 'Cumsum', (call, stock) => runningSum(tf, call) ?? stock(call));
  replaceKernel<unknown>(tf, backend, 'Softmax', (call, stock) => softmax(call) ?? stock(call));
}

function reduce(tf: Tf, op: number, isMean: boolean, call: Call<ReduceAttrs>): tfjs.TensorInfo {
  return inPasses(tf, call, 'float32', (from, to, pass, count) => {
    const { backend } = call;
    const { outer, reduced, inner } = pass;
    nativeOf(backend).share(
      ...(['reduce', outer * reduced * inner, op, outer, reduced, inner, isMean ? count : 1] as const),
      ...addressesOf(backend, from, to),
    );
  });
}

/** Means are float32, whatever they are of. */
function meanOfOthers(tf: Tf, op: number, call: Call<ReduceAttrs>): tfjs.TensorInfo {
  const x = tf.cast(call.inputs.x as Tensor, 'float32');
  const made = reduce(tf, op, true, { ...call, inputs: { x } });
  x.dispose();
  return made;
}

function truth(tf: Tf, op: number, call: Call<ReduceAttrs>): tfjs.TensorInfo {
  return inPasses(tf, call, 'bool', (from, to, { outer, reduced, inner }) => {
    const { backend } = call;
    nativeOf(backend).share(
      ...(['truth', outer * reduced * inner, op, outer, reduced, inner] as const),
      ...addressesOf(backend, from, to),
    );
  });
}

interface Pass {
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
}

/**
 * One pass for each run of reduced axes, the last run first.
 *
 * @param run does a pass; `count` is how many numbers became one in all passes, 1 in all but the last
 */
function inPasses(
  tf: Tf,
  { inputs, attrs, backend }: Call<ReduceAttrs>,
  dtype: 'float32' | 'bool',
  run: (from: tfjs.TensorInfo, to: tfjs.TensorInfo, pass: Pass, count: number) => void,
): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const axes = tf.util.parseAxisParam((attrs.axis ?? attrs.reductionIndices) as number[], x.shape);
  const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (attrs.keepDims ? [1] : []) : [size]));
  const passes = passesOf(x.shape, axes);
  const count = product(axes.map((axis) => x.shape[axis] ?? 1));
  let from: tfjs.TensorInfo = x;
  for (const [i, pass] of passes.entries()) {
    const isLast = i === passes.length - 1;
    const to = output(backend, isLast ? shape : [pass.outer, pass.inner], dtype);
    run(from, to, pass, isLast ? count : 1);
    if (from !== x) backend.disposeData(from.dataId);
    from = to;
  }
  return from;
}

function passesOf(shape: readonly number[], axes: readonly number[]): Pass[] {
  const passes: Pass[] = [];
  let [inner, end] = [1, shape.length];
  while (end > 0) {
    let begin = end;
    const isReduced = axes.includes(end - 1);
    // An axis of one number belongs to either side.
    while (begin > 0 && (axes.includes(begin - 1) === isReduced || shape[begin - 1] === 1)) begin--;
    const size = product(shape.slice(begin, end));
    if (isReduced && size !== 1) passes.push({ outer: product(shape.slice(0, begin)), reduced: size, inner });
    if (!isReduced) inner *= size;
    end = begin;
  }
  return passes.length > 0 ? passes : [{ outer: 1, reduced: 1, inner: product(shape) }];
}

/** Outer x reduced x inner for one axis. */
function around(tf: Tf, x: Tensor, axis: number): { at: number; pass: Pass } {
  const at = tf.util.parseAxisParam(axis, x.shape)[0] ?? 0;
  const [outer, inner] = [product(x.shape.slice(0, at)), product(x.shape.slice(at + 1))];
  return { at, pass: { outer, reduced: x.shape[at] ?? 1, inner } };
}

function placeOfBest(
  tf: Tf,
  op: number,
  { inputs, attrs, backend }: Call<{ axis: number }>,
): tfjs.TensorInfo | undefined {
  const x = inputs.x as Tensor;
  if (x.dtype !== 'float32' || x.size === 0) return undefined;
  const { at, pass } = around(tf, x, attrs.axis);
  const made = output(backend, without(at, x.shape), 'int32');
  nativeOf(backend).share(
    ...(['placeOfBest', x.size, op, pass.outer, pass.reduced, pass.inner] as const),
    ...addressesOf(backend, x, made),
  );
  return made;
}

function runningSum(tf: Tf, { inputs, attrs, backend }: Call<CumsumAttrs>): tfjs.TensorInfo | undefined {
  const x = inputs.x as Tensor;
  if (x.dtype !== 'float32' && x.dtype !== 'int32') return undefined;
  const { pass } = around(tf, x, attrs.axis);
  const made = output(backend, x.shape, x.dtype);
  nativeOf(backend).share(
    ...(['runningSum', x.size, x.dtype === 'float32' ? 1 : 0, pass.outer, pass.reduced, pass.inner] as const),
    ...[attrs.exclusive ? 1 : 0, attrs.reverse ? 1 : 0],
    ...addressesOf(backend, x, made),
  );
  return made;
}

function softmax({ inputs, backend }: Call<unknown>): tfjs.TensorInfo | undefined {
  const logits = inputs.logits as Tensor;
  if (logits.dtype !== 'float32') return undefined;
  const made = output(backend, logits.shape);
  const columns = logits.shape.at(-1) ?? 1;
  const rows = columns === 0 ? 0 : logits.size / columns;
  nativeOf(backend).share(
    ...(['softmax', 8 * logits.size, rows, columns] as const),
    ...addressesOf(backend, logits, made),
  );
  return made;
}
