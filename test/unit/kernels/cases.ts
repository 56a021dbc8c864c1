import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import type { Activation, Grid, Padding, Windowing } from './reference';
import * as reference from './reference';

export type Tensor = ReturnType<Tf['tensor']>;

export interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** One configuration of an operation: `run` is a single op of TensorFlow.js, `expected` the same of the reference. */
export interface Case {
  readonly label: string;
  readonly inputs: readonly Input[];
  readonly run: (tf: Tf, ...inputs: Tensor[]) => Tensor;
  readonly expected: (...inputs: Grid[]) => Grid;
  /** Gradients are compared unless TensorFlow.js has none (then what its message says) or they would take too long. */
  readonly noGradient?: RegExp | 'too large';
}

export interface Family {
  readonly name: string;
  readonly count: number;
  readonly make: (random: Random) => Case;
}

type Windows = readonly number[];

/** Seven at least: else the longest dilated window is larger than the image. */
const sides = (random: Random, { dilations }: Windowing) =>
  dilations ? several(random, 2, 7, 8) : several(random, 2, 5, 7);

export function floats(random: Random, name: string, shape: readonly number[]): Input {
  const size = shape.reduce((all, each) => all * each, 1);
  return { name, shape, values: Float32Array.from({ length: size }, () => random.between(-1, 1)) };
}

/** No two the same or nearly so: else the gradient of a maximum depends on the order in which a kernel looks. */
export function distinct(
  random: Random,
  name: string,
  shape: readonly number[],
  from: number,
  to: number,
): Input {
  const size = shape.reduce((all, each) => all * each, 1);
  const order = random.shuffle(Int32Array.from({ length: size }, (_, i) => i));
  return { name, shape, values: Float32Array.from(order, (i) => from + ((to - from) * (i + 0.5)) / size) };
}

function integers(random: Random, name: string, shape: readonly number[], from: number, to: number): Input {
  const size = shape.reduce((all, each) => all * each, 1);
  return { name, shape, values: Int32Array.from({ length: size }, () => from + random.int(to - from)) };
}

export const between = (random: Random, from: number, to: number) => from + random.int(to - from + 1);
export const oneOf = <T>(random: Random, choices: readonly T[]) => choices[random.int(choices.length)] as T;
export const several = (random: Random, count: number, from: number, to: number) =>
  Array.from({ length: count }, () => between(random, from, to));

export function described(inputs: readonly Input[], attributes: Record<string, unknown>): string {
  const shapes = inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  const rest = Object.entries(attributes).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [...shapes, ...rest].join(', ');
}

/** Explicit paddings as conv2d takes them, of all four axes. */
const explicit = (pad: Padding) =>
  (typeof pad === 'object' ? [[0, 0], ...pad, [0, 0]] : pad) as 'same' | 'valid' | number;

/** A number for padding goes with 'floor' only: that is what makes a size of it that is no whole number of strides. */
const rounding = (pad: Padding) => (typeof pad === 'number' ? 'floor' : undefined);

/** TensorFlow.js takes the first side of window and strides for all, where a number says the padding. */
const square = (pad: Padding, sides: readonly number[]) =>
  typeof pad === 'number' ? sides.map(() => sides[0] as number) : [...sides];

/** A window, its strides and its padding, for images of at least five by five. */
function randomWindow(random: Random, paddings: readonly Padding[]) {
  const pad = oneOf(random, paddings);
  const windows = square(pad, several(random, 2, 1, 3));
  return { windows, windowing: { strides: square(pad, several(random, 2, 1, 3)), pad } };
}

const anyPadding: readonly Padding[] = [
  'same',
  'valid',
  1,
  2,
  [
    [1, 0],
    [0, 2],
  ],
];

function conv2dCase(random: Random, windows: Windows, windowing: Windowing): Case {
  const [inChannels, outChannels] = [between(random, 1, 3), between(random, 1, 3)];
  const inputs = [
    floats(random, 'x', [between(random, 1, 3), ...sides(random, windowing), inChannels]),
    floats(random, 'filter', [...windows, inChannels, outChannels]),
  ];
  return {
    label: described(inputs, { ...windowing }),
    inputs,
    run: (tf, x, filter) =>
      tf.conv2d(
        x as never,
        filter as never,
        windowing.strides as [number, number],
        explicit(windowing.pad),
        'NHWC',
        (windowing.dilations ?? [1, 1]) as [number, number],
        rounding(windowing.pad),
      ),
    expected: (x, filter) => reference.conv2d(x, filter, windowing),
  };
}

