import { backend_util } from '@tensorflow/tfjs-core';
import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import type { Tensor } from './cases';

type Kind = 'float32' | 'int32' | 'bool';

/** An operation on random tensors, to be done on two backends. */
export interface Comparison {
  readonly inputs: readonly {
    shape: number[];
    dtype: Kind;
    values: Float32Array | Int32Array | Uint8Array;
  }[];
  readonly label?: string;
  readonly run: (tf: Tf, ...inputs: Tensor[]) => Tensor | Tensor[];
}

type Make = (random: Random) => Comparison;
type Input = Comparison['inputs'][number];

const between = (random: Random, from: number, to: number) => from + random.int(to - from + 1);
const oneOf = <T>(random: Random, choices: readonly T[]) => choices[random.int(choices.length)] as T;
const volume = (shape: readonly number[]) => shape.reduce((all, each) => all * each, 1);
const kinds: readonly Kind[] = ['float32', 'int32', 'bool'];

/** Sizes that are no multiples of what a vector holds, now and then long ones. */
const size = (random: Random) => (random.int(6) === 0 ? between(random, 15, 70) : between(random, 1, 7));
function shapeOf(random: Random, from: number, to: number): number[] {
  const shape = Array.from({ length: between(random, from, to) }, () => size(random));
  // What is far too large has its longest axes cut.
  while (volume(shape) > 20_000) shape[shape.indexOf(Math.max(...shape))] = 2;
  return shape;
}

const edges = [NaN, Infinity, -Infinity, 0, -0, 0.5, -0.5, 1.5, 2.5, -1.5, 1e-3, -1e-3, 88, -88, 1e10, 1e-40];

function input(random: Random, shape: number[], dtype: Kind = 'float32', isEdgy = false): Input {
  const any = (make: () => number) => Array.from({ length: volume(shape) }, make);
  if (dtype === 'bool') return { shape, dtype, values: Uint8Array.from(any(() => random.int(2))) };
  if (dtype === 'int32') return { shape, dtype, values: Int32Array.from(any(() => random.int(9) - 4)) };
  const one = () =>
    isEdgy && random.int(4) === 0
      ? oneOf(random, edges)
      : oneOf(random, [random.normal(), random.int(5) - 2]);
  return { shape, dtype, values: Float32Array.from(any(one)) };
}

/** A shape that broadcasts with `shape`. */
function thinner(random: Random, shape: readonly number[]): number[] {
  const from = random.int(3) === 0 ? random.int(shape.length + 1) : 0;
  return shape.map((each) => (random.int(3) === 0 ? 1 : each)).slice(from);
}

const someAxes = (random: Random, rank: number) =>
  Array.from({ length: rank }, (_, axis) => axis).filter(() => random.int(2) === 0);

const unary =
  (run: (tf: Tf, x: Tensor) => Tensor, dtype: Kind = 'float32'): Make =>
  (random) => ({ inputs: [input(random, shapeOf(random, 0, 4), dtype, true)], run });

const binary =
  (run: (tf: Tf, a: Tensor, b: Tensor) => Tensor, dtypes: readonly Kind[] = ['float32']): Make =>
  (random) => {
    const shape = shapeOf(random, 0, 4);
    const dtype = oneOf(random, dtypes);
    const shapes = [thinner(random, shape), random.int(2) === 0 ? shape : thinner(random, shape)];
    if (random.int(2) === 0) shapes.reverse();
    return { inputs: shapes.map((each) => input(random, each, dtype, true)), run };
  };

/** On the numbers along any axes. */
const reduction =
  (
    run: (tf: Tf, x: Tensor, axes: number[], keepDims: boolean) => Tensor,
    dtype: Kind = 'float32',
    isEdgy = false,
  ): Make =>
  (random) => {
    const shape = shapeOf(random, 1, 5);
    const axes = someAxes(random, shape.length);
    const keepDims = random.int(2) === 0;
    return {
      inputs: [input(random, shape, dtype, isEdgy)],
      label: JSON.stringify({ axes, keepDims }),
      run: (tf, x) => run(tf, x, axes, keepDims),
    };
  };

