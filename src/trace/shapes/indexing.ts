import { rules } from '../../cost/kernel';
import type { Tf } from '../../train/tfInstance';
import { input, one, type ShapeRules } from './rule';

/** Kernels that pick from, search in, or write into tensors at places that other tensors name. */
export function indexingRules(tf: Tf): ShapeRules {
  const { backend_util, util } = tf;
  return {
    GatherV2: (call) => {
      const [x, indices] = [input(call, 'x'), input(call, 'indices')];
      const axis = util.parseAxisParam(call.attrs.axis as number, x.shape)[0] ?? 0;
      const info = backend_util.segment_util.collectGatherOpShapeInfo(
        x,
        indices,
        axis,
        (call.attrs.batchDims as number | undefined) ?? 0,
      );
      return one(info.outputShape, x.dtype);
    },
    GatherNd: (call) => {
      const [params, indices] = [input(call, 'params'), input(call, 'indices')];
      const depth = indices.shape.at(-1) ?? 0;
      return one([...indices.shape.slice(0, -1), ...params.shape.slice(depth)], params.dtype);
    },
    ScatterNd: (call) => one(call.attrs.shape as number[], input(call, 'updates').dtype),
    TensorScatterUpdate: (call) => one(input(call, 'tensor').shape, input(call, 'tensor').dtype),
    SparseToDense: (call) => one(call.attrs.outputShape as number[], input(call, 'sparseValues').dtype),
    SearchSorted: (call) => one(input(call, 'values').shape, 'int32'),
    ...rules(['LowerBound', 'UpperBound'], (call) => one(input(call, 'values').shape, 'int32')),
    TopK: (call) => {
      const { shape, dtype } = input(call, 'x');
      const top = [...shape.slice(0, -1), call.attrs.k as number];
      return {
        outputs: [
          { shape: top, dtype },
          { shape: top, dtype: 'int32' },
        ],
      };
    },
  };
}
