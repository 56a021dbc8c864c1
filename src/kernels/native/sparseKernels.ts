import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import type { Blocks } from './blocks';
import { addressesOf, addressOf, nativeOf, output, type WasmBackend } from './native';
import type { Packed } from './packed';
import type { SparseFormat } from './sparseCost';
import { topologyOfGradients } from './topology';
import type { Side, Topology } from './topologyMemory';
import { sizesOf, type ConvAttrs, type ConvInfo } from './window';

/** Of all three kernels. `rows` x `visited` is how many weights they multiply with. */
export interface SparseAttrs {
  readonly topology: Topology;
  readonly format: SparseFormat;
  /** The weight is [outputs, inputs]. */
  readonly transposed: boolean;
  /** Rows that meet the weight: examples, or output pixels of all images. */
  readonly rows: number;
  /** Weights that each row is multiplied with. */
  readonly visited: number;
  /** Whether a gradient is wanted where the weight is not active too. */
  readonly whole?: boolean;
  /** Of a convolution whose window is more than one pixel. */
  readonly window?: (ConvAttrs & { readonly info: ConvInfo }) | undefined;
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** As assembly/gemm.ts numbers them. */
  readonly activation?: number;
}

/** Bytes that all parts of a kernel may need: a tile of so many rows. */
const tileRows = 24;
/** Numbers of the gradient's tile that the second cache can hold beside the rest. */
const gradientTile = 100_000;
const mostDeep = 512;

/** Products with a weight of which only some are active, and their gradients. Called by sparseOps.ts only. */
export function registerSparse(tf: Tf, backend: string): void {
  const add = (
    kernelName: string,
    sparse: (call: Call<SparseAttrs>) => tfjs.TensorInfo,
    dense: typeof denseProduct,
  ) =>
    replaceKernel<SparseAttrs>(tf, backend, kernelName, (call) =>
      call.attrs.format === 'dense'
        ? dense((name, inputs, attrs) => run(name, inputs, attrs, call), call)
        : sparse(call),
    );
  const run = (
    name: string,
    inputs: Call<unknown>['inputs'],
    attrs: object,
    { backend: own }: Call<unknown>,
  ) =>
    tf
      .getKernel(name, backend)
      .kernelFunc({ inputs, attrs: attrs as never, backend: own }) as tfjs.TensorInfo;
  add('SparseProduct', multiply, denseProduct);
  add('SparseInputGradient', inputGradient, denseInputGradient);
  add('SparseWeightGradient', weightGradient, denseWeightGradient);
  replaceKernel<SparseAttrs>(tf, backend, 'SparseMask', ({ inputs, attrs, backend: own }) =>
    activeOf(own, attrs, inputs.x as Tensor),
  );
  // A weight that is used several times, as in each step of a recurrent layer, has gradients that are added up.
  replaceKernel<unknown>(tf, backend, 'Add', (call, stock) => {
    const { a, b } = call.inputs as { a: Tensor; b: Tensor };
    const topology = topologyOfGradients(a, b);
    return topology && a.size === b.size ? sum(call.backend, topology, a, b) : stock(call);
  });
}

/** Inputs x, weights and perhaps bias. */
function multiply({ inputs, attrs, backend }: Call<SparseAttrs>): tfjs.TensorInfo {
  const { x, weights, bias } = inputs as { x: Tensor; weights: Tensor; bias?: Tensor };
  const { topology, transposed, window, format, activation = 0 } = attrs;
  if (format === 'blocks') return multiplyBlocks(backend, attrs, x, weights, bias);
  const side = topology.side(weights, transposed ? 'byRow' : 'byColumn');
  const y = output(backend, attrs.shape);
  const end = [...addressesOf(backend, x, y), bias ? addressOf(backend, bias) : 0, activation];
  if (window) {
    const numbers = tileRows * (2 * topology.rows + topology.columns) + 4;
    share(backend, 'sparseConvolution', attrs, [...sizesOf(window.info), ...lists(side), ...end], numbers);
  } else plain(backend, attrs, side, end);
  return y;
}

