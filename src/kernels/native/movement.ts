import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { fill } from './fill';
import { itemBytes, product, without, type Numeric } from './items';
import { alias } from './identity';
import { addressOf, nativeOf, output } from './native';
import { walkBoth, stepsOf } from './walk';

type Stock<A> = (call: Call<A>) => tfjs.TensorInfo | tfjs.TensorInfo[];

interface SliceAttrs {
  readonly begin: number | number[];
  readonly size: number | number[];
}
interface StridedSliceAttrs {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

/** Kernels that move numbers as they are, of all kinds that lie in the backend's memory. */
export function registerMovement(tf: Tf, backend: string): void {
  const add = <A>(
    kernel: string,
    make: (call: Call<A>, stock: Stock<A>) => tfjs.TensorInfo | tfjs.TensorInfo[],
  ) =>
    replaceKernel<A>(tf, backend, kernel, (call, stock) => {
      const inputs = Object.values(call.inputs);
      const alike = inputs.every(({ dtype }) => itemBytes(dtype) !== undefined && dtype === inputs[0]?.dtype);
      return alike ? make(call, stock) : stock(call);
    });

  add<SliceAttrs>('Slice', (call) => slice(tf, call));
  add<StridedSliceAttrs>('StridedSlice', (call) => stridedSlice(tf, call));
  add<{ axis: number }>('Concat', (call) => concat(tf, call));
  add<{ axis: number }>('Pack', (call) => pack(call));
  add<{ axis: number }>('Unpack', (call) => unpack(call));
  add<{ numOrSizeSplits: number | number[]; axis: number }>('SplitV', (call) => split(tf, call));
  add<{ perm: number[] }>('Transpose', transpose);
  add<{ reps: number[] }>('Tile', tile);
  add<{ paddings: [number, number][]; constantValue: number }>('PadV2', pad);
  add<{ dims: number | number[] }>('Reverse', (call) => reverse(tf, call));
}

/** One side of a movement: where it begins, counted in items, and how many items a step along each axis is. */
interface Side {
  readonly of: tfjs.TensorInfo;
  readonly begin?: number;
  readonly steps: readonly number[];
}

/** Copies items of these sizes from one tensor to another. */
function move(backend: unknown, sizes: readonly number[], from: Side, to: Side): void {
  const items = product(sizes);
  const width = itemBytes(from.of.dtype) ?? 4;
  if (items === 0) return;
  const fromStart = addressOf(backend, from.of) + width * (from.begin ?? 0);
  const toStart = addressOf(backend, to.of) + width * (to.begin ?? 0);
  for (const walk of walkBoth(sizes, from.steps, to.steps))
    nativeOf(backend).share(
      ...(['move', items, width, ...walk.sizes] as const),
      ...[fromStart + width * walk.aBegin, ...walk.a],
      ...[toStart + width * walk.bBegin, ...walk.b],
    );
}

/** All of `made`, from `begin` of `x` on. */
function taken(backend: unknown, x: Tensor, made: tfjs.TensorInfo, begin: number, steps: readonly number[]) {
  move(backend, made.shape, { of: x, begin, steps }, { of: made, steps: stepsOf(made.shape) });
  return made;
}

function slice(tf: Tf, { inputs, attrs, backend }: Call<SliceAttrs>): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
  tf.slice_util.assertParamsValid(x, begin, size);
  const steps = stepsOf(x.shape);
  return taken(backend, x, output(backend, size, x.dtype as Numeric), offset(begin, steps), steps);
}

function stridedSlice(tf: Tf, { inputs, attrs, backend }: Call<StridedSliceAttrs>): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const info = tf.slice_util.sliceInfo(
    ...([x.shape, attrs.begin, attrs.end, attrs.strides, attrs.beginMask, attrs.endMask] as const),
    ...([attrs.ellipsisMask, attrs.newAxisMask, attrs.shrinkAxisMask] as const),
  );
  const steps = stepsOf(x.shape);
  const strided = steps.map((step, axis) => step * (info.strides[axis] ?? 1));
  const made = output(backend, info.finalShape, x.dtype as Numeric);
  const sizes = info.finalShapeSparse;
  const begin = offset(info.begin, steps);
  move(backend, sizes, { of: x, begin, steps: strided }, { of: made, steps: stepsOf(sizes) });
  return made;
}

function concat(tf: Tf, { inputs, attrs, backend }: Call<{ axis: number }>): tfjs.TensorInfo {
  const all = Object.values(inputs);
  const first = all[0] as Tensor;
  const axis = tf.util.parseAxisParam(attrs.axis, first.shape)[0] ?? 0;
  const shapes = all.map(({ shape }) => shape);
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const made = output(backend, shape, first.dtype as Numeric);
  const steps = stepsOf(shape);
  let begin = 0;
  for (const each of all) {
    move(backend, each.shape, { of: each, steps: stepsOf(each.shape) }, { of: made, begin, steps });
    begin += (each.shape[axis] ?? 0) * (steps[axis] ?? 1);
  }
  return made;
}

