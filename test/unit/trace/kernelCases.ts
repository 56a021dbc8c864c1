import type * as tfjs from '@tensorflow/tfjs';

/** A tensor of a case: its shape, its type, and values where these matter. */
export interface Given {
  readonly shape: number[];
  readonly dtype?: tfjs.DataType;
  readonly values?: readonly (number | string)[];
}
export interface KernelCase {
  readonly inputs: Readonly<Record<string, Given>>;
  readonly attrs?: object;
}

const f = (...shape: number[]): Given => ({ shape });
const i = (...shape: number[]): Given => ({ shape, dtype: 'int32' });
const b = (...shape: number[]): Given => ({ shape, dtype: 'bool' });
const ints = (shape: number[], ...values: number[]): Given => ({ shape, dtype: 'int32', values });
const x = (...shapes: Given[]) => shapes.map((given) => ({ inputs: { x: given } }));
const each = (names: readonly string[], cases: readonly KernelCase[]) =>
  Object.fromEntries(names.map((name) => [name, cases]));
const pairs = (a: Given, other: Given): KernelCase => ({ inputs: { a, b: other } });

const floating = [
  ...['Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp', 'Expm1', 'Log'],
  ...['Log1p', 'Reciprocal', 'Rsqrt', 'Selu', 'Sigmoid', 'Sin', 'Sinh', 'Softplus', 'Sqrt', 'Tan', 'Tanh'],
  ...['Ceil', 'Floor', 'Round'],
];
const anyNumber = ['Abs', 'Neg', 'OnesLike', 'ZerosLike', 'Square', 'Sign', 'Relu', 'Relu6', 'Step'];
const arithmetic = ['Add', 'Sub', 'Multiply', 'Maximum', 'Minimum', 'SquaredDifference'];
const quotients = ['RealDiv', 'Pow', 'Mod', 'FloorDiv', 'Atan2'];
const comparisons = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];
const broadcasts = [pairs(f(2, 3), f(2, 3)), pairs(f(4, 1, 3), f(2, 1)), pairs(f(), f(5))];
const reductions = [
  { inputs: { x: f(2, 3, 4) }, attrs: { axis: [2], keepDims: false } },
  { inputs: { x: f(2, 3, 4) }, attrs: { axis: [1, 2], keepDims: true } },
  { inputs: { x: f(2, 3, 4) }, attrs: { axis: [0], keepDims: false } },
  { inputs: { x: i(6) }, attrs: { axis: [0], keepDims: false } },
];
const conv = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
const convs: KernelCase[] = [
  { inputs: { x: f(2, 9, 7, 3), filter: f(3, 3, 3, 4) }, attrs: conv },
  { inputs: { x: f(2, 9, 7, 3), filter: f(3, 2, 3, 4) }, attrs: { ...conv, pad: 'valid', strides: [2, 3] } },
  {
    inputs: { x: f(1, 9, 9, 3), filter: f(3, 3, 3, 4) },
    attrs: { ...conv, pad: 'valid', dilations: [2, 2] },
  },
  {
    inputs: { x: f(1, 9, 9, 3), filter: f(4, 4, 3, 4) },
    attrs: { ...conv, pad: 2, dimRoundingMode: 'floor' },
  },
];
const depthwise: KernelCase[] = [
  { inputs: { x: f(2, 9, 7, 3), filter: f(3, 3, 3, 2) }, attrs: conv },
  { inputs: { x: f(2, 9, 7, 3), filter: f(3, 3, 3, 1) }, attrs: { ...conv, pad: 'valid', strides: [2, 2] } },
];
const pool2d = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' };
const pools: KernelCase[] = [
  { inputs: { x: f(2, 9, 7, 3) }, attrs: pool2d },
  { inputs: { x: f(2, 9, 7, 3) }, attrs: { filterSize: 3, strides: 1, pad: 'same' } },
  { inputs: { x: f(1, 8, 8, 1) }, attrs: { filterSize: 3, strides: 2, pad: 1, dimRoundingMode: 'ceil' } },
];
const pool3d = { filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 'valid', dataFormat: 'NDHWC' };
const boxes = { shape: [3, 4], values: [0, 0, 1, 1, 0, 2, 1, 3, 0, 4, 1, 5] };
const suppression = { maxOutputSize: 2, iouThreshold: 0.5, scoreThreshold: 0 };