function multiplyBlocks(
  backend: unknown,
  { topology, rows, shape, visited, activation = 0 }: SparseAttrs,
  x: Tensor,
  weights: Tensor,
  bias: Tensor | undefined,
): tfjs.TensorInfo {
  const blocks = topology.blocks as Blocks;
  blocks.gather(weights, topology.values(weights));
  const y = output(backend, shape);
  const lists = [blocks.offsets, blocks.indices, blocks.values];
  const ends = [...addressesOf(backend, x, y), bias ? addressOf(backend, bias) : 0, activation];
  const sizes = [rows, topology.rows, topology.columns];
  nativeOf(backend).share('blockProduct', rows * visited, ...sizes, ...lists, ...ends);
  return y;
}

/** Inputs dy and weights. */
function inputGradient({ inputs, attrs, backend }: Call<SparseAttrs>): tfjs.TensorInfo {
  const { dy, weights } = inputs as { dy: Tensor; weights: Tensor };
  const { topology, transposed, window } = attrs;
  const side = topology.side(weights, transposed ? 'byColumn' : 'byRow');
  const gradient = output(backend, attrs.shape);
  const ends = addressesOf(backend, dy, gradient);
  if (window) {
    const numbers = tileRows * (2 * topology.rows + topology.columns) + 4;
    const given = [...sizesOf(window.info), ...lists(side), ...ends];
    share(backend, 'sparseConvolutionInputGradient', attrs, given, numbers);
  } else plain(backend, attrs, side, [...ends, 0, 0]);
  return gradient;
}

function plain(backend: unknown, attrs: SparseAttrs, side: Side, ends: number[]): void {
  const { topology, rows } = attrs;
  const { rows: r, columns: c, byRow } = topology;
  const [ins, outs] = side === byRow ? [c, r] : [r, c];
  const given = [rows, ins, outs, ...lists(side), ...ends];
  share(backend, 'sparseProduct', attrs, given, tileRows * (ins + outs));
}

/** Inputs x and dy. */
function weightGradient({ inputs, attrs, backend }: Call<SparseAttrs>): tfjs.TensorInfo {
  const { x, dy } = inputs as { x: Tensor; dy: Tensor };
  const { topology, transposed, window, rows, format } = attrs;
  const { byRow, columns, blocks } = topology;
  const { gradient, packed } = topology.gradients.take(attrs.shape);
  if (format === 'blocks' && blocks) {
    const given = [rows, topology.rows, columns, blocks.offsets, blocks.indices, blocks.places];
    const ends = [...addressesOf(backend, x, dy), packed];
    nativeOf(backend).share('blockGradient', rows * attrs.visited, ...given, ...ends);
    return gradient;
  }
  // Shapes alone decide, so that sums are made in the same order whatever the threads.
  const fits = Math.min(mostDeep, 8 * Math.floor(gradientTile / columns / 8));
  const deep = Math.min(Math.max(tileRows, fits), 8 * Math.max(1, Math.ceil(rows / 8)));
  const numbers = nativeOf(backend).ask('sparseGradientScratch', deep, columns) / 4;
  const [left, right] = transposed ? [dy, x] : [x, dy];
  const given = [byRow.offsets, byRow.indices, ...addressesOf(backend, left, right), packed];
  if (window)
    share(backend, 'sparseFilterGradient', attrs, [...sizesOf(window.info), deep, ...given], numbers);
  else share(backend, 'sparseGradient', attrs, [rows, deep, topology.rows, columns, ...given], numbers);
  return gradient;
}