function depthwiseCase(random: Random, windows: Windows, windowing: Windowing): Case {
  const channels = between(random, 1, 3);
  const inputs = [
    floats(random, 'x', [between(random, 1, 3), ...sides(random, windowing), channels]),
    floats(random, 'filter', [...windows, channels, between(random, 1, 3)]),
  ];
  return {
    label: described(inputs, { ...windowing }),
    inputs,
    run: (tf, x, filter) =>
      tf.depthwiseConv2d(
        x as never,
        filter as never,
        windowing.strides as [number, number],
        explicit(windowing.pad),
        'NHWC',
        (windowing.dilations ?? [1, 1]) as [number, number],
        rounding(windowing.pad),
      ),
    expected: (x, filter) => reference.depthwiseConv2d(x, filter, windowing),
  };
}

function dilated(random: Random): Windowing {
  const dilations = [between(random, 1, 3), 2];
  return { strides: [1, 1], pad: oneOf(random, ['same', 'valid'] as const), dilations };
}

function conv3dCase(random: Random, given: Windowing): Case {
  const windows = several(random, 3, 1, given.dilations ? 2 : 3);
  const windowing = { ...given, strides: overlapping(given.pad, windows, given.strides) };
  const [inChannels, outChannels] = [between(random, 1, 2), between(random, 1, 3)];
  const inputs = [
    floats(random, 'x', [between(random, 1, 2), ...several(random, 3, 3, 4), inChannels]),
    floats(random, 'filter', [...windows, inChannels, outChannels]),
  ];
  return {
    label: described(inputs, { ...windowing }),
    inputs,
    run: (tf, x, filter) =>
      tf.conv3d(
        x as never,
        filter as never,
        windowing.strides as [number, number, number],
        windowing.pad as 'same' | 'valid',
        'NDHWC',
        (windowing.dilations ?? [1, 1, 1]) as [number, number, number],
      ),
    expected: (x, filter) => reference.conv3d(x, filter, windowing),
  };
}

function conv2dTransposeCase(random: Random): Case {
  const { windows, windowing } = randomWindow(random, ['same', 'valid']);
  const [inChannels, outChannels] = [between(random, 1, 3), between(random, 1, 3)];
  const outputShape = [between(random, 1, 2), ...several(random, 2, 5, 8), outChannels];
  const spatial = outputShape.slice(1, 3).map((length, i) => {
    const [stride, window] = [windowing.strides[i] as number, windows[i] as number];
    return windowing.pad === 'same' ? Math.ceil(length / stride) : Math.floor((length - window) / stride) + 1;
  });
  const inputs = [
    floats(random, 'x', [outputShape[0] as number, ...spatial, inChannels]),
    floats(random, 'filter', [...windows, outChannels, inChannels]),
  ];
  return {
    label: described(inputs, { outputShape, ...windowing }),
    inputs,
    run: (tf, x, filter) =>
      tf.conv2dTranspose(
        x as never,
        filter as never,
        outputShape as never,
        windowing.strides as [number, number],
        windowing.pad as 'same' | 'valid',
      ),
    expected: (x, filter) => reference.conv2dTranspose(x, filter, outputShape, windowing),
  };
}

function separableCase(random: Random): Case {
  const stride = between(random, 1, 2);
  const windowing: Windowing = { strides: [stride, stride], pad: oneOf(random, ['same', 'valid'] as const) };
  const [channels, multiplier] = [between(random, 1, 3), between(random, 1, 2)];
  const inputs = [
    floats(random, 'x', [between(random, 1, 2), ...several(random, 2, 5, 7), channels]),
    floats(random, 'depthwise', [...several(random, 2, 1, 3), channels, multiplier]),
    floats(random, 'pointwise', [1, 1, channels * multiplier, between(random, 1, 3)]),
  ];
  return {
    label: described(inputs, { ...windowing }),
    inputs,
    run: (tf, x, depthwise, pointwise) =>
      tf.separableConv2d(
        x as never,
        depthwise as never,
        pointwise as never,
        windowing.strides as [number, number],
        windowing.pad as 'same' | 'valid',
      ),
    expected: (x, depthwise, pointwise) => reference.separableConv2d(x, depthwise, pointwise, windowing),
  };
}

const activations: readonly Activation[] = [
  ...(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const),
];

