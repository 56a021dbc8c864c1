import type * as tfjs from '@tensorflow/tfjs';
import { rules } from '../../cost/kernel';
import type { Tf } from '../../train/tfInstance';
import { input, list, one, type KernelCall, type ShapeRules } from './rule';

const likeX = [
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'ClipByValue', 'Cos', 'Cosh', 'Elu'],
  ...['Erf', 'Exp', 'Expm1', 'Floor', 'LeakyRelu', 'Log', 'Log1p', 'LRN', 'Neg', 'OnesLike', 'Reciprocal'],
  ...['Relu', 'Relu6', 'Round', 'Rsqrt', 'Selu', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Sqrt'],
  ...['Square', 'Step', 'Tan', 'Tanh', 'ZerosLike', 'Cumsum', 'Cumprod', 'Reverse'],
];
const arithmetic = [
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Mod', 'Pow', 'Atan2'],
  ...['SquaredDifference', 'BitwiseAnd'],
];
const comparisons = [
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'],
  ...['LogicalAnd', 'LogicalOr', 'LogicalXor'],
];

/** Kernels whose outputs are as large as their inputs, or as these broadcast together. */
export function elementwiseRules(tf: Tf): ShapeRules {
  const broadcast = (a: tfjs.TensorInfo, b: tfjs.TensorInfo) =>
    tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const pair = (call: KernelCall) => [input(call, 'a'), input(call, 'b')] as const;
  return {
    ...rules(likeX, (call) => one(input(call, 'x').shape, input(call, 'x').dtype)),
    ...rules(['IsNan', 'IsInf', 'IsFinite', 'LogicalNot'], (call) => one(input(call, 'x').shape, 'bool')),
    ...rules(['Softmax', 'LogSoftmax'], (call) =>
      one(input(call, 'logits').shape, input(call, 'logits').dtype),
    ),
    ...rules(arithmetic, (call) => {
      const [a, b] = pair(call);
      return one(broadcast(a, b), tf.upcastType(a.dtype, b.dtype));
    }),
    FloorDiv: (call) => one(broadcast(...pair(call)), 'int32'),
    ...rules(comparisons, (call) => one(broadcast(...pair(call)), 'bool')),
    Prelu: (call) => one(broadcast(input(call, 'x'), input(call, 'alpha')), 'float32'),
    EluGrad: (call) => one(input(call, 'dy').shape, 'float32'),
    LRNGrad: (call) => one(input(call, 'dy').shape, 'float32'),
    AddN: (call) => one(list(call)[0]?.shape ?? [], list(call)[0]?.dtype ?? 'float32'),
    Select: (call) => {
      const [t, e] = [input(call, 't'), input(call, 'e')];
      return one(t.shape, tf.upcastType(t.dtype, e.dtype));
    },
    FusedBatchNorm: (call) => one(input(call, 'x').shape, input(call, 'x').dtype),
    Complex: (call) => one(input(call, 'real').shape, 'complex64'),
    ...rules(['Real', 'Imag'], (call) => one(input(call, 'input').shape, 'float32')),
    ComplexAbs: (call) => one(input(call, 'x').shape, 'float32'),
    ...rules(['FFT', 'IFFT'], (call) => one(input(call, 'input').shape, 'complex64')),
    MatrixBandPart: (call) => one(input(call, 'input').shape, input(call, 'input').dtype),
    ...rules(['StaticRegexReplace'], (call) => one(input(call, 'x').shape, 'string')),
    StringToHashBucketFast: (call) => one(input(call, 'input').shape, 'int32'),
  };
}
