import type * as tfjs from '@tensorflow/tfjs';
import { rules } from '../../cost/kernel';
import type { Tf } from '../../train/tfInstance';
import { alias, input, list, one, type KernelCall, type ShapeRules } from './rule';

/** Kernels that arrange, cut and join what is there. */
export function layoutRules(tf: Tf): ShapeRules {
  const { backend_util, slice_util, util } = tf;
  const padded = (call: KernelCall) => {
    const x = input(call, 'x');
    const paddings = call.attrs.paddings as [number, number][];
    const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
    return one(shape, x.dtype);
  };
  return {
    Identity: (call) => alias(input(call, 'x')),
    Reshape: (call) => {
      const x = input(call, 'x');
      return alias(x, util.inferFromImplicitShape(call.attrs.shape as number[], util.sizeFromShape(x.shape)));
    },
    ExpandDims: (call) => {
      const x = input(call, 'input');
      const dim = call.attrs.dim as number;
      const shape = [...x.shape];
      shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1);
      return alias(x, shape);
    },
    Cast: (call) => {
      const x = input(call, 'x');
      const dtype = call.attrs.dtype as tfjs.DataType;
      return x.dtype === dtype ? alias(x) : one(x.shape, dtype);
    },
    Transpose: (call) => {
      const x = input(call, 'x');
      return one(
        (call.attrs.perm as number[]).map((axis) => x.shape[axis] ?? 0),
        x.dtype,
      );
    },
    Concat: (call) => {
      const tensors = list(call);
      const [first] = tensors;
      if (!first) throw new Error('there is nothing to concatenate');
      const axis = util.parseAxisParam(call.attrs.axis as number, first.shape)[0] ?? 0;
      const shapes = tensors.map(({ shape }) => shape);
      backend_util.assertParamsConsistent(shapes, axis);
      return one(backend_util.computeOutShape(shapes, axis), first.dtype);
    },
    Pack: (call) => {
      const tensors = list(call);
      const { shape, dtype } = tensors[0] ?? { shape: [], dtype: 'float32' as const };
      const axis = call.attrs.axis as number;
      const packed = [...shape];
      packed.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, tensors.length);
      return one(packed, dtype);
    },
    Unpack: (call) => {
      const { shape, dtype } = input(call, 'value');
      const axis = util.parseAxisParam(call.attrs.axis as number, shape)[0] ?? 0;
      const rest = shape.filter((_, each) => each !== axis);
      return { outputs: Array.from({ length: shape[axis] ?? 0 }, () => ({ shape: rest, dtype })) };
    },
    SplitV: (call) => {
      const x = input(call, 'x');
      const axis = util.parseAxisParam(call.attrs.axis as number, x.shape)[0] ?? 0;
      const sizes = backend_util.prepareSplitSize(x, call.attrs.numOrSizeSplits as number[] | number, axis);
      const part = (size: number) => x.shape.map((each, i) => (i === axis ? size : each));
      return { outputs: sizes.map((size) => ({ shape: part(size), dtype: x.dtype })) };
    },
    Slice: (call) => {
      const x = input(call, 'x');
      const [begin, size] = slice_util.parseSliceParams(
        x,
        call.attrs.begin as number | number[],
        call.attrs.size as number | number[],
      );
      slice_util.assertParamsValid(x, begin as number[], size as number[]);
      return one(size as number[], x.dtype);
    },
    StridedSlice: (call) => {
      const x = input(call, 'x');
      const a = call.attrs as Record<'begin' | 'end' | 'strides', number[]> & Record<string, number>;
      const { finalShape } = slice_util.sliceInfo(
        x.shape,
        a.begin,
        a.end,
        a.strides,
        a.beginMask as number,
        a.endMask as number,
        a.ellipsisMask as number,
        a.newAxisMask as number,
        a.shrinkAxisMask as number,
      );
      return one(finalShape, x.dtype);
    },
    ...rules(['PadV2', 'MirrorPad'], padded),
    Tile: (call) => {
      const x = input(call, 'x');
      const reps = call.attrs.reps as number[];
      return one(
        x.shape.map((size, axis) => size * (reps[axis] ?? 1)),
        x.dtype,
      );
    },
    BroadcastTo: (call) => one(call.attrs.shape as number[], input(call, 'x').dtype),
    Diag: (call) => {
      const { shape, dtype } = input(call, 'x');
      return one([...shape, ...shape], dtype);
    },
    BatchToSpaceND: (call) => {
      const { shape, dtype } = input(call, 'x');
      const block = call.attrs.blockShape as number[];
      const crops = call.attrs.crops as [number, number][];
      const batch = (shape[0] ?? 0) / block.reduce((product, size) => product * size, 1);
      const spatial = block.map(
        (size, i) => (shape[i + 1] ?? 0) * size - (crops[i]?.[0] ?? 0) - (crops[i]?.[1] ?? 0),
      );
      return one([batch, ...spatial, ...shape.slice(1 + block.length)], dtype);
    },
    SpaceToBatchND: (call) => {
      const { shape, dtype } = input(call, 'x');
      const block = call.attrs.blockShape as number[];
      const paddings = call.attrs.paddings as [number, number][];
      const batch = (shape[0] ?? 0) * block.reduce((product, size) => product * size, 1);
      const spatial = block.map(
        (size, i) => ((shape[i + 1] ?? 0) + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0)) / size,
      );
      return one([batch, ...spatial, ...shape.slice(1 + block.length)], dtype);
    },
    DepthToSpace: (call) => {
      const { shape, dtype } = input(call, 'x');
      const block = call.attrs.blockSize as number;
      const [batch = 0, ...rest] = shape;
      const channelsLast = call.attrs.dataFormat === 'NHWC';
      const [height = 0, width = 0, depth = 0] = channelsLast ? rest : [rest[1], rest[2], rest[0]];
      const [h, w, d] = [height * block, width * block, depth / (block * block)];
      return one(channelsLast ? [batch, h, w, d] : [batch, d, h, w], dtype);
    },
  };
}