/** What a fused op takes beside its operands; `inputs` are the bias and the slopes of prelu, where there are any. */
function fusedParts(random: Random, channels: number) {
  const activation = oneOf(random, activations);
  const biased = random.int(4) > 0;
  const sloped = activation === 'prelu';
  const inputs = [
    ...(biased ? [floats(random, 'bias', [channels])] : []),
    ...(sloped ? [floats(random, 'slopes', [channels])] : []),
  ];
  const parts = <T>(rest: readonly T[]) => ({
    bias: biased ? rest[0] : undefined,
    slopes: sloped ? rest[biased ? 1 : 0] : undefined,
  });
  return {
    activation,
    inputs,
    options(rest: readonly Tensor[]) {
      const { bias, slopes } = parts(rest);
      return {
        activation,
        ...(bias && { bias: bias as never }),
        ...(slopes && { preluActivationWeights: slopes }),
        ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.3 }),
      };
    },
    expected(y: Grid, rest: readonly Grid[]) {
      const { bias, slopes } = parts(rest);
      const leak = activation === 'leakyrelu' ? reference.grid([1], [0.3]) : slopes;
      return reference.biasAndActivation(y, bias, activation, leak);
    },
  };
}

function fusedConvCase(random: Random, depthwise: boolean): Case {
  const { windows, windowing } = randomWindow(random, ['same', 'valid', 1]);
  const plain = depthwise
    ? depthwiseCase(random, windows, windowing)
    : conv2dCase(random, windows, windowing);
  const [a = 1, b = 1] = (plain.inputs[1] as Input).shape.slice(-2);
  const fused = fusedParts(random, depthwise ? a * b : b);
  const inputs = [...plain.inputs, ...fused.inputs];
  return {
    label: described(inputs, { ...windowing, activation: fused.activation }),
    inputs,
    run: (tf, x, filter, ...rest) =>
      tf.fused[depthwise ? 'depthwiseConv2d' : 'conv2d']({
        x: x as never,
        filter: filter as never,
        strides: windowing.strides as [number, number],
        pad: windowing.pad as 'same' | 'valid' | number,
        ...(rounding(windowing.pad) && { dimRoundingMode: 'floor' as const }),
        ...fused.options(rest),
      }),
    expected: (x, filter, ...rest) => fused.expected(plain.expected(x, filter), rest),
  };
}

type TransposeForm = readonly [boolean, boolean];
const transposeForms: readonly TransposeForm[] = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
];

interface Sizes {
  readonly outer: readonly [number, number];
  readonly inner: readonly [number, number];
  readonly batches: readonly (readonly [number, number])[];
}

function matMulInputs(random: Random, { outer, inner, batches }: Sizes, transposes: TransposeForm) {
  const [m = 1, n = 1] = several(random, 2, ...outer);
  const k = between(random, ...inner);
  const [batchA, batchB] = oneOf(random, batches);
  return [
    floats(random, 'a', [batchA, ...(transposes[0] ? [k, m] : [m, k])]),
    floats(random, 'b', [batchB, ...(transposes[1] ? [n, k] : [k, n])]),
  ];
}

function matMulCase(random: Random, sizes: Sizes, forward = false): Case {
  const transposes = oneOf(random, transposeForms);
  const inputs = matMulInputs(random, sizes, transposes);
  return {
    label: described(inputs, { transposes }),
    inputs,
    run: (tf, a, b) => tf.matMul(a, b, transposes[0], transposes[1]),
    expected: (a, b) => reference.matMul(a, b, ...transposes),
    ...(forward && { noGradient: 'too large' }),
  };
}

function fusedMatMulCase(random: Random, sizes: Sizes, forward = false): Case {
  const transposes = oneOf(random, transposeForms);
  const operands = matMulInputs(random, sizes, transposes);
  const columns = (operands[1] as Input).shape[transposes[1] ? 1 : 2] as number;
  const fused = fusedParts(random, columns);
  const inputs = [...operands, ...fused.inputs];
  return {
    label: described(inputs, { transposes, activation: fused.activation }),
    inputs,
    run: (tf, a, b, ...rest) =>
      tf.fused.matMul({
        a: a,
        b: b,
        transposeA: transposes[0],
        transposeB: transposes[1],
        ...fused.options(rest),
      }),
    expected: (a, b, ...rest) => fused.expected(reference.matMul(a, b, ...transposes), rest),
    ...(forward && { noGradient: 'too large' }),
  };
}

/** With 'same', three axes and a stride beyond the window TensorFlow.js moves the first window inwards, unlike TensorFlow. */
function overlapping(pad: Padding, windows: readonly number[], strides: readonly number[]): number[] {
  return strides.map((stride, i) => (pad === 'same' ? Math.min(stride, windows[i] as number) : stride));
}

