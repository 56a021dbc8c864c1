import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import type { Tensor } from './cases';

type DType = 'float32' | 'int32' | 'bool';
interface Input {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: number[];
}

/** One call of an op, to be run on two backends. */
export interface Call {
  readonly inputs: readonly Input[];
  readonly run: (tf: Tf, ...inputs: Tensor[]) => Tensor;
  /** Without: TensorFlow.js has no gradient of it, or it is zero. */
  readonly gradient: boolean;
}
export interface Comparison {
  readonly name: string;
  readonly make: (random: Random) => Call;
}

/** Whole numbers beyond 24 bits are rounded on WebGPU, which computes in float32 throughout. */
const whole = 1e6;

function input(
  random: Random,
  shape: readonly number[],
  dtype: DType = 'float32',
  low = -2,
  high = 2,
): Input {
  const size = shape.reduce((product, length) => product * length, 1);
  const number = { float32: (x: number) => x, int32: Math.round, bool: (x: number) => Number(x > 0) }[dtype];
  return { shape, dtype, values: Array.from({ length: size }, () => number(random.between(low, high))) };
}

const lengths = (random: Random, rank: number, most = 5) =>
  Array.from({ length: rank }, () => 1 + random.int(most));

type Make = (random: Random) => readonly Input[];
type Run = Call['run'];
const compare = (name: string, make: Make, run: Run, gradient = true): Comparison => ({
  name,
  make: (random) => ({ inputs: make(random), run, gradient }),
});

/** Ops that move numbers about, for each type of number. */
function movers(dtype: DType): Comparison[] {
  const most = dtype === 'int32' ? whole : 2;
  const moving = (name: string, rank: number, run: Run, odd = 0, gradient = true) =>
    compare(
      `${name} of ${dtype}`,
      (random) => [
        input(
          random,
          lengths(random, rank).map((length) => length + odd),
          dtype,
          -most,
          most,
        ),
      ],
      run,
      gradient && dtype === 'float32',
    );
  return [
    ...[2, 3, 4, 5, 6].map((rank) =>
      moving(`transpose, rank ${rank},`, rank, (tf, x) =>
        tf.transpose(
          x,
          x.shape.map((_, axis) => (axis + 2) % rank),
        ),
      ),
    ),
    moving('transpose of matrices', 2, (tf, x) => tf.transpose(x), 30),
    moving('transpose and cast to float32', 3, (tf, x) =>
      tf.transpose(tf.cast(tf.reverse(x, 0), 'float32'), [1, 0, 2]),
    ),
    moving('slice', 3, (tf, x) => tf.slice(x, [1, 0, 2]), 3),
    moving('stridedSlice', 3, (tf, x) => tf.stridedSlice(x, [0, 1, 0], [4, 4, 3], [2, 1, 2]), 3, false),
    moving('concat', 2, (tf, x) => tf.concat([x, tf.reverse(x, 0), x], 1)),
    moving('stack', 2, (tf, x) => tf.stack([x, tf.reverse(x, 1)], 1)),
    moving('unstack', 2, (tf, x) => tf.unstack(x, 1)[1] as Tensor, 2),
    moving('pad', 4, (tf, x) =>
      tf.pad(x, [
        [1, 2],
        [0, 0],
        [0, 3],
        [1, 0],
      ]),
    ),
    moving(
      'mirrorPad',
      2,
      (tf, x) =>
        tf.mirrorPad(
          x,
          [
            [1, 2],
            [0, 2],
          ] as never,
          'reflect',
        ),
      3,
    ),
    moving('tile', 2, (tf, x) => tf.tile(x, [2, 3])),
    moving('reverse', 3, (tf, x) => tf.reverse(x, [0, 2])),
    moving('broadcastTo', 2, (tf, x) =>
      tf.broadcastTo(tf.expandDims(x, 1), [x.shape[0] ?? 1, 3, x.shape[1] ?? 1]),
    ),
    moving('gather', 3, (tf, x) => tf.gather(x, tf.tensor1d([0, 1, 1, 0], 'int32'), 1), 1),
    moving('where', 2, (tf, x) => tf.where(tf.cast(tf.reverse(x, 0), 'bool'), x, tf.zerosLike(x))),
    moving('space to batch and back', 4, (tf, x) =>
      tf.batchToSpaceND(
        tf.spaceToBatchND(tf.tile(x, [1, 2, 2, 1]), [2, 2], [
          [0, 0],
          [0, 0],
        ] as never),
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ] as never,
      ),
    ),
  ];
}