/** Runs a kernel whose last two numbers are scratch memory and how many bytes of it each part has. */
function share(backend: unknown, kernel: string, attrs: SparseAttrs, given: number[], numbers: number): void {
  const native = nativeOf(backend);
  const scratch = output(backend, [numbers * native.threadsWanted]);
  const operations = attrs.rows * attrs.visited;
  native.share(kernel, operations, ...given, addressOf(backend, scratch), 4 * numbers);
  (backend as WasmBackend).disposeData(scratch.dataId);
}

function lists({ offsets, indices, values }: Side): number[] {
  return [offsets, indices, values];
}

type RunDense = (name: string, inputs: Call<unknown>['inputs'], attrs: object) => tfjs.TensorInfo;

function denseProduct(run: RunDense, { inputs, attrs }: Call<SparseAttrs>): tfjs.TensorInfo {
  const { x, weights, bias } = inputs as { x: Tensor; weights: Tensor; bias?: Tensor };
  const { transposed, window, activation, shape } = attrs;
  const finish = { activation: activation === 1 ? 'relu' : 'linear' };
  const made = window
    ? run(
        'FusedConv2D',
        { x, filter: weights, ...(bias && { bias }) },
        { ...window, ...finish, dataFormat: 'NHWC' },
      )
    : run(
        '_FusedMatMul',
        { a: flat(x), b: flat(weights), ...(bias && { bias }) },
        { transposeB: transposed, ...finish },
      );
  return { ...made, shape: [...shape] };
}

function denseInputGradient(run: RunDense, { inputs, attrs }: Call<SparseAttrs>): tfjs.TensorInfo {
  const { dy, weights } = inputs as { dy: Tensor; weights: Tensor };
  const { transposed, window, shape } = attrs;
  const made = window
    ? run(
        'Conv2DBackpropInput',
        { dy, filter: weights },
        { ...window, dataFormat: 'NHWC', inputShape: shape },
      )
    : run('BatchMatMul', { a: flat(dy), b: flat(weights) }, { transposeB: !transposed });
  return { ...made, shape: [...shape] };
}

function denseWeightGradient(run: RunDense, { inputs, attrs, backend }: Call<SparseAttrs>): tfjs.TensorInfo {
  const { x, dy } = inputs as { x: Tensor; dy: Tensor };
  const { topology, transposed, window, shape, whole } = attrs;
  const [left, right] = transposed ? [dy, x] : [x, dy];
  const made = window
    ? run('Conv2DBackpropFilter', { x, dy }, { ...window, dataFormat: 'NHWC', filterShape: shape })
    : run('BatchMatMul', { a: flat(left), b: flat(right) }, { transposeA: true });
  if (whole) return { ...made, shape: [...shape] };
  const { size, kept, gradients } = topology;
  if (kept > 0) {
    const at = addressOf(backend, made);
    nativeOf(backend).share('clearOthers', size, size, kept, at);
    gradients.note(made);
    return { ...made, shape: [...shape] };
  }
  const gradient = activeOf(backend, { topology, shape }, made);
  backend.disposeData(made.dataId);
  return gradient;
}

/** A gradient with zeros in the place of what is not active. */
function activeOf(
  backend: unknown,
  { topology, shape }: Pick<SparseAttrs, 'topology' | 'shape'>,
  whole: tfjs.TensorInfo,
): tfjs.TensorInfo {
  const { gradient, packed } = topology.gradients.take(shape);
  topology.pack(addressOf(backend, whole), packed);
  return gradient;
}

function sum(backend: unknown, { active, gradients }: Topology, a: Tensor, b: Tensor): tfjs.TensorInfo {
  const given = [a, b].map((each) => (gradients.packed(each) as Packed).read());
  const { gradient, packed } = gradients.take(a.shape);
  nativeOf(backend).share('addPacked', 4 * active, active, ...given, packed);
  return gradient;
}

/** A tensor as a matrix. */
function flat(tensor: Tensor): Tensor {
  const columns = tensor.shape.at(-1) ?? 1;
  return Object.create(tensor, { shape: { value: [tensor.size / columns, columns] } }) as Tensor;
}