/** On a tensor of any kind, with an axis of it. */
const alongAxis =
  (
    make: (random: Random, shape: number[], axis: number) => { run: Comparison['run']; label?: string },
    dtypes: readonly Kind[] = kinds,
    ranks: readonly [number, number] = [1, 5],
    isEdgy = false,
  ): Make =>
  (random) => {
    const shape = shapeOf(random, ...ranks);
    const axis = random.int(shape.length);
    const dtype = oneOf(random, dtypes);
    const made = make(random, shape, axis);
    return {
      inputs: [input(random, shape, dtype, isEdgy)],
      label: `axis ${axis} ${made.label ?? ''}`,
      run: made.run,
    };
  };

function partsOf(random: Random, all: number): number[] {
  const first = random.int(all + 1);
  return [first, all - first];
}

function window(random: Random, sides: number) {
  const pad = oneOf(random, ['same', 'valid', 1] as const);
  const each = () => between(random, 1, 3);
  const [filter, strides] = [Array.from({ length: sides }, each), Array.from({ length: sides }, each)];
  // TensorFlow.js takes the first side of window and strides for all, where a number says the padding.
  if (pad === 1)
    return { filter: filter.map(() => 3), strides: strides.map(() => strides[0] as number), pad };
  return { filter, strides, pad };
}

const images = (random: Random, sides: number) => [
  ...[between(random, 1, 3), ...Array.from({ length: sides }, () => between(random, 4, 9))],
  oneOf(random, [1, 2, 3, 4, 5, 8, 11, 17]),
];

const pooling =
  (kind: 'maxPool' | 'avgPool' | 'maxPool3d' | 'avgPool3d', isEdgy: boolean): Make =>
  (random) => {
    const sides = kind.endsWith('3d') ? 3 : 2;
    const { filter, strides, pad } = window(random, sides);
    return {
      inputs: [input(random, images(random, sides), 'float32', isEdgy)],
      label: JSON.stringify({ filter, strides, pad }),
      run: (tf, x) =>
        (tf[kind] as Tf['maxPool'])(
          x as never,
          filter as never,
          strides as never,
          pad,
          pad === 1 ? 'floor' : undefined,
        ) as Tensor,
    };
  };

const depthwise: Make = (random) => {
  const { filter, strides, pad } = window(random, 2);
  const shape = images(random, 2);
  const dilations = random.int(3) === 0 ? 2 : 1;
  const isDilated = dilations === 2;
  const multiplier = oneOf(random, [1, 1, 2, 3, 4, 5]);
  return {
    inputs: [input(random, shape), input(random, [...filter, shape[3] ?? 1, multiplier])],
    label: JSON.stringify({ strides, pad, dilations }),
    run: (tf, x, weights) =>
      tf.depthwiseConv2d(
        ...([x as never, weights as never, (isDilated ? 1 : strides) as never] as const),
        ...([
          isDilated ? 'same' : pad,
          'NHWC',
          dilations,
          pad === 1 && !isDilated ? 'floor' : undefined,
        ] as const),
      ),
  };
};

/** With both gradients; sides that leave tiles of kernels incomplete, and padding wider than the window. */
const convolution: Make = (random) => {
  const [height, width] = [between(random, 5, 24), between(random, 5, 24)];
  const channels = oneOf(random, [1, 2, 3, 5, 6, 8, 17]);
  const filters = oneOf(random, [1, 3, 4, 7, 8, 11, 16]);
  const sides = [between(random, 1, 5), between(random, 1, 5)];
  const strides: [number, number] =
    random.int(2) === 0 ? [1, 1] : [between(random, 1, 3), between(random, 1, 3)];
  const margin = (): [number, number] => [between(random, 0, 6), between(random, 0, 3)];
  const pad = oneOf(random, ['same', 'valid', [[0, 0], margin(), margin(), [0, 0]]] as const);
  const x: [number, number, number, number] = [2, height, width, channels];
  const filter: [number, number, number, number] = [sides[0] ?? 1, sides[1] ?? 1, channels, filters];
  const { outShape } = backend_util.computeConv2DInfo(x, filter, strides, 1, pad as never);
  return {
    inputs: [x, filter, outShape].map((shape) => input(random, shape)),
    label: JSON.stringify({ strides, pad }),
    run: (tf, x, filter, dy) => {
      const convolve = (x: Tensor, filter: Tensor) =>
        tf.conv2d(...([x as never, filter as never, strides, pad as never] as const)) as Tensor;
      return [convolve(x, filter), ...tf.grads(convolve)([x, filter], tf.mul(dy, 0.1))];
    },
  };
};

