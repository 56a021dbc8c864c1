import type * as tfjs from '@tensorflow/tfjs';
import { rules } from '../../cost/kernel';
import type { Tf } from '../../train/tfInstance';
import { input, one, type KernelCall, type ShapeRules } from './rule';

/** Kernels that fold some axes of their input. */
export function reductionRules(tf: Tf): ShapeRules {
  const { backend_util, util } = tf;
  const reduced = (call: KernelCall): number[] => {
    const { shape } = input(call, 'x');
    const { axis, reductionIndices, keepDims } = call.attrs as {
      axis?: number | number[];
      reductionIndices?: number | number[];
      keepDims?: boolean;
    };
    const given = axis ?? reductionIndices;
    const axes = util.parseAxisParam(given ?? shape.map((_, i) => i), shape);
    const [kept] = backend_util.computeOutAndReduceShapes(shape, axes);
    return keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
  };
  const to = (dtype: tfjs.DataType) => (call: KernelCall) => one(reduced(call), dtype);
  return {
    ...rules(['Sum', 'Prod'], (call) => one(reduced(call), tf.upcastType(input(call, 'x').dtype, 'int32'))),
    ...rules(['Max', 'Min'], (call) => one(reduced(call), input(call, 'x').dtype)),
    Mean: to('float32'),
    ...rules(['All', 'Any'], to('bool')),
    ...rules(['ArgMax', 'ArgMin'], to('int32')),
    Bincount: (call) => one([call.attrs.size as number], input(call, 'weights').dtype),
    DenseBincount: (call) => {
      const { shape } = input(call, 'x');
      const size = call.attrs.size as number;
      return one(shape.length === 1 ? [size] : [shape[0] ?? 0, size], input(call, 'weights').dtype);
    },
    UnsortedSegmentSum: (call) => {
      const x = input(call, 'x');
      const rest = x.shape.slice(input(call, 'segmentIds').shape.length);
      return one([call.attrs.numSegments as number, ...rest], x.dtype);
    },
  };
}