interface PoolOptions {
  readonly kind: 'max' | 'avg';
  readonly rank: 2 | 3;
  readonly paddings: readonly Padding[];
  readonly range?: readonly [number, number];
}

function poolCase(random: Random, { kind, rank, paddings, range = [-1, 1] }: PoolOptions): Case {
  const spatial = several(random, rank, rank === 2 ? 5 : 3, rank === 2 ? 7 : 5);
  const pad = oneOf(random, paddings);
  // A padding of the window's own length would leave windows without a real position.
  const windows = square(pad, several(random, rank, typeof pad === 'number' ? pad + 1 : 1, 3));
  const strides = square(pad, several(random, rank, 1, 3));
  const windowing = { strides: rank === 3 ? overlapping(pad, windows, strides) : strides, pad };
  const shape = [between(random, 1, 2), ...spatial, between(random, 1, 3)];
  const inputs = [distinct(random, 'x', shape, ...range)];
  return {
    label: described(inputs, { windows, ...windowing }),
    inputs,
    run: (tf, x) =>
      (tf[`${kind}Pool${rank === 2 ? '' : '3d'}`] as Tf['maxPool'])(
        x as never,
        windows as never,
        windowing.strides as never,
        pad as 'same' | 'valid' | number,
        rounding(pad),
      ),
    expected: (x) => reference.pool(kind, x, windows, windowing),
  };
}

function segmentSumCase(random: Random, lowestId: number): Case {
  const segments = between(random, 1, 6);
  const rows = between(random, 1, 9);
  const rest = several(random, between(random, 0, 2), 1, 4);
  const ids = integers(random, 'ids', [rows], lowestId, segments);
  const inputs = [floats(random, 'x', [rows, ...rest]), ids];
  return {
    label: described(inputs, { ids: [...ids.values], segments }),
    inputs,
    run: (tf, x, own) => tf.unsortedSegmentSum(x, own as never, segments),
    expected: (x) => reference.unsortedSegmentSum(x, ids.values, segments),
  };
}

function gatherCase(random: Random): Case {
  const shape = several(random, between(random, 1, 3), 2, 6);
  const axis = random.int(shape.length);
  const indexShape = several(random, between(random, 1, 2), 1, 5);
  const indices = integers(random, 'indices', indexShape, 0, shape[axis] as number);
  const inputs = [floats(random, 'x', shape), indices];
  return {
    label: described(inputs, { indices: [...indices.values], axis }),
    inputs,
    run: (tf, x, own) => tf.gather(x, own, axis),
    expected: (x) => reference.gather(x, indices.values, indexShape, axis),
  };
}

