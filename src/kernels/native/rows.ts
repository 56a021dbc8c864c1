import type * as tfjs from '@tensorflow/tfjs';
import { blamer } from '../blame';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { bitsOf, itemBytes, product, type Numeric } from './items';
import { addressesOf, addressOf, nativeOf, output } from './native';

interface GatherAttrs {
  readonly axis: number;
  readonly batchDims: number;
}
interface OneHotAttrs {
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
  readonly dtype: string;
}

/** An index into rows has at most so many numbers. */
const deepest = 4;

/** Kernels that pick, add up or choose rows by other numbers. */
export function registerRows(tf: Tf, backend: string): void {
  replaceKernel<GatherAttrs>(tf, backend, 'GatherV2', (call, stock) => gather(tf, call) ?? stock(call));
  replaceKernel<{ shape: number[] }>(
    tf,
    backend,
    'ScatterNd',
    (call, stock) => scatter(tf, call) ?? stock(call),
  );
  replaceKernel<{ numSegments: number }>(tf, backend, 'UnsortedSegmentSum', (call) => segmentSum(tf, call));
  replaceKernel<OneHotAttrs>(tf, backend, 'OneHot', (call, stock) => oneHot(call) ?? stock(call));
  replaceKernel<unknown>(tf, backend, 'Select', (call, stock) => select(call) ?? stock(call));
  replaceKernel<{ dtype: string }>(tf, backend, 'Cast', (call, stock) => cast(tf, call) ?? stock(call));
}

function gather(tf: Tf, { inputs, attrs, backend }: Call<GatherAttrs>): tfjs.TensorInfo | undefined {
  const { x, indices } = inputs as { x: Tensor; indices: Tensor };
  const width = itemBytes(x.dtype);
  if (width === undefined || indices.dtype !== 'int32') return undefined;
  const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0] ?? 0;
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, attrs.batchDims);
  const made = output(backend, info.outputShape, x.dtype as Numeric);
  const picked = info.batchSize === 0 ? 0 : indices.size / info.batchSize;
  const rows = info.batchSize * info.outerSize * picked;
  const missing = x.dtype === 'float32' ? bitsOf('float32', NaN) : 0;
  const native = nativeOf(backend);
  native.share(
    ...(['gather', rows * info.sliceSize, width, info.batchSize, info.outerSize, picked] as const),
    ...[info.dimSize, info.sliceSize, missing],
    ...[...addressesOf(backend, x, indices, made), native.fault],
  );
  const [at, says] = [addressOf(backend, indices), blamer()];
  try {
    native.check(() => says(strangeIndex(native.integersAt(at, indices.size), info.dimSize)));
  } catch (error) {
    backend.disposeData(made.dataId);
    throw error;
  }
  return made;
}

function strangeIndex(indices: Int32Array, size: number): string {
  const at = indices.findIndex((index) => !(index >= 0 && index < size));
  return `gather: index ${indices[at]} at ${at} is not one of the ${size} from 0 to ${size - 1}.`;
}

function scatter(tf: Tf, { inputs, attrs, backend }: Call<{ shape: number[] }>): tfjs.TensorInfo | undefined {
  const { indices, updates } = inputs as { indices: Tensor; updates: Tensor };
  const info = tf.backend_util.calculateShapes(updates, indices, attrs.shape);
  const isNumeric = updates.dtype === 'float32' || updates.dtype === 'int32';
  if (!isNumeric || indices.dtype !== 'int32' || info.sliceRank > deepest || info.sliceRank < 1)
    return undefined;
  const made = output(backend, attrs.shape, updates.dtype);
  const { numUpdates, sliceSize, outputSize, sliceRank, strides } = info;
  scatterRows(
    backend,
    made,
    updates,
    indices,
    numUpdates,
    sliceSize,
    outputSize / sliceSize,
    strides.slice(0, sliceRank),
  );
  return made;
}

/** Rows whose segment is not there are left out. */
function segmentSum(tf: Tf, call: Call<{ numSegments: number }>): tfjs.TensorInfo {
  const { inputs, attrs, backend } = call;
  const { x, segmentIds } = inputs as { x: Tensor; segmentIds: Tensor };
  if (x.dtype !== 'float32' && x.dtype !== 'int32')
    throw new Error(`unsortedSegmentSum adds up float32 and int32, not ${x.dtype}.`);
  const { numSegments } = attrs;
  const rest = x.shape.slice(segmentIds.rank);
  const made = output(backend, [numSegments, ...rest], x.dtype);
  tf.tidy(() => {
    const ids = segmentIds.toInt();
    scatterRows(backend, made, x, ids, ids.size, product(rest), numSegments, [1]);
  });
  return made;
}

function scatterRows(
  backend: unknown,
  made: tfjs.TensorInfo,
  rows: tfjs.TensorInfo,
  indices: tfjs.TensorInfo,
  count: number,
  row: number,
  places: number,
  steps: readonly number[],
): void {
  if (places * row === 0) return;
  const four = [0, 1, 2, 3].map((i) => steps[i] ?? 0);
  nativeOf(backend).share(
    ...(['scatter', (count + places) * row, made.dtype === 'float32' ? 1 : 0, count, row] as const),
    ...[places, steps.length, ...four],
    ...addressesOf(backend, indices, rows, made),
  );
}

function oneHot({ inputs, attrs, backend }: Call<OneHotAttrs>): tfjs.TensorInfo | undefined {
  const indices = inputs.indices as Tensor;
  const { depth, onValue, offValue, dtype } = attrs;
  const width = itemBytes(dtype);
  if (width === undefined || indices.dtype !== 'int32') return undefined;
  const made = output(backend, [...indices.shape, depth], dtype as Numeric);
  const [on, off] = [bitsOf(dtype as Numeric, onValue), bitsOf(dtype as Numeric, offValue)];
  nativeOf(backend).share(
    ...(['oneHot', indices.size * depth, width, indices.size, depth, on, off] as const),
    ...addressesOf(backend, indices, made),
  );
  return made;
}

function select({ inputs, backend }: Call<unknown>): tfjs.TensorInfo | undefined {
  const { condition, t, e } = inputs as { condition: Tensor; t: Tensor; e: Tensor };
  const width = itemBytes(t.dtype);
  if (width === undefined || e.dtype !== t.dtype || condition.dtype !== 'bool') return undefined;
  if (condition.size !== t.size || e.size !== t.size) return undefined;
  const made = output(backend, t.shape, t.dtype as Numeric);
  nativeOf(backend).share(
    ...(['select', t.size, width, t.size] as const),
    ...addressesOf(backend, condition, t, e, made),
  );
  return made;
}

/** In the order of assembly/cast.ts. */
const casts = [
  ...['float32 int32', 'float32 bool', 'int32 float32'],
  ...['int32 bool', 'bool float32', 'bool int32'],
];

function cast(tf: Tf, { inputs, attrs, backend }: Call<{ dtype: string }>): tfjs.TensorInfo | undefined {
  const x = inputs.x as Tensor;
  const { dtype } = attrs;
  if (x.dtype === dtype && itemBytes(dtype))
    return tf
      .getKernel('Identity', 'wasm')
      .kernelFunc({ inputs: { x }, attrs: {}, backend }) as tfjs.TensorInfo;
  const op = casts.indexOf(`${x.dtype} ${dtype}`);
  if (op < 0) return undefined;
  const made = output(backend, x.shape, dtype as Numeric);
  nativeOf(backend).share('cast', x.size, op, x.size, ...addressesOf(backend, x, made));
  return made;
}