/** Reductions over whole numbers and booleans, which training counts with. */
const counting: readonly Comparison[] = [
  ...(['sum', 'max', 'min', 'prod', 'mean', 'argMax', 'argMin'] as const).flatMap((op) =>
    [0, 1, 2].map((axis) =>
      compare(
        `${op} of int32 over axis ${axis}`,
        (random) => [input(random, lengths(random, 3), 'int32', -4, 4)],
        (tf, x) => tf[op](x, axis),
        false,
      ),
    ),
  ),
  ...(['any', 'all'] as const).map((op) =>
    compare(
      op,
      (random) => [input(random, lengths(random, 3), 'bool')],
      (tf, x) => tf[op](x, 1),
      false,
    ),
  ),
  ...(['equal', 'less', 'greaterEqual', 'add', 'mul', 'maximum', 'mod'] as const).map((op) =>
    compare(
      `${op} of int32`,
      (random) => {
        const [rows = 1, columns = 1] = lengths(random, 2);
        return [input(random, [rows, columns], 'int32', -9, 9), input(random, [columns], 'int32', 1, 9)];
      },
      (tf, a, b) => tf[op](a, b),
      false,
    ),
  ),
  compare(
    'oneHot',
    (random) => [input(random, [6], 'int32', 0, 4)],
    (tf, x) => tf.oneHot(x, 5),
    false,
  ),
  compare(
    'topk',
    (random) => [input(random, [3, 9 + random.int(300)])],
    (tf, x) => tf.topk(x, 4).values,
    false,
  ),
];

/** One number to one number; from, to: where it is smooth enough to have a gradient. */
const pointwise: readonly (readonly [string, number, number])[] = [
  ...['abs', 'atan', 'cos', 'elu', 'erf', 'exp', 'expm1', 'leakyRelu', 'logSigmoid', 'neg', 'relu', 'relu6'],
  ...[
    'selu',
    'sigmoid',
    'sin',
    'sinh',
    'cosh',
    'softplus',
    'square',
    'tanh',
    'asinh',
    'softmax',
    'logSoftmax',
  ],
].map((op) => [op, -3, 3] as const);
const positive: readonly (readonly [string, number, number])[] = [
  ...['log', 'log1p', 'reciprocal', 'rsqrt', 'sqrt', 'tan'].map((op) => [op, 0.1, 1] as const),
  ...['sigmoid', 'softplus', 'tanh', 'logSigmoid', 'elu', 'softmax', 'logSoftmax'].map(
    (op) => [op, -60, 60] as const,
  ),
  ['acosh', 1.1, 3],
  ...['acos', 'asin', 'atanh'].map((op) => [op, -0.9, 0.9] as const),
];

/** Whether TensorFlow.js has a gradient of it where shapes differ. */
const binary: readonly (readonly [string, boolean])[] = [
  ...['add', 'sub', 'mul', 'div', 'atan2', 'pow', 'prelu'].map((op) => [op, true] as const),
  ...['minimum', 'maximum', 'squaredDifference'].map((op) => [op, false] as const),
];

const named = (tf: Tf, op: string) =>
  (tf as unknown as Record<string, (...inputs: Tensor[]) => Tensor>)[op] as (...inputs: Tensor[]) => Tensor;