/** Every kernel of our own that wasm has in the place of a stock one, against that of cpu. */
export const comparisons: Readonly<Record<string, Make>> = {
  slice: (random) => {
    const shape = shapeOf(random, 1, 6);
    const begin = shape.map((each) => random.int(each));
    const extent = shape.map((each, axis) => random.int(each - (begin[axis] ?? 0) + 1));
    return {
      inputs: [input(random, shape, oneOf(random, kinds))],
      label: JSON.stringify({ begin, extent }),
      run: (tf, x) => tf.slice(x, begin, extent),
    };
  },
  stridedSlice: (random) => {
    const shape = shapeOf(random, 1, 4);
    const strides = shape.map(() => oneOf(random, [1, 2, 3, -1, -2]));
    const ends = shape.map((each, axis) => {
      const pair = [random.int(each), between(random, 0, each)].sort((a, b) => a - b) as [number, number];
      return (strides[axis] ?? 1) < 0 ? ([pair[1], pair[0]] as const) : pair;
    });
    const [begin, end] = [ends.map(([from]) => from), ends.map(([, to]) => to)];
    const masks = [random.int(4), random.int(4), 0, random.int(2), 0] as const;
    return {
      inputs: [input(random, shape, oneOf(random, kinds))],
      label: JSON.stringify({ begin, end, strides, masks }),
      run: (tf, x) => tf.stridedSlice(x, begin, end, strides, ...masks),
    };
  },
  concat: (random) => {
    const shape = shapeOf(random, 1, 5);
    const axis = random.int(shape.length);
    const dtype = oneOf(random, kinds);
    const shapes = Array.from({ length: between(random, 1, 4) }, () =>
      shape.map((each, at) => (at === axis ? random.int(6) : each)),
    );
    return {
      inputs: shapes.map((each) => input(random, each, dtype)),
      label: `axis ${axis}`,
      run: (tf, ...all) => tf.concat(all, axis),
    };
  },
  stack: (random) => {
    const shape = shapeOf(random, 0, 4);
    const axis = random.int(shape.length + 1);
    const dtype = oneOf(random, kinds);
    return {
      inputs: Array.from({ length: between(random, 1, 4) }, () => input(random, shape, dtype)),
      label: `axis ${axis}`,
      run: (tf, ...all) => tf.stack(all, axis),
    };
  },
  unstack: alongAxis((_, __, axis) => ({ run: (tf, x) => tf.unstack(x, axis) }), kinds, [1, 4]),
  split: alongAxis((random, shape, axis) => {
    const parts = partsOf(random, shape[axis] ?? 1);
    return { label: parts.join(), run: (tf, x) => tf.split(x, parts, axis) };
  }),
  transpose: (random) => {
    const shape = shapeOf(random, 0, 6);
    const perm = [...random.shuffle(Int32Array.from(shape, (_, axis) => axis))];
    return {
      inputs: [input(random, shape, oneOf(random, kinds))],
      label: perm.join(),
      run: (tf, x) => tf.transpose(x, perm),
    };
  },
  'transpose of matrices': (random) => ({
    inputs: [input(random, [between(random, 1, 4), between(random, 1, 70), between(random, 1, 70)])],
    run: (tf, x) => tf.transpose(x, [0, 2, 1]),
  }),
  tile: (random) => {
    const shape = shapeOf(random, 1, 4);
    const reps = shape.map(() => between(random, 0, 3));
    return {
      inputs: [input(random, shape, oneOf(random, kinds))],
      label: reps.join(),
      run: (tf, x) => tf.tile(x, reps),
    };
  },
  'tile of many axes': (random) => {
    const shape = [2, 1, 3, 2, 2, 1];
    const reps = shape.map(() => between(random, 1, 2));
    return { inputs: [input(random, shape)], label: reps.join(), run: (tf, x) => tf.tile(x, reps) };
  },
  pad: (random) => {
    const shape = shapeOf(random, 1, 4);
    const paddings = shape.map(() => [random.int(4), random.int(4)] as [number, number]);
    const dtype = oneOf(random, ['float32', 'int32'] as const);
    return {
      inputs: [input(random, shape, dtype)],
      label: JSON.stringify(paddings),
      run: (tf, x) => tf.pad(x, paddings, 3),
    };
  },
  reverse: (random) => {
    const shape = shapeOf(random, 0, 4);
    const axes = someAxes(random, shape.length);
    return {
      inputs: [input(random, shape, oneOf(random, kinds))],
      label: axes.join(),
      run: (tf, x) => tf.reverse(x, axes),
    };
  },
  fill: (random) => {
    const [shape, dtype] = [shapeOf(random, 0, 3), oneOf(random, ['float32', 'int32'] as const)];
    return { inputs: [], run: (tf) => tf.fill(shape, dtype === 'int32' ? -3 : 0.1, dtype) };
  },
  'zeros and ones': (random) => ({
    inputs: [input(random, shapeOf(random, 0, 3), oneOf(random, kinds))],
    run: (tf, x) => [tf.zerosLike(x), tf.onesLike(x)],
  }),
  gather: (random) => {
    const shape = shapeOf(random, 1, 4);
    const batchDims = random.int(2) === 0 || shape.length < 2 ? 0 : 1;
    const axis = between(random, batchDims, shape.length - 1);
    const picked = [...shape.slice(0, batchDims), ...shapeOf(random, batchDims === 0 ? 0 : 1, 2)];
    const values = Int32Array.from({ length: volume(picked) }, () => random.int(shape[axis] ?? 1));
    return {
      inputs: [input(random, shape, oneOf(random, kinds)), { shape: picked, dtype: 'int32', values }],
      label: JSON.stringify({ axis, batchDims }),
      run: (tf, x, indices) => tf.gather(x, indices, axis, batchDims),
    };
  },
  scatter: (random) => {
    const shape = shapeOf(random, 1, 4);
    const depth = between(random, 1, shape.length);
    const count = between(random, 1, 20);
    const values = Int32Array.from({ length: count * depth }, (_, i) => random.int(shape[i % depth] ?? 1));
    return {
      inputs: [
        { shape: [count, depth], dtype: 'int32', values },
        input(random, [count, ...shape.slice(depth)], oneOf(random, ['float32', 'int32'] as const)),
      ],
      label: shape.join(),
      run: (tf, indices, updates) => tf.scatterND(indices, updates, shape),
    };
  },
  unsortedSegmentSum: (random) => {
    const rest = shapeOf(random, 0, 2);
    const count = between(random, 1, 30);
    const ids = Int32Array.from({ length: count }, () => random.int(6));
    return {
      inputs: [input(random, [count, ...rest]), { shape: [count], dtype: 'int32', values: ids }],
      run: (tf, x, segments) => tf.unsortedSegmentSum(x, segments as never, 6),
    };
  },
  oneHot: (random) => {
    const depth = between(random, 2, 9);
    const dtype = oneOf(random, kinds);
    return {
      inputs: [input(random, shapeOf(random, 1, 3), 'int32')],
      label: `depth ${depth} ${dtype}`,
      run: (tf, indices) =>
        dtype === 'bool' ? tf.oneHot(indices, depth, 1, 0, dtype) : tf.oneHot(indices, depth, 3, -2, dtype),
    };
  },
  where: (random) => {
    const shape = shapeOf(random, 0, 4);
    const dtype = oneOf(random, kinds);
    return {
      inputs: [input(random, shape, 'bool'), input(random, shape, dtype), input(random, shape, dtype)],
      run: (tf, condition, t, e) => tf.where(condition, t, e),
    };
  },
  cast: (random) => {
    const [from, to] = [oneOf(random, kinds), oneOf(random, kinds)];
    const given = input(random, shapeOf(random, 0, 3), from, true);
    return { inputs: [given], label: to, run: (tf, x) => tf.cast(x, to) };
  },
  'cast of what no int32 holds': (random) => ({
    inputs: [
      {
        shape: [9],
        dtype: 'float32',
        values: Float32Array.from([
          2147483648,
          -2147483904,
          4294967296,
          6e9,
          -5e9,
          1e18,
          1e30,
          NaN,
          -Infinity,
        ]),
      },
      input(random, [7]),
    ],
    run: (tf, x, y) => tf.cast(tf.concat([y, x, y]), 'int32'),
  }),
  sum: reduction((tf, x, axes, keep) => tf.sum(x, axes, keep)),
  mean: reduction((tf, x, axes, keep) => tf.mean(x, axes, keep)),
  max: reduction((tf, x, axes, keep) => tf.max(x, axes, keep), 'float32', true),
  min: reduction((tf, x, axes, keep) => tf.min(x, axes, keep), 'float32', true),
  prod: (random) => {
    const shape = [between(random, 1, 5), between(random, 1, 7), between(random, 1, 5)];
    const axes = someAxes(random, 3);
    return { inputs: [input(random, shape)], label: axes.join(), run: (tf, x) => tf.prod(x, axes) };
  },
  'sums of long columns': (random) => ({
    inputs: [input(random, [between(random, 60, 700), between(random, 1, 40)])],
    run: (tf, x) => [tf.sum(x, 0), tf.max(x, 0), tf.sum(x), tf.sum(x, 1)],
  }),
  all: reduction((tf, x, axes, keep) => tf.all(x, axes, keep), 'bool'),
  any: reduction((tf, x, axes, keep) => tf.any(x, axes, keep), 'bool'),
  argMax: alongAxis((_, __, axis) => ({ run: (tf, x) => tf.argMax(x, axis) }), ['float32'], [1, 4], true),
  argMin: alongAxis((_, __, axis) => ({ run: (tf, x) => tf.argMin(x, axis) }), ['float32'], [1, 4], true),
  cumsum: alongAxis(
    (random, _, axis) => {
      const [exclusive, reverse] = [random.int(2) === 0, random.int(2) === 0];
      return {
        label: JSON.stringify({ exclusive, reverse }),
        run: (tf, x) => tf.cumsum(x, axis, exclusive, reverse),
      };
    },
    ['float32', 'int32'],
    [1, 4],
  ),
  softmax: (random) => ({
    inputs: [input(random, shapeOf(random, 1, 3))],
    run: (tf, x) => tf.softmax(tf.mul(x, 20)),
  }),
  equal: binary((tf, a, b) => tf.equal(a, b), ['float32', 'int32']),
  notEqual: binary((tf, a, b) => tf.notEqual(a, b), ['float32', 'int32']),
  greater: binary((tf, a, b) => tf.greater(a, b), ['float32', 'int32']),
  greaterEqual: binary((tf, a, b) => tf.greaterEqual(a, b), ['float32', 'int32']),
  less: binary((tf, a, b) => tf.less(a, b), ['float32', 'int32']),
  lessEqual: binary((tf, a, b) => tf.lessEqual(a, b), ['float32', 'int32']),
  logicalAnd: binary((tf, a, b) => tf.logicalAnd(a, b), ['bool']),
  logicalOr: binary((tf, a, b) => tf.logicalOr(a, b), ['bool']),
  logicalXor: binary((tf, a, b) => tf.logicalXor(a, b), ['bool']),
  logicalNot: unary((tf, x) => tf.logicalNot(x), 'bool'),
  isNaN: unary((tf, x) => tf.isNaN(x)),
  pow: binary((tf, a, b) => tf.pow(a, b)),
  prelu: (random) => {
    const shape = shapeOf(random, 1, 4);
    const alpha = thinner(random, shape);
    return {
      inputs: [input(random, shape, 'float32', true), input(random, alpha)],
      run: (tf, x, slopes) => tf.prelu(x, slopes),
    };
  },
  'gradient of elu': (random) => {
    const shape = shapeOf(random, 0, 4);
    const inputs = [input(random, shape), input(random, shape)];
    return { inputs, run: (tf, dy, y) => tf.engine().runKernel('EluGrad', { dy, y }) };
  },
  clipByValue: unary((tf, x) => tf.clipByValue(x, -0.75, 1.25)),
  sign: unary((tf, x) => tf.sign(x)),
  floor: unary((tf, x) => tf.floor(x)),
  ceil: unary((tf, x) => tf.ceil(x)),
  round: unary((tf, x) => tf.round(x)),
  softplus: unary((tf, x) => tf.softplus(x)),
  selu: unary((tf, x) => tf.selu(x)),
  erf: unary((tf, x) => tf.erf(x)),
  maxPool: pooling('maxPool', true),
  avgPool: pooling('avgPool', false),
  maxPool3d: pooling('maxPool3d', false),
  avgPool3d: pooling('avgPool3d', false),
  'gradient of maxPool': gradientOf(pooling('maxPool', true)),
  'gradient of avgPool': gradientOf(pooling('avgPool', false)),
  'gradient of maxPool3d': gradientOf(pooling('maxPool3d', false)),
  'gradient of avgPool3d': gradientOf(pooling('avgPool3d', false)),
  conv2d: convolution,
  depthwiseConv2d: depthwise,
  batchNorm: (random) => {
    const shape = shapeOf(random, 2, 4);
    const columns = [shape.at(-1) ?? 1];
    const variance = input(random, columns);
    const positive = { ...variance, values: Float32Array.from(variance.values, (value) => value * value) };
    return {
      inputs: [input(random, shape), input(random, columns), positive, input(random, columns)],
      run: (tf, x, mean, spread, other) => [
        tf.batchNorm(x, mean, spread, other, other, 0.01),
        tf.batchNorm(x, mean, spread, undefined, undefined, 0.01),
      ],
    };
  },
};

