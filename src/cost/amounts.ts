import { elementwiseFlops } from './elementwise';
import { bytesOf, given, made, size, type CostedKernel } from './kernel';
import type { ModelCost } from './modelCost';
import { matrixMacs } from './matrixMacs';
import type { Phase } from './work';

/**
 * What takes a device its time, added up over kernels: for each kind of kernel how many there are, what they compute
 * and what they move. The time of a step is a sum of these, each weighted by what it takes on the device.
 */
export type Amounts = Readonly<Record<string, number>>;
export type OpenAmounts = Record<string, number>;

/** What an amount keeps busy: the processor's arithmetic, its memory, or the program that calls kernels. */
export type Bound = 'compute' | 'memory' | 'overhead';

/** Kernels that engines do as part of something larger keep their own names behind this. */
const composedPrefix = 'composed:';
/** Filters of a tile of sums: with fewer, the rest of a tile is computed in vain. */
const lanes = 8;

/** What is known of a kernel besides its shapes. */
export interface AmountContext {
  readonly phase: Phase;
  readonly alias?: boolean;
  /** Class of the innermost layer that it belongs to; absent for losses, metrics and operations outside of layers. */
  readonly layer?: string | undefined;
}

/** Layers that engines with kernels of their own do as one kernel each way. */
const fusedLayers: Readonly<Record<string, string>> = {
  BatchNormalization: 'batchNorm',
  LayerNormalization: 'layerNorm',
};

const curves = new Set(
  (
    'Acos Acosh Asin Asinh Atan Atan2 Atanh Cos Cosh Elu EluGrad Erf Exp Expm1 Log Log1p LogSoftmax Pow Selu Sigmoid ' +
    'Sin Sinh Softmax Softplus Tan Tanh'
  ).split(' '),
);
const folds = new Set('All Any ArgMax ArgMin Cumprod Cumsum Max Mean Min Prod Sum'.split(' '));
const moves = new Set(
  (
    'BatchToSpaceND BroadcastTo Cast Concat DepthToSpace Fill Identity MirrorPad OneHot OnesLike Pack PadV2 Reverse ' +
    'Slice SpaceToBatchND SplitV StridedSlice Tile Unpack ZerosLike'
  ).split(' '),
);
const rows = new Set(
  'GatherNd GatherV2 ScatterNd TensorScatterUpdate UnsortedSegmentSum SparseToDense'.split(' '),
);

/** The family of a kernel that is neither a product nor a convolution. */
function familyOf(kernel: string): string {
  if (curves.has(kernel)) return 'curve';
  if (folds.has(kernel)) return 'fold';
  if (moves.has(kernel)) return 'move';
  if (rows.has(kernel)) return 'rows';
  if (kernel === 'Transpose') return 'turn';
  if (kernel === 'Draw' || kernel.startsWith('Random')) return 'draw';
  if (/Pool/.test(kernel)) return kernel.includes('Grad') ? 'poolGradient' : 'pool';
  return 'map';
}

/** Adds what one kernel takes to `amounts`. */
export function addAmounts(amounts: OpenAmounts, kernel: CostedKernel, context: AmountContext): void {
  if (context.alias) return;
  const { phase, layer } = context;
  if (phase === 'optimizer') add(amounts, 'update.flops', elementwiseFlops(kernel) ?? made(kernel));
  const fused = layer === undefined ? undefined : fusedLayers[layer];
  const bytes = bytesMoved(kernel);
  const macs = matrixMacs(kernel) ?? 0;
  const isStep = phase === 'forward' || phase === 'backward';
  const isLoss = layer === undefined && macs === 0 && isStep && !isSumOfGradients(kernel, phase);
  if (isLoss) add(amounts, 'loss.bytes', bytes);
  const isPart = phase === 'optimizer' || isLoss || (macs === 0 && fused !== undefined);
  const prefix = isPart ? composedPrefix : '';
  if (macs > 0) addMatrix(amounts, prefix, kernel, macs, bytes);
  else addOther(amounts, prefix, kernel, bytes);
}