const arithmetic: readonly Comparison[] = [
  ...[...pointwise, ...positive].map(([op, low, high]) =>
    compare(
      `${op} from ${low} to ${high}`,
      (random) => [input(random, lengths(random, 3), 'float32', low, high)],
      (tf, x) => named(tf, op)(x),
    ),
  ),
  ...binary.flatMap(([op, broadcasts]) => [
    compare(
      `${op} of equal shapes`,
      (random) => {
        const shape = lengths(random, 1 + random.int(4));
        return [input(random, shape, 'float32', 0.2), input(random, shape, 'float32', 0.3)];
      },
      (tf, a, b) => named(tf, op)(a, b),
    ),
    compare(
      `${op}, broadcast`,
      (random) => {
        const shape = lengths(random, 2 + random.int(3));
        const other = shape.slice(random.int(shape.length)).map((length) => (random.int(3) ? length : 1));
        return [input(random, shape, 'float32', 0.2), input(random, other, 'float32', 0.3)];
      },
      (tf, a, b) => named(tf, op)(a, b),
      broadcasts,
    ),
  ]),
  ...(['sum', 'mean', 'max', 'min', 'prod', 'logSumExp'] as const).flatMap((op) =>
    [[0], [1], [0, 2], [0, 1, 2]].map((axes) =>
      compare(
        `${op} over axes ${axes.join()}`,
        (random) => [input(random, lengths(random, 3, 9))],
        (tf, x) => tf[op](x, axes),
      ),
    ),
  ),
  // The gradients of TensorFlow.js are of the last axis only.
  ...[false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) =>
      (['cumsum', 'cumprod'] as const).flatMap((op) =>
        [0, 1, 2].map((axis) =>
          compare(
            `${op} along axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
            (random) => [input(random, lengths(random, 3, 9))],
            (tf, x) => tf[op](x, axis, exclusive, reverse),
            op === 'cumsum' && axis === 2,
          ),
        ),
      ),
    ),
  ),
  compare(
    'batchNorm',
    (random) => {
      const channels = 1 + random.int(5);
      const each = () => input(random, [channels]);
      return [
        input(random, [...lengths(random, 3), channels]),
        each(),
        input(random, [channels], 'float32', 0.2),
        each(),
        each(),
      ];
    },
    (tf, x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  ),
  compare(
    'localResponseNormalization',
    (random) => [input(random, lengths(random, 4, 6))],
    (tf, x) => tf.localResponseNormalization(x as never, 2),
  ),
  ...(
    ['softmaxCrossEntropy', 'sigmoidCrossEntropy', 'huberLoss', 'hingeLoss', 'absoluteDifference'] as const
  ).map((loss) =>
    compare(
      loss,
      (random) => {
        const shape = lengths(random, 2, 9);
        return [input(random, shape, 'float32', 0, 1), input(random, shape)];
      },
      (tf, labels, outputs) => tf.losses[loss](labels, outputs),
    ),
  ),
];

export const comparisons: readonly Comparison[] = [
  ...(['float32', 'int32', 'bool'] as const).flatMap(movers),
  ...counting,
  ...arithmetic,
];

/** What an op gives, and the gradients of its real inputs. */
export async function outcome(tf: Tf, { inputs, run, gradient }: Call): Promise<ArrayLike<number>[]> {
  const tensors = inputs.map(({ values, shape, dtype }) => tf.tensor(values, [...shape], dtype));
  const results = tf.tidy(() => {
    const y = run(tf, ...tensors);
    const real = tensors.filter((tensor) => tensor.dtype === 'float32');
    if (!gradient || real.length === 0) return [y];
    const weights = Float32Array.from({ length: y.size }, (_, i) => Math.sin(i + 1));
    const gradients = tf.grads((...some: Tensor[]) =>
      run(tf, ...tensors.map((tensor) => some[real.indexOf(tensor)] ?? tensor)),
    );
    return [y, ...gradients(real, tf.tensor(weights, y.shape))];
  });
  const values = await Promise.all(results.map((result) => result.data()));
  tf.dispose([tensors, results]);
  return values;
}

/** Where two outcomes differ by more than float32 explains; undefined where they do not. */
export function difference(found: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]) {
  for (const [k, values] of expected.entries()) {
    const largest = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1);
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [found[k]?.[i] ?? NaN, values[i] as number];
      if (Object.is(a, b) || Math.abs(a - b) <= 2e-4 * largest) continue;
      return `${k === 0 ? 'result' : `gradient ${k}`} is ${a}, and ${b} on cpu, at ${i}`;
    }
  }
  return undefined;
}