/** Through relu, so that not all windows have the same gradient. */
function gradientOf(make: Make): Make {
  return (random) => {
    const made = make(random);
    return { ...made, run: (tf, x) => tf.grad((t: Tensor) => tf.sum(tf.relu(made.run(tf, t) as Tensor)))(x) };
  };
}

/** Operations on tensors without any numbers. */
export const empty: Readonly<Record<string, (tf: Tf) => Tensor | Tensor[]>> = {
  slice: (tf) => tf.slice(tf.zeros([3, 0, 2]), [1, 0, 0], [2, 0, 1]),
  concat: (tf) => tf.concat([tf.zeros([0, 3]), tf.ones([2, 3]), tf.zeros([0, 3])]),
  stack: (tf) => tf.stack([tf.zeros([0, 3]), tf.zeros([0, 3])], 1),
  split: (tf) => tf.split(tf.ones([3, 2]), [0, 3]),
  transpose: (tf) => tf.transpose(tf.zeros([3, 0, 2])),
  tile: (tf) => tf.tile(tf.zeros([2, 0]), [3, 2]),
  pad: (tf) =>
    tf.pad(
      tf.zeros([0, 2]),
      [
        [1, 1],
        [0, 1],
      ],
      2,
    ),
  reverse: (tf) => tf.reverse(tf.zeros([0, 2])),
  gather: (tf) => tf.gather(tf.ones([3, 2]), tf.tensor1d([], 'int32')),
  oneHot: (tf) => tf.oneHot(tf.tensor1d([], 'int32'), 3),
  where: (tf) => tf.where(tf.zeros([0, 2], 'bool'), tf.zeros([0, 2]), tf.ones([0, 2])),
  cast: (tf) => tf.cast(tf.zeros([0]), 'bool'),
  sum: (tf) => [tf.sum(tf.zeros([0, 3])), tf.sum(tf.zeros([0, 3]), 0), tf.sum(tf.zeros([0, 3]), 1)],
  prod: (tf) => tf.prod(tf.zeros([0, 3]), 0),
  cumsum: (tf) => tf.cumsum(tf.zeros([2, 0]), 1),
  softmax: (tf) => tf.softmax(tf.zeros([0, 3])),
  equal: (tf) => tf.equal(tf.zeros([0, 3]), tf.zeros([3])),
  logicalNot: (tf) => tf.logicalNot(tf.zeros([0], 'bool')),
  clipByValue: (tf) => tf.clipByValue(tf.zeros([0]), 0, 1),
};
