import type * as tfjs from '@tensorflow/tfjs';
import { rules } from '../../cost/kernel';
import type { Tf } from '../../train/tfInstance';
import { input, type KernelCall, type OutputSpec, type ShapeRules } from './rule';

const upTo = (...outputs: OutputSpec[]) => ({ outputs });

/**
 * Kernels whose outputs are as large as values decide, as cost/dataDependent.ts lists them. What is said here is what
 * they are at most, or where nothing bounds them, what they are when nothing repeats and nothing is missing.
 */
export function dataDependentRules(tf: Tf): ShapeRules {
  const suppressed = (call: KernelCall) =>
    Math.min(call.attrs.maxOutputSize as number, input(call, 'boxes').shape[0] ?? 0);
  return {
    Unique: (call) => {
      const { shape, dtype } = input(call, 'x');
      const axis = tf.util.parseAxisParam((call.attrs.axis as number | null) ?? 0, shape)[0] ?? 0;
      return upTo({ shape, dtype }, { shape: [shape[axis] ?? 0], dtype: 'int32' });
    },
    NonMaxSuppressionV3: (call) => upTo({ shape: [suppressed(call)], dtype: 'int32' }),
    NonMaxSuppressionV4: (call) => {
      const kept = call.attrs.padToMaxOutputSize ? (call.attrs.maxOutputSize as number) : suppressed(call);
      return upTo({ shape: [kept], dtype: 'int32' }, { shape: [], dtype: 'int32' });
    },
    NonMaxSuppressionV5: (call) => {
      const shape = [suppressed(call)];
      return upTo({ shape, dtype: 'int32' }, { shape, dtype: 'float32' });
    },
    ...sparseRules(),
    ...textRules(),
    ...raggedRules(),
  };
}

function sparseRules(): ShapeRules {
  return {
    SparseFillEmptyRows: (call) => {
      const { shape } = input(call, 'indices');
      const { dtype } = input(call, 'values');
      const [count = 0] = shape;
      return upTo(
        { shape, dtype: 'int32' },
        { shape: [count], dtype },
        { shape: [count], dtype: 'bool' },
        { shape: [count], dtype: 'int32' },
      );
    },
    /** The rank is known, the sizes are values. */
    SparseReshape: (call) => {
      const [rank = 0] = input(call, 'newShape').shape;
      const indices = input(call, 'inputIndices');
      return {
        outputs: [
          { shape: [indices.shape[0] ?? 0, rank], dtype: indices.dtype },
          { shape: [rank], dtype: input(call, 'newShape').dtype },
        ],
      };
    },
    ...rules(['SparseSegmentMean', 'SparseSegmentSum'], (call) => {
      const { shape, dtype } = input(call, 'data');
      return upTo({ shape: [input(call, 'indices').shape[0] ?? 0, ...shape.slice(1)], dtype });
    }),
  };
}

function textRules(): ShapeRules {
  return {
    StringSplit: (call) => {
      const [count = 0] = input(call, 'input').shape;
      return upTo(
        { shape: [count, 2], dtype: 'int32' },
        { shape: [count], dtype: 'string' },
        { shape: [2], dtype: 'int32' },
      );
    },
    StringNGrams: (call) =>
      upTo(
        { shape: input(call, 'data').shape, dtype: 'string' },
        { shape: input(call, 'dataSplits').shape, dtype: 'int32' },
      ),
  };
}

function raggedRules(): ShapeRules {
  return {
    RaggedGather: (call) => {
      const values = input(call, 'paramsDenseValues');
      const splits: tfjs.TensorInfo[] = Object.entries(call.inputs)
        .filter(([name]) => name.startsWith('paramsNestedSplits'))
        .map(([, tensor]) => tensor);
      return upTo(...splits.map(({ shape, dtype }) => ({ shape, dtype })), {
        shape: values.shape,
        dtype: values.dtype,
      });
    },
    RaggedRange: (call) => {
      const { shape, dtype } = input(call, 'starts');
      const [count = 1] = shape;
      return upTo({ shape: [count + 1], dtype: 'int32' }, { shape: [count], dtype });
    },
    RaggedTensorToTensor: (call) =>
      upTo({ shape: input(call, 'values').shape, dtype: input(call, 'values').dtype }),
    /** The shape that two shapes broadcast to: as long as the longer one. */
    BroadcastArgs: (call) => {
      const rank = Math.max(input(call, 's0').shape[0] ?? 0, input(call, 's1').shape[0] ?? 0);
      return { outputs: [{ shape: [rank], dtype: 'int32' }] };
    },
  };
}