function pack({ inputs, attrs, backend }: Call<{ axis: number }>): tfjs.TensorInfo {
  const all = Object.values(inputs);
  const first = all[0] as Tensor;
  const axis = attrs.axis < 0 ? attrs.axis + first.shape.length + 1 : attrs.axis;
  const made = output(
    backend,
    [...first.shape.slice(0, axis), all.length, ...first.shape.slice(axis)],
    first.dtype as Numeric,
  );
  const steps = stepsOf(made.shape);
  all.forEach((each, i) =>
    move(...([backend, first.shape, { of: each, steps: stepsOf(first.shape) }] as const), {
      of: made,
      begin: i * (steps[axis] ?? 1),
      steps: without(axis, steps),
    }),
  );
  return made;
}

function unpack({ inputs, attrs, backend }: Call<{ axis: number }>): tfjs.TensorInfo[] {
  const value = inputs.value as Tensor;
  const axis = attrs.axis < 0 ? attrs.axis + value.shape.length : attrs.axis;
  const steps = stepsOf(value.shape);
  return Array.from({ length: value.shape[axis] ?? 0 }, (_, i) => {
    const made = output(backend, without(axis, value.shape), value.dtype as Numeric);
    return taken(backend, value, made, i * (steps[axis] ?? 1), without(axis, steps));
  });
}

function split(
  tf: Tf,
  { inputs, attrs, backend }: Call<{ numOrSizeSplits: number | number[]; axis: number }>,
): tfjs.TensorInfo[] {
  const x = inputs.x as Tensor;
  const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0] ?? 0;
  const steps = stepsOf(x.shape);
  let begin = 0;
  return tf.backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis).map((size) => {
    const made = output(
      backend,
      x.shape.map((own, each) => (each === axis ? size : own)),
      x.dtype as Numeric,
    );
    taken(backend, x, made, begin * (steps[axis] ?? 1), steps);
    begin += size;
    return made;
  });
}

function transpose({ inputs, attrs, backend }: Call<{ perm: number[] }>): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const long = attrs.perm.filter((axis) => (x.shape[axis] ?? 1) !== 1);
  const turned = (of: readonly number[]) => attrs.perm.map((axis) => of[axis] ?? 1);
  if (long.every((axis, i) => i === 0 || axis > (long[i - 1] ?? 0)))
    return alias(backend, x, turned(x.shape));
  const steps = stepsOf(x.shape);
  return taken(backend, x, output(backend, turned(x.shape), x.dtype as Numeric), 0, turned(steps));
}

/** Each axis is two: of the repetitions, along which the same is read again, and of what is repeated. */
function tile({ inputs, attrs, backend }: Call<{ reps: number[] }>): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const times = (axis: number) => attrs.reps[axis] ?? 1;
  const made = output(
    backend,
    x.shape.map((size, axis) => size * times(axis)),
    x.dtype as Numeric,
  );
  const sizes = x.shape.flatMap((size, axis) => [times(axis), size]);
  const steps = stepsOf(x.shape).flatMap((step) => [0, step]);
  move(backend, sizes, { of: x, steps }, { of: made, steps: stepsOf(sizes) });
  return made;
}

function pad({
  inputs,
  attrs,
  backend,
}: Call<{ paddings: [number, number][]; constantValue: number }>): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const { paddings, constantValue } = attrs;
  const shape = x.shape.map((size, axis) => {
    const [before, after] = paddings[axis] ?? [0, 0];
    return before + size + after;
  });
  const made = output(backend, shape, x.dtype as Numeric);
  const steps = stepsOf(shape);
  const begin = offset(
    paddings.map(([before]) => before),
    steps,
  );
  if (product(shape) !== x.size) fill(backend, made, constantValue);
  move(backend, x.shape, { of: x, steps: stepsOf(x.shape) }, { of: made, begin, steps });
  return made;
}

function reverse(tf: Tf, { inputs, attrs, backend }: Call<{ dims: number | number[] }>): tfjs.TensorInfo {
  const x = inputs.x as Tensor;
  const dims = tf.util.parseAxisParam(attrs.dims, x.shape);
  const steps = stepsOf(x.shape);
  const lasts = x.shape.map((size, axis) => (dims.includes(axis) ? size - 1 : 0));
  const turned = steps.map((step, axis) => (dims.includes(axis) ? -step : step));
  return taken(backend, x, output(backend, x.shape, x.dtype as Numeric), offset(lasts, steps), turned);
}

function offset(at: readonly number[], steps: readonly number[]): number {
  return at.reduce((sum, each, axis) => sum + each * (steps[axis] ?? 0), 0);
}