/** Where a tensor is used in several places its gradients are added up, by nobody's layer. */
function isSumOfGradients({ kernel }: CostedKernel, phase: Phase): boolean {
  return phase === 'backward' && (kernel === 'Add' || kernel === 'AddN');
}

/** Adds what a layer takes that may be one kernel each way. */
export function addFusedLayer(amounts: OpenAmounts, layer: string, outputElements: number): void {
  const fused = fusedLayers[layer];
  if (fused === undefined) return;
  add(amounts, `${fused}.calls`, 2);
  add(amounts, `${fused}.bytes`, 4 * outputElements);
}

function addMatrix(
  amounts: OpenAmounts,
  prefix: string,
  kernel: CostedKernel,
  macs: number,
  bytes: number,
): void {
  const family = `${prefix}${matrixFamily(kernel.kernel)}`;
  const filters = innermost(kernel);
  add(amounts, `${family}.calls`, 1);
  add(amounts, `${family}.macs`, (macs / filters) * lanes * Math.ceil(filters / lanes));
  // What a window or a row of numbers is read for: with few filters it is as much as is computed.
  add(amounts, `${family}.reads`, (4 * macs) / filters);
  add(amounts, `${family}.bytes`, bytes);
}

function addOther(amounts: OpenAmounts, prefix: string, kernel: CostedKernel, bytes: number): void {
  const family = familyOf(kernel.kernel);
  add(amounts, `${prefix}calls`, 1);
  add(amounts, `${prefix}${family}.bytes`, bytes);
  if (/curve|pool|draw/.test(family))
    add(amounts, `${prefix}${family}.flops`, elementwiseFlops(kernel) ?? given(kernel));
}

function matrixFamily(kernel: string): string {
  if (kernel.includes('Depthwise')) return kernel.includes('Backprop') ? 'depthwiseGradient' : 'depthwise';
  if (/BackpropFilter/.test(kernel)) return 'filterGradient';
  if (/BackpropInput/.test(kernel)) return 'inputGradient';
  return kernel.includes('Conv') ? 'convolution' : 'product';
}

/** The axis along which results lie side by side in a vector. */
function innermost(kernel: CostedKernel): number {
  return Math.max(1, kernel.outputs[0]?.shape.at(-1) ?? 1);
}

function bytesMoved({ inputs, outputs }: CostedKernel): number {
  let bytes = 0;
  for (const tensor of inputs) bytes += bytesOf(tensor);
  for (const tensor of outputs) bytes += bytesOf(tensor);
  return bytes;
}

function add(amounts: OpenAmounts, name: string, value: number): void {
  amounts[name] = (amounts[name] ?? 0) + value;
}

/**
 * The amounts that count where normalisations, losses and updates are one kernel each (`fuses`), or where every kernel
 * of TensorFlow.js is run.
 */
export function executedAmounts(amounts: Amounts, fuses: boolean): OpenAmounts {
  const executed: OpenAmounts = {};
  for (const [name, value] of Object.entries(amounts)) {
    const composed = name.startsWith(composedPrefix);
    if (fuses ? !composed : !/^(update|loss|batchNorm|layerNorm)\./.test(name))
      add(executed, composed ? name.slice(composedPrefix.length) : name, value);
  }
  return executed;
}

/** What an amount keeps busy. */
export function boundOf(name: string): Bound {
  if (/\.(macs|flops)$/.test(name)) return 'compute';
  return /\.(bytes|reads)$/.test(name) ? 'memory' : 'overhead';
}

/** Those of a whole step as runs do it, which begins with a batch that is copied. */
export function stepAmounts({ amounts, inputShapes }: Pick<ModelCost, 'amounts' | 'inputShapes'>): Amounts {
  return { ...amounts, 'feed.bytes': inputShapes.reduce((sum, shape) => sum + 4 * size(shape), 0) };
}
