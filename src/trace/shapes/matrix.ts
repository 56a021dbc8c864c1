import { rules } from '../../cost/kernel';
import type { Tf } from '../../train/tfInstance';
import { input, list, one, type KernelCall, type ShapeRules } from './rule';

type Pair = [number, number] | number;
type Triple = [number, number, number] | number;
type Pad = 'valid' | 'same' | number;
interface WindowAttrs {
  readonly strides: Pair;
  readonly pad: Pad;
  readonly dilations?: Pair;
  readonly filterSize?: Pair;
  readonly windowShape?: Pair;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: 'NHWC' | 'NCHW';
}
interface VolumeAttrs {
  readonly strides: Triple;
  readonly pad: Pad;
  readonly dilations?: Triple;
  readonly filterSize: Triple;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: 'NDHWC' | 'NCDHW';
}

/** Matrix products, convolutions and pools, and their gradients. */
export function matrixRules(tf: Tf): ShapeRules {
  return { ...productRules(tf), ...convolutionRules(tf), ...poolRules(tf) };
}

function productRules(tf: Tf): ShapeRules {
  const { backend_util } = tf;
  return {
    ...rules(['BatchMatMul', '_FusedMatMul'], (call) => {
      const [a, b] = [input(call, 'a'), input(call, 'b')];
      const { transposeA, transposeB } = call.attrs;
      const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
      const [rows, left] = transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
      const [right, columns] = transposeB
        ? [b.shape.at(-1), b.shape.at(-2)]
        : [b.shape.at(-2), b.shape.at(-1)];
      if (left !== right)
        throw new Error(
          `the inner dimensions of a matrix product differ: [${a.shape.join(', ')}]${transposeA ? ' transposed' : ''} ` +
            `by [${b.shape.join(', ')}]${transposeB ? ' transposed' : ''}`,
        );
      return one([...batch, rows ?? 0, columns ?? 0], tf.upcastType(a.dtype, b.dtype));
    }),
    Einsum: (call) => {
      const tensors = list(call);
      const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(
        call.attrs.equation as string,
        tensors.length,
      );
      const sizes = new Map<number, number>();
      idDims.forEach((ids, i) => ids.forEach((id, axis) => sizes.set(id, tensors[i]?.shape[axis] ?? 0)));
      const kept = allDims.map((_, id) => id).filter((id) => !summedDims.includes(id));
      return one(
        kept.map((id) => sizes.get(id) ?? 0),
        tensors.map(({ dtype }) => dtype).reduce((a, b) => tf.upcastType(a, b)),
      );
    },
  };
}

function convolutionRules(tf: Tf): ShapeRules {
  const { backend_util } = tf;
  const conv2d = (call: KernelCall, depthwise: boolean) => {
    const { strides, pad, dilations, dimRoundingMode, dataFormat } = call.attrs as unknown as WindowAttrs;
    const { shape, dtype } = input(call, 'x');
    const info = backend_util.computeConv2DInfo(
      shape as [number, number, number, number],
      input(call, 'filter').shape as [number, number, number, number],
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
      backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
    );
    return one(info.outShape, dtype);
  };
  const shapeFrom = (attribute: string) => (call: KernelCall) =>
    one(call.attrs[attribute] as number[], input(call, 'dy').dtype);
  const dilation = (call: KernelCall) => {
    const { strides, pad, dilations } = call.attrs as unknown as Required<WindowAttrs>;
    const { shape, dtype } = input(call, 'x');
    const filter = input(call, 'filter').shape as [number, number, number];
    const info = backend_util.computeDilation2DInfo(
      shape as [number, number, number, number],
      filter,
      strides,
      pad,
      'NHWC',
      dilations,
    );
    return one(info.outShape, dtype);
  };
  return {
    ...rules(['Conv2D', 'FusedConv2D'], (call) => conv2d(call, false)),
    ...rules(['DepthwiseConv2dNative', 'FusedDepthwiseConv2D'], (call) => conv2d(call, true)),
    ...rules(
      ['Conv2DBackpropInput', 'DepthwiseConv2dNativeBackpropInput', 'Conv3DBackpropInputV2'],
      shapeFrom('inputShape'),
    ),
    ...rules(
      ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter', 'Conv3DBackpropFilterV2'],
      shapeFrom('filterShape'),
    ),
    Conv3D: (call) => {
      const { strides, pad, dilations } = call.attrs as unknown as VolumeAttrs;
      const { shape, dtype } = input(call, 'x');
      const info = backend_util.computeConv3DInfo(
        shape as [number, number, number, number, number],
        input(call, 'filter').shape as [number, number, number, number, number],
        strides,
        dilations ?? 1,
        pad,
      );
      return one(info.outShape, dtype);
    },
    Dilation2D: dilation,
    Dilation2DBackpropInput: (call) => one(input(call, 'x').shape, input(call, 'x').dtype),
    Dilation2DBackpropFilter: (call) => one(input(call, 'filter').shape, input(call, 'filter').dtype),
  };
}

function poolRules(tf: Tf): ShapeRules {
  const { backend_util } = tf;
  const pool2d = (call: KernelCall, x = input(call, 'x')): number[] => {
    const { strides, pad, dimRoundingMode, ...attrs } = call.attrs as unknown as WindowAttrs;
    const filterSize = (attrs.filterSize ?? attrs.windowShape) as Pair;
    const shape = x.shape as [number, number, number, number];
    return backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode).outShape;
  };
  const pool3d = (call: KernelCall): number[] => {
    const { filterSize, strides, pad, dimRoundingMode, dataFormat } = call.attrs as unknown as VolumeAttrs;
    const shape = input(call, 'x').shape as [number, number, number, number, number];
    return backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode, dataFormat)
      .outShape;
  };
  return {
    ...rules(['MaxPool', 'AvgPool'], (call) => one(pool2d(call), input(call, 'x').dtype)),
    // Declared, with "input" for its input, and run by no op.
    Pool: (call) => one(pool2d(call, input(call, 'input')), input(call, 'input').dtype),
    ...rules(['MaxPool3D', 'AvgPool3D'], (call) => one(pool3d(call), input(call, 'x').dtype)),
    ...rules(['MaxPoolGrad', 'AvgPoolGrad', 'MaxPool3DGrad', 'AvgPool3DGrad'], (call) =>
      one(input(call, 'input').shape, input(call, 'input').dtype),
    ),
    MaxPoolWithArgmax: (call) => {
      const shape = pool2d(call);
      return {
        outputs: [
          { shape, dtype: input(call, 'x').dtype },
          { shape, dtype: 'int32' },
        ],
      };
    },
  };
}
