import { given, inputOf, made, rules, size, type CostedKernel } from './kernel';

type Rule = (kernel: CostedKernel) => number;

/** One operation for each element that comes out. */
const perOutput = [
  ...['Abs', 'Acos', 'Acosh', 'Add', 'Asin', 'Asinh', 'Atan', 'Atan2', 'Atanh', 'BitwiseAnd', 'Ceil', 'Cos'],
  ...['Cosh', 'Elu', 'EluGrad', 'Equal', 'Erf', 'Exp', 'Expm1', 'Floor', 'FloorDiv', 'Greater', 'LinSpace'],
  ...['GreaterEqual', 'IsFinite', 'IsInf', 'IsNan', 'LeakyRelu', 'Less', 'LessEqual', 'Log', 'Log1p', 'Step'],
  ...['LogicalAnd', 'LogicalNot', 'LogicalOr', 'LogicalXor', 'Maximum', 'Minimum', 'Mod', 'Multiply', 'Neg'],
  ...['NotEqual', 'Pow', 'Prelu', 'Range', 'RealDiv', 'Reciprocal', 'Relu', 'Relu6', 'Round', 'Rsqrt', 'Sub'],
  ...['Select', 'Selu', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Sqrt', 'Square', 'SquaredDifference'],
  ...['Tan', 'Tanh', 'ClipByValue'],
];
/** One operation for each element that goes in. */
const perInput = [
  ...[
    'All',
    'Any',
    'ArgMax',
    'ArgMin',
    'Bincount',
    'Cumprod',
    'Cumsum',
    'DenseBincount',
    'Max',
    'Mean',
    'Min',
  ],
  ...['Prod', 'Sum', 'UnsortedSegmentSum', 'ResizeNearestNeighborGrad'],
];
/** Kernels that move or make data and compute nothing with it. */
const movement = [
  ...['BatchToSpaceND', 'BroadcastArgs', 'BroadcastTo', 'Cast', 'Complex', 'Concat', 'DepthToSpace', 'Diag'],
  ...[
    'ExpandDims',
    'Fill',
    'FlipLeftRight',
    'FromPixels',
    'GatherNd',
    'GatherV2',
    'Identity',
    'Imag',
    'Pack',
  ],
  ...['MatrixBandPart', 'MirrorPad', 'OneHot', 'OnesLike', 'PadV2', 'Real', 'Reshape', 'Reverse', 'Slice'],
  ...['ResizeNearestNeighbor', 'SpaceToBatchND', 'SparseReshape', 'SparseToDense', 'SplitV', 'StridedSlice'],
  ...['TensorScatterUpdate', 'Tile', 'Transpose', 'Unpack', 'ZerosLike', 'Draw'],
];

const flopRules: Readonly<Record<string, Rule>> = {
  ...rules(perOutput, made),
  ...rules(perInput, given),
  ...rules(movement, () => 0),
  AddN: (kernel) => (kernel.inputs.length - 1) * made(kernel),
  ScatterNd: (kernel) => size(kernel.inputs[1]?.shape ?? []),
  ComplexAbs: (kernel) => 4 * made(kernel),
  ...rules(['Softmax', 'LogSoftmax'], (kernel) => 5 * made(kernel)),
  // Scale and offset with the statistics folded in.
  FusedBatchNorm: (kernel) => 2 * made(kernel),
  ...rules(['AvgPool', 'MaxPool', 'AvgPool3D', 'MaxPool3D', 'MaxPoolWithArgmax', 'Pool'], (kernel) => {
    return made(kernel) * poolWindow(kernel);
  }),
  // The first input is the gradient of the output.
  ...rules(['AvgPoolGrad', 'MaxPoolGrad', 'AvgPool3DGrad', 'MaxPool3DGrad'], (kernel) => {
    return given(kernel) * poolWindow(kernel);
  }),
  Dilation2D: (kernel) => 2 * made(kernel) * filterWindow(kernel),
  ...rules(['Dilation2DBackpropInput', 'Dilation2DBackpropFilter'], (kernel) => {
    return 2 * size(inputOf(kernel, 2).shape) * filterWindow(kernel);
  }),
  // Three interpolations of three operations; backwards, four weighted sums.
  ResizeBilinear: (kernel) => 9 * made(kernel),
  ResizeBilinearGrad: (kernel) => 8 * given(kernel),
  LRN: (kernel) => made(kernel) * (2 * (2 * ((kernel.attrs.depthRadius as number) ?? 5) + 1) + 3),
  // The usual count of a radix-2 transform: 5 N log2 N.
  ...rules(['FFT', 'IFFT'], (kernel) => {
    const length = kernel.inputs[0]?.shape.at(-1) ?? 1;
    return Math.round(5 * given(kernel) * Math.log2(Math.max(1, length)));
  }),
  ...rules(['SparseSegmentMean', 'SparseSegmentSum'], (kernel) => {
    const row = size((kernel.inputs[0]?.shape ?? []).slice(1));
    return size(inputOf(kernel, 1).shape) * row;
  }),
  ...rules(['_FusedMatMul', 'FusedConv2D', 'FusedDepthwiseConv2D'], fusedEpilogue),
  SparseProduct: (kernel) =>
    made(kernel) * (Number(kernel.inputs.length > 2) + Number(kernel.attrs.activation !== 0)),
  ...rules(['SparseInputGradient', 'SparseWeightGradient', 'SparseMask'], () => 0),
  ...rules(['BatchMatMul', 'Conv2D', 'Conv3D', 'DepthwiseConv2dNative', 'Einsum'], () => 0),
  ...rules(['Conv2DBackpropInput', 'Conv3DBackpropInputV2', 'DepthwiseConv2dNativeBackpropInput'], () => 0),
  ...rules(
    ['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2', 'DepthwiseConv2dNativeBackpropFilter'],
    () => 0,
  ),
};

/**
 * FLOPs of a kernel apart from matrix work: one for each element and elementary operation (sum, product, comparison,
 * exponential, ...), so that a softmax is 5 an element, a batch norm in training 6 (counters that take a deviation and
 * its square for one say 5), Adam 14 a parameter.
 * Undefined for kernels whose work follows from values or has no accepted count: they are reported as uncovered.
 */
export function elementwiseFlops(kernel: CostedKernel): number | undefined {
  return flopRules[kernel.kernel]?.(kernel);
}

/** Bias and activation that a fused kernel applies to its product. */
function fusedEpilogue(kernel: CostedKernel): number {
  const { activation = 'linear' } = kernel.attrs as { activation?: string | null };
  const activated = activation !== null && activation !== 'linear';
  const biased = kernel.inputs.length - (activation === 'prelu' ? 1 : 0) > 2;
  return made(kernel) * (Number(biased) + Number(activated));
}

function poolWindow({ kernel, attrs }: CostedKernel): number {
  const filter = (attrs.filterSize ?? attrs.windowShape) as number | readonly number[];
  if (typeof filter !== 'number') return size(filter);
  return filter ** (kernel.includes('3D') ? 3 : 2);
}

function filterWindow(kernel: CostedKernel): number {
  return size(inputOf(kernel, 1).shape.slice(0, 2));
}