/** Calls of kernels as the ops of TensorFlow.js make them. */
export const kernelCases: Readonly<Record<string, readonly KernelCase[]>> = {
  ...each(floating, x(f(2, 3), f())),
  ...each(anyNumber, x(f(2, 3), i(4))),
  ...each(['IsNan', 'IsInf', 'IsFinite'], x(f(2, 3))),
  LogicalNot: x(b(2, 3)),
  ClipByValue: [{ inputs: { x: f(2, 3) }, attrs: { clipValueMin: 0, clipValueMax: 1 } }],
  LeakyRelu: [{ inputs: { x: f(2, 3) }, attrs: { alpha: 0.2 } }],
  ...each(
    ['Cumsum', 'Cumprod'],
    [{ inputs: { x: f(2, 3) }, attrs: { axis: 1, exclusive: false, reverse: false } }],
  ),
  Reverse: [{ inputs: { x: f(2, 3) }, attrs: { dims: [0] } }],
  LRN: [{ inputs: { x: f(1, 2, 2, 5) }, attrs: { depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 } }],
  LRNGrad: [
    {
      inputs: { x: f(1, 2, 2, 5), y: f(1, 2, 2, 5), dy: f(1, 2, 2, 5) },
      attrs: { depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 },
    },
  ],
  Softmax: [{ inputs: { logits: f(2, 3) }, attrs: { dim: -1 } }],
  ...each([...arithmetic, ...comparisons], [...broadcasts, pairs(i(2, 3), i(3))]),
  ...each(quotients, broadcasts),
  ...each(['LogicalAnd', 'LogicalOr'], [pairs(b(2, 3), b(3)), pairs(b(), b(4))]),
  BitwiseAnd: [pairs(i(2, 3), i(2, 3))],
  Prelu: [{ inputs: { x: f(2, 3), alpha: f(3) } }],
  EluGrad: [{ inputs: { dy: f(2, 3), y: f(2, 3) } }],
  AddN: [{ inputs: { 0: f(2, 3), 1: f(2, 3), 2: f(2, 3) } }],
  Select: [{ inputs: { condition: b(2, 3), t: f(2, 3), e: f(2, 3) } }],
  FusedBatchNorm: [
    {
      inputs: { x: f(2, 4, 4, 3), mean: f(3), variance: f(3), offset: f(3), scale: f(3) },
      attrs: { varianceEpsilon: 1e-3 },
    },
  ],
  Complex: [{ inputs: { real: f(2, 3), imag: f(2, 3) } }],
  Sum: [...reductions, { inputs: { x: b(2, 3) }, attrs: { axis: [1], keepDims: false } }],
  Prod: reductions,
  Max: reductions.map(({ inputs, attrs }) => ({
    inputs,
    attrs: { reductionIndices: attrs.axis, keepDims: attrs.keepDims },
  })),
  Min: reductions,
  Mean: reductions.slice(0, 3),
  ...each(['All', 'Any'], [{ inputs: { x: b(2, 3) }, attrs: { axis: [1], keepDims: true } }]),
  ...each(
    ['ArgMax', 'ArgMin'],
    [
      { inputs: { x: f(2, 3, 4) }, attrs: { axis: 1 } },
      { inputs: { x: f(5) }, attrs: { axis: 0 } },
    ],
  ),
  Bincount: [{ inputs: { x: ints([3], 0, 1, 1), weights: f(3) }, attrs: { size: 4 } }],
  DenseBincount: [
    { inputs: { x: ints([3], 0, 1, 1), weights: f(3) }, attrs: { size: 4, binaryOutput: false } },
    { inputs: { x: ints([2, 2], 0, 1, 1, 3), weights: f(2, 2) }, attrs: { size: 4, binaryOutput: false } },
  ],
  UnsortedSegmentSum: [{ inputs: { x: f(3, 4), segmentIds: ints([3], 0, 1, 1) }, attrs: { numSegments: 5 } }],
  BatchMatMul: [
    { inputs: { a: f(1, 2, 3), b: f(1, 3, 4) }, attrs: { transposeA: false, transposeB: false } },
    { inputs: { a: f(5, 3, 2), b: f(5, 4, 3) }, attrs: { transposeA: true, transposeB: true } },
    { inputs: { a: f(2, 1, 2, 3), b: f(4, 3, 5) }, attrs: { transposeA: false, transposeB: false } },
  ],
  _FusedMatMul: [
    {
      inputs: { a: f(1, 2, 3), b: f(1, 4, 3), bias: f(4) },
      attrs: { transposeA: false, transposeB: true, activation: 'relu' },
    },
  ],
  Einsum: [
    { inputs: { 0: f(2, 3), 1: f(3, 4) }, attrs: { equation: 'ij,jk->ik' } },
    { inputs: { 0: f(2, 3, 4), 1: f(2, 5, 4) }, attrs: { equation: 'bij,bkj->bik' } },
    { inputs: { 0: f(3, 3) }, attrs: { equation: 'ij->ji' } },
  ],
  Conv2D: convs,
  FusedConv2D: convs.map(({ inputs, attrs }) => ({ inputs, attrs: { ...attrs, activation: 'relu' } })),
  Conv2DBackpropInput: [
    { inputs: { dy: f(2, 9, 7, 4), filter: f(3, 3, 3, 4) }, attrs: { ...conv, inputShape: [2, 9, 7, 3] } },
  ],
  Conv2DBackpropFilter: [
    { inputs: { x: f(2, 9, 7, 3), dy: f(2, 9, 7, 4) }, attrs: { ...conv, filterShape: [3, 3, 3, 4] } },
  ],
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise.map(({ inputs, attrs }) => ({
    inputs,
    attrs: { ...attrs, activation: 'relu6' },
  })),
  DepthwiseConv2dNativeBackpropInput: [
    { inputs: { dy: f(2, 9, 7, 6), filter: f(3, 3, 3, 2) }, attrs: { ...conv, inputShape: [2, 9, 7, 3] } },
  ],
  DepthwiseConv2dNativeBackpropFilter: [
    { inputs: { x: f(2, 9, 7, 3), dy: f(2, 9, 7, 6) }, attrs: { ...conv, filterShape: [3, 3, 3, 2] } },
  ],
  Conv3D: [
    {
      inputs: { x: f(1, 6, 6, 6, 2), filter: f(3, 3, 3, 2, 4) },
      attrs: { strides: [2, 2, 2], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] },
    },
  ],
  Conv3DBackpropInputV2: [
    {
      inputs: { dy: f(1, 4, 4, 4, 4), filter: f(3, 3, 3, 2, 4) },
      attrs: { strides: [1, 1, 1], pad: 'same', inputShape: [1, 4, 4, 4, 2] },
    },
  ],
  Conv3DBackpropFilterV2: [
    {
      inputs: { x: f(1, 4, 4, 4, 2), dy: f(1, 4, 4, 4, 4) },
      attrs: { strides: [1, 1, 1], pad: 'same', filterShape: [3, 3, 3, 2, 4] },
    },
  ],
  Dilation2D: [
    {
      inputs: { x: f(1, 6, 6, 2), filter: f(2, 2, 2) },
      attrs: { strides: [1, 1], pad: 'valid', dilations: [1, 1] },
    },
  ],
  ...each(['MaxPool', 'AvgPool'], pools),
  ...each(['MaxPool3D', 'AvgPool3D'], [{ inputs: { x: f(1, 6, 6, 6, 2) }, attrs: pool3d }]),
  MaxPoolGrad: [
    { inputs: { dy: f(2, 4, 3, 3), input: f(2, 8, 6, 3), output: f(2, 4, 3, 3) }, attrs: pool2d },
  ],
  AvgPoolGrad: [{ inputs: { dy: f(2, 4, 3, 3), input: f(2, 8, 6, 3) }, attrs: pool2d }],
  MaxPool3DGrad: [
    { inputs: { dy: f(1, 3, 3, 3, 2), input: f(1, 6, 6, 6, 2), output: f(1, 3, 3, 3, 2) }, attrs: pool3d },
  ],
  AvgPool3DGrad: [{ inputs: { dy: f(1, 3, 3, 3, 2), input: f(1, 6, 6, 6, 2) }, attrs: pool3d }],
  MaxPoolWithArgmax: [{ inputs: { x: f(1, 4, 4, 2) }, attrs: { ...pool2d, includeBatchInIndex: false } }],
  Identity: x(f(2, 3)),
  Reshape: [
    { inputs: { x: f(2, 3, 4) }, attrs: { shape: [6, 4] } },
    { inputs: { x: f(2, 3, 4) }, attrs: { shape: [2, -1] } },
  ],
  ExpandDims: [
    { inputs: { input: f(2, 3) }, attrs: { dim: 1 } },
    { inputs: { input: f(2, 3) }, attrs: { dim: -1 } },
  ],
  Cast: [
    { inputs: { x: f(2, 3) }, attrs: { dtype: 'int32' } },
    { inputs: { x: f(2, 3) }, attrs: { dtype: 'float32' } },
    { inputs: { x: i(3) }, attrs: { dtype: 'bool' } },
  ],
  Transpose: [{ inputs: { x: f(2, 3, 4) }, attrs: { perm: [2, 0, 1] } }],
  Concat: [
    { inputs: { 0: f(2, 3), 1: f(2, 5) }, attrs: { axis: 1 } },
    { inputs: { 0: f(2, 3), 1: f(1, 3), 2: f(4, 3) }, attrs: { axis: 0 } },
  ],
  Pack: [
    { inputs: { 0: f(2, 3), 1: f(2, 3) }, attrs: { axis: 1 } },
    { inputs: { 0: f(2, 3), 1: f(2, 3) }, attrs: { axis: 0 } },
  ],
  Unpack: [{ inputs: { value: f(2, 3, 4) }, attrs: { axis: 1 } }],
  SplitV: [
    { inputs: { x: f(2, 6) }, attrs: { numOrSizeSplits: 3, axis: 1 } },
    { inputs: { x: f(2, 6) }, attrs: { numOrSizeSplits: [1, 2, -1], axis: 1 } },
  ],
  Slice: [
    { inputs: { x: f(4, 5) }, attrs: { begin: [1, 2], size: [2, -1] } },
    { inputs: { x: f(4, 5) }, attrs: { begin: 1, size: 2 } },
  ],
  StridedSlice: [
    {
      inputs: { x: f(4, 5, 6) },
      attrs: {
        begin: [0, 1, 2],
        end: [4, 5, 3],
        strides: [2, 1, 1],
        beginMask: 0,
        endMask: 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: 4,
      },
    },
  ],
  PadV2: [
    {
      inputs: { x: f(2, 3) },
      attrs: {
        paddings: [
          [1, 2],
          [0, 1],
        ],
        constantValue: 0,
      },
    },
  ],
  MirrorPad: [
    {
      inputs: { x: f(3, 3) },
      attrs: {
        paddings: [
          [1, 2],
          [0, 1],
        ],
        mode: 'reflect',
      },
    },
  ],
  Tile: [{ inputs: { x: f(2, 3) }, attrs: { reps: [2, 3] } }],
  Diag: [{ inputs: { x: f(3) } }, { inputs: { x: f(2, 3) } }],
  BatchToSpaceND: [
    {
      inputs: { x: f(4, 2, 3, 1) },
      attrs: {
        blockShape: [2, 2],
        crops: [
          [0, 1],
          [1, 0],
        ],
      },
    },
  ],
  SpaceToBatchND: [
    {
      inputs: { x: f(1, 3, 5, 2) },
      attrs: {
        blockShape: [2, 2],
        paddings: [
          [0, 1],
          [1, 0],
        ],
      },
    },
  ],
  DepthToSpace: [{ inputs: { x: f(1, 2, 3, 8) }, attrs: { blockSize: 2, dataFormat: 'NHWC' } }],
  Fill: [
    { inputs: {}, attrs: { shape: [2, 3], value: 1, dtype: 'float32' } },
    { inputs: {}, attrs: { shape: [2], value: 1, dtype: 'int32' } },
  ],
  Range: [
    { inputs: {}, attrs: { start: 0, stop: 7, step: 2, dtype: 'float32' } },
    { inputs: {}, attrs: { start: 5, stop: 0, step: 1, dtype: 'int32' } },
    { inputs: {}, attrs: { start: 0, stop: 5, step: -1, dtype: 'float32' } },
    { inputs: {}, attrs: { start: 3, stop: 3, step: 1, dtype: 'float32' } },
  ],
  LinSpace: [{ inputs: {}, attrs: { start: 0, stop: 1, num: 5 } }],
  OneHot: [
    {
      inputs: { indices: ints([2, 2], 0, 1, 2, 3) },
      attrs: { depth: 4, onValue: 1, offValue: 0, dtype: 'float32' },
    },
  ],
  Multinomial: [{ inputs: { logits: f(2, 3) }, attrs: { numSamples: 7, seed: 1, normalized: false } }],
  GatherV2: [
    { inputs: { x: f(4, 5), indices: ints([3], 0, 1, 3) }, attrs: { axis: 0, batchDims: 0 } },
    { inputs: { x: f(4, 5), indices: ints([2, 2], 0, 1, 3, 4) }, attrs: { axis: 1, batchDims: 0 } },
    { inputs: { x: f(2, 5), indices: ints([2, 3], 0, 1, 3, 4, 0, 1) }, attrs: { axis: 1, batchDims: 1 } },
  ],
  GatherNd: [{ inputs: { params: f(4, 5, 6), indices: ints([3, 2], 0, 0, 1, 1, 2, 2) } }],
  ScatterNd: [{ inputs: { indices: ints([2, 1], 0, 2), updates: f(2, 3) }, attrs: { shape: [4, 3] } }],
  TensorScatterUpdate: [{ inputs: { tensor: f(4, 3), indices: ints([2, 1], 0, 2), updates: f(2, 3) } }],
  SparseToDense: [
    {
      inputs: { sparseIndices: ints([2, 2], 0, 0, 1, 2), sparseValues: f(2), defaultValue: f() },
      attrs: { outputShape: [2, 4] },
    },
  ],
  SearchSorted: [{ inputs: { sortedSequence: f(2, 5), values: f(2, 3) }, attrs: { side: 'left' } }],
  TopK: [{ inputs: { x: f(2, 5) }, attrs: { k: 3, sorted: true } }],
  ...each(
    ['ResizeBilinear', 'ResizeNearestNeighbor'],
    [
      {
        inputs: { images: f(2, 4, 5, 3) },
        attrs: { size: [8, 7], alignCorners: false, halfPixelCenters: false },
      },
    ],
  ),
  // Square, because the cpu backend of 4.22 swaps height and width in the output of this one.
  ResizeBilinearGrad: [
    { inputs: { images: f(2, 5, 5, 3), dy: f(2, 8, 10, 3) }, attrs: { alignCorners: false } },
  ],
  ResizeNearestNeighborGrad: [
    { inputs: { images: f(2, 4, 5, 3), dy: f(2, 8, 10, 3) }, attrs: { alignCorners: false } },
  ],
  CropAndResize: [
    {
      inputs: { image: f(2, 8, 8, 3), boxes: f(3, 4), boxInd: ints([3], 0, 1, 0) },
      attrs: { cropSize: [4, 5], method: 'bilinear', extrapolationValue: 0 },
    },
  ],
  FlipLeftRight: [{ inputs: { image: f(1, 4, 4, 3) } }],
  RotateWithOffset: [{ inputs: { image: f(1, 4, 4, 3) }, attrs: { radians: 1, fillValue: 0, center: 0.5 } }],
  Transform: [
    {
      inputs: { image: f(1, 4, 4, 3), transforms: f(1, 8) },
      attrs: { interpolation: 'nearest', fillMode: 'constant', fillValue: 0, outputShape: [5, 6] },
    },
  ],
  NonMaxSuppressionV3: [{ inputs: { boxes, scores: f(3) }, attrs: suppression }],
  NonMaxSuppressionV4: [
    { inputs: { boxes, scores: f(3) }, attrs: { ...suppression, padToMaxOutputSize: true } },
  ],
  NonMaxSuppressionV5: [{ inputs: { boxes, scores: f(3) }, attrs: { ...suppression, softNmsSigma: 0 } }],
  Unique: [{ inputs: { x: ints([4], 4, 1, 3, 2) }, attrs: { axis: null } }],
  SparseReshape: [
    {
      inputs: { inputIndices: ints([2, 2], 0, 0, 1, 2), inputShape: ints([2], 2, 3), newShape: ints([1], 6) },
    },
  ],
  ...each(
    ['SparseSegmentMean', 'SparseSegmentSum'],
    [{ inputs: { data: f(4, 3), indices: ints([3], 0, 1, 3), segmentIds: ints([3], 0, 1, 2) } }],
  ),
  BroadcastArgs: [{ inputs: { s0: ints([2], 2, 1), s1: ints([3], 4, 1, 3) } }],
};