interface ResizeFamily {
  readonly kind: 'resizeNearestNeighbor' | 'resizeBilinear';
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

function resizeCase(random: Random, { kind, alignCorners, halfPixelCenters }: ResizeFamily): Case {
  const shape = [between(random, 2, 3), ...several(random, 2, 2, 5), between(random, 1, 3)];
  // Whole multiples and whole parts: elsewhere float32 and float64 may disagree on which pixel is the nearest.
  const size = shape
    .slice(1, 3)
    .map((length) =>
      alignCorners
        ? oneOf(random, [(length - 1) * 2 + 1, (length - 1) * 4 + 1, length])
        : oneOf(random, [length * 2, length * 4, length, ...(length % 2 === 0 ? [length / 2] : [])]),
    ) as [number, number];
  const inputs = [floats(random, 'x', shape)];
  const options = { alignCorners, halfPixelCenters };
  return {
    label: described(inputs, { size, ...options }),
    inputs,
    run: (tf, x) => tf.image[kind](x as never, size, alignCorners, halfPixelCenters),
    expected: (x) =>
      kind === 'resizeBilinear'
        ? reference.resizeBilinear(x, size, options)
        : reference.resizeNearest(x, size, options),
  };
}

const small: Sizes = {
  outer: [1, 6],
  inner: [1, 9],
  batches: [
    [1, 1],
    [1, 1],
    [2, 2],
    [3, 3],
  ],
};
/** Longer than a block of any kernel; the few rows keep differentiation in time. */
const deep: Sizes = { outer: [1, 5], inner: [47, 100], batches: [[1, 1]] };
const large: Sizes = {
  outer: [1, 70],
  inner: [1, 130],
  batches: [
    [1, 1],
    [2, 2],
    [1, 3],
    [3, 1],
  ],
};

export const families: readonly Family[] = [
  {
    name: 'conv2d',
    count: 30,
    make(random) {
      const { windows, windowing } = randomWindow(random, anyPadding);
      return conv2dCase(random, windows, windowing);
    },
  },
  {
    name: "conv2d 'same' with a kernel smaller than the stride",
    count: 20,
    make(random) {
      const side = between(random, 1, 2);
      const strides = several(random, 2, side + 1, 3);
      return conv2dCase(random, [side, between(random, 1, 3)], { strides, pad: 'same' });
    },
  },
  {
    name: 'dilated conv2d',
    count: 20,
    make: (random) => conv2dCase(random, several(random, 2, 1, 3), dilated(random)),
  },
  { name: 'fused conv2d', count: 30, make: (random) => fusedConvCase(random, false) },
  { name: 'conv2dTranspose', count: 30, make: conv2dTransposeCase },
  {
    name: 'depthwiseConv2d',
    count: 30,
    make(random) {
      const { windows, windowing } = randomWindow(random, ['same', 'valid', 1]);
      return depthwiseCase(random, windows, windowing);
    },
  },
  {
    name: 'dilated depthwiseConv2d',
    count: 20,
    make: (random) => depthwiseCase(random, several(random, 2, 1, 3), dilated(random)),
  },
  { name: 'fused depthwiseConv2d', count: 30, make: (random) => fusedConvCase(random, true) },
  { name: 'separableConv2d', count: 20, make: separableCase },
  {
    name: 'conv3d',
    count: 20,
    make(random) {
      const strides = several(random, 3, 1, 2);
      return conv3dCase(random, { strides, pad: oneOf(random, ['same', 'valid'] as const) });
    },
  },
  {
    name: 'dilated conv3d',
    count: 10,
    make(random) {
      const dilations = [1, between(random, 1, 2), 2];
      return conv3dCase(random, {
        strides: [1, 1, 1],
        pad: oneOf(random, ['same', 'valid'] as const),
        dilations,
      });
    },
  },
  { name: 'matMul', count: 40, make: (random) => matMulCase(random, small) },
  { name: 'matMul of long rows', count: 12, make: (random) => matMulCase(random, deep) },
  { name: 'matMul of large matrices, forward', count: 30, make: (random) => matMulCase(random, large, true) },
  { name: 'fused matMul', count: 40, make: (random) => fusedMatMulCase(random, small) },
  { name: 'fused matMul of long rows', count: 16, make: (random) => fusedMatMulCase(random, deep) },
  {
    name: 'fused matMul of large matrices, forward',
    count: 30,
    make: (random) =>
      fusedMatMulCase(
        random,
        {
          ...large,
          batches: [
            [1, 1],
            [2, 2],
          ],
        },
        true,
      ),
  },
  ...([2, 3] as const).flatMap((rank): Family[] => {
    const name = rank === 2 ? 'Pool' : 'Pool3d';
    const count = rank === 2 ? 30 : 12;
    const inside: readonly Padding[] = rank === 2 ? ['valid', 1] : ['valid'];
    const own = (options: Omit<PoolOptions, 'rank'>) => (random: Random) =>
      poolCase(random, { rank, ...options });
    return [
      { name: `max${name}`, count, make: own({ kind: 'max', paddings: ['same', ...inside] }) },
      {
        name: `max${name} of negative values only`,
        count,
        make: own({ kind: 'max', paddings: ['same', ...inside], range: [-2, -1] }),
      },
      { name: `avg${name} inside`, count, make: own({ kind: 'avg', paddings: ['valid'] }) },
      {
        name: `avg${name} over borders`,
        count,
        make: own({ kind: 'avg', paddings: ['same', ...inside.slice(1)] }),
      },
    ];
  }),
  { name: 'unsortedSegmentSum', count: 30, make: (random) => segmentSumCase(random, 0) },
  { name: 'gather', count: 30, make: gatherCase },
  ...(['resizeNearestNeighbor', 'resizeBilinear'] as const).flatMap((kind): Family[] =>
    [
      { name: kind, alignCorners: false, halfPixelCenters: false },
      { name: `${kind} with aligned corners`, alignCorners: true, halfPixelCenters: false },
      { name: `${kind} with half-pixel centers`, alignCorners: false, halfPixelCenters: true },
    ].map(({ name, ...options }) => ({
      name,
      count: 12,
      make: (random: Random) => resizeCase(random, { kind, ...options }),
    })),
  ),
  { name: 'unsortedSegmentSum that drops rows', count: 20, make: (random) => segmentSumCase(random, -1) },
];
