import type { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import { between, described, distinct, floats, oneOf, several } from './cases';
import type { Case, Family, Input, Tensor } from './cases';
import * as reference from './reference';

/** An operation of two inputs that are broadcast to one shape, and the range of its inputs. */
interface Pair {
  readonly run: (tf: Tf, a: Tensor, b: Tensor) => Tensor;
  readonly expected: (a: number, b: number) => number;
  readonly a?: readonly [number, number];
  readonly b?: readonly [number, number];
}

const remainder = (a: number, b: number) => a - b * Math.floor(a / b);

/** Of inputs that are far from where an operation jumps. */
const pairs: Readonly<Record<string, Pair>> = {
  add: { run: (tf, a, b) => tf.add(a, b), expected: (a, b) => a + b },
  sub: { run: (tf, a, b) => tf.sub(a, b), expected: (a, b) => a - b },
  mul: { run: (tf, a, b) => tf.mul(a, b), expected: (a, b) => a * b },
  div: { run: (tf, a, b) => tf.div(a, b), expected: (a, b) => a / b, b: [0.5, 2] },
  divNoNan: { run: (tf, a, b) => tf.divNoNan(a, b), expected: (a, b) => a / b, b: [0.5, 2] },
  floorDiv: {
    run: (tf, a, b) => tf.floorDiv(a, b),
    expected: (a, b) => Math.floor(a / b),
    a: [-5.03, 4.87],
    b: [0.53, 2.11],
  },
  mod: { run: (tf, a, b) => tf.mod(a, b), expected: remainder, a: [-5.03, 4.87], b: [0.53, 2.11] },
  pow: { run: (tf, a, b) => tf.pow(a, b), expected: (a, b) => a ** b, a: [0.3, 2], b: [-2, 3] },
  atan2: { run: (tf, a, b) => tf.atan2(a, b), expected: (a, b) => Math.atan2(a, b), b: [0.2, 1] },
  minimum: { run: (tf, a, b) => tf.minimum(a, b), expected: (a, b) => Math.min(a, b), b: [-0.9, 1.1] },
  maximum: { run: (tf, a, b) => tf.maximum(a, b), expected: (a, b) => Math.max(a, b), b: [-0.9, 1.1] },
  squaredDifference: {
    run: (tf, a, b) => tf.squaredDifference(a, b),
    expected: (a, b) => (a - b) ** 2,
  },
  where: {
    run: (tf, a, b) => tf.tidy(() => tf.where(tf.scalar(true), a, tf.add(b, a))),
    expected: (a, b) => a + 0 * b,
  },
  prelu: {
    run: (tf, a, b) => tf.tidy(() => tf.prelu(tf.add(a, tf.zerosLike(b)), b)),
    expected: (a, b) => (a < 0 ? a * b : a),
    a: [-0.9, 1.1],
  },
};

/** Two shapes that are broadcast to one: axes of one, or none, on either side. */
function broadcastShapes(random: Random): [number[], number[]] {
  const shape = several(random, between(random, 0, 4), 1, 4);
  const some = () =>
    shape.map((size) => (random.int(3) === 0 ? 1 : size)).slice(random.int(3) === 0 ? random.int(3) : 0);
  return [some(), some()];
}

function pairCase(random: Random, { run, expected, a = [-1, 1], b = [-1, 1] }: Pair): Case {
  const [aShape, bShape] = broadcastShapes(random);
  const inputs = [distinct(random, 'a', aShape, ...a), distinct(random, 'b', bShape, ...b)];
  return {
    label: described(inputs, {}),
    inputs,
    run: (tf, x, y) => run(tf, x, y),
    expected: (x, y) => reference.pairwise(expected, x, y),
  };
}

function runningSumCase(random: Random): Case {
  const inputs = [floats(random, 'x', several(random, between(random, 1, 4), 1, 4))];
  const axis = random.int(inputs[0]?.shape.length ?? 1);
  const [exclusive, reverse] = [random.int(2) === 0, random.int(2) === 0];
  return {
    label: described(inputs, { axis, exclusive, reverse }),
    inputs,
    run: (tf, x) => tf.cumsum(x, axis, exclusive, reverse),
    expected: (x) => reference.runningSum(x, axis, exclusive, reverse),
  };
}

/** One side has a single matrix, or none of some axes, where the other has many. */
function broadcastMatMulCase(random: Random): Case {
  const [m = 1, k = 1, n = 1] = several(random, 3, 1, 4);
  const [outer = 1, many = 1] = several(random, 2, 2, 3);
  const [ofA, ofB] = oneOf(random, [
    [[1], [many]],
    [[many], [1]],
    [[], [many]],
    [[many], []],
    [
      [outer, many],
      [outer, 1],
    ],
    [
      [1, many],
      [outer, 1],
    ],
  ] as const);
  const [transposeA, transposeB] = [random.int(2) === 0, random.int(2) === 0];
  const inputs = [
    floats(random, 'a', [...ofA, ...(transposeA ? [k, m] : [m, k])]),
    floats(random, 'b', [...ofB, ...(transposeB ? [n, k] : [k, n])]),
  ];
  const letters = (count: number) => 'xy'.slice(2 - count);
  // An axis of one is not that of the other side to an equation: it is left out there.
  const squeezed = (outer_: readonly number[], name: string) =>
    [...letters(outer_.length)].filter((_, axis) => outer_[axis] !== 1).join('') + name;
  const terms = [squeezed(ofA, transposeA ? 'km' : 'mk'), squeezed(ofB, transposeB ? 'nk' : 'kn')];
  const result = [...letters(Math.max(ofA.length, ofB.length)), 'm', 'n'].join('');
  return {
    label: described(inputs, { transposeA, transposeB }),
    inputs,
    run: (tf, a, b) => tf.matMul(a, b, transposeA, transposeB),
    expected: (a, b) =>
      reference.einsum(
        `${terms.join(',')}->${result}`,
        { ...a, shape: withoutOnes(a.shape) },
        { ...b, shape: withoutOnes(b.shape) },
      ),
  };
}

/** Of the axes in front of a matrix. */
const withoutOnes = (shape: readonly number[]) => [
  ...shape.slice(0, -2).filter((size) => size !== 1),
  ...shape.slice(-2),
];

const equations = [
  // Products of matrices, in batches, with axes in any order.
  ...['ij,jk->ik', 'ij,kj->ik', 'ji,jk->ik', 'ij,jk->ki', 'bij,bjk->bik', 'bij,bkj->bik', 'abc,cd->abd'],
  ...['bhid,bhjd->bhij', 'bihd,bjhd->bhij', 'bhij,bjhd->bihd', 'bhij,bhjd->bihd', 'abc,abd->acd'],
  ...['abcd,bcde->ae', 'ibj,jbk->bik', 'ab,cab->c', 'ij,j->i', 'i,ij->j', 'abc,dc->bad', 'xay,ybx->ab'],
  // Products of other kinds.
  ...['i,j->ij', 'ij,ij->', 'ij,ij->ij', 'ij,ij->ji', 'abc,d->abcd', 'bi,bi->b', 'i,i->i', 'ij,k->', 'i,j->'],
  // Axes that one operand alone has, and that are summed.
  ...['ij,k->i', 'abc,cd->ad', 'ijk,jl->l', 'i,jk->j', 'ij,jk->k'],
  // One operand.
  ...['ij->ji', 'ij->i', 'ij->j', 'ij->', 'abc->ca', 'abc->b', 'i->i', 'abcd->dbca'],
];

function einsumCase(random: Random): Case {
  const equation = oneOf(random, equations);
  const terms = (equation.split('->')[0] as string).split(',');
  const lengths = new Map([...'abcdehijklxy'].map((name) => [name, between(random, 1, 4)]));
  const inputs: Input[] = terms.map((term, i) =>
    floats(
      random,
      i === 0 ? 'a' : 'b',
      [...term].map((name) => lengths.get(name) as number),
    ),
  );
  return {
    label: described(inputs, { equation }),
    inputs,
    run: (tf, ...operands) => tf.einsum(equation, ...operands),
    expected: (...operands) => reference.einsum(equation, ...operands),
  };
}

/** Rows, or numbers, that are picked by indices of one or more axes, or put where these say. */
function indexCase(random: Random, scatters: boolean): Case {
  const shape = several(random, between(random, 1, 3), 2, 4);
  const depth = between(random, 1, shape.length);
  const count = between(random, 1, 5);
  const places = Array.from({ length: count }, () => shape.slice(0, depth).map((size) => random.int(size)));
  const indices: Input = { name: 'indices', shape: [count, depth], values: Int32Array.from(places.flat()) };
  const rest = shape.slice(depth);
  const row = rest.reduce((all, size) => all * size, 1);
  const starts = places.map(
    (place) => row * place.reduce((at, index, axis) => at * (shape[axis] ?? 1) + index, 0),
  );
  const x = floats(random, 'x', scatters ? [count, ...rest] : shape);
  return {
    label: described([x], { shape, places }),
    inputs: [x, indices],
    run: (tf, values, at) => (scatters ? tf.scatterND(at, values, shape) : tf.gatherND(values, at)),
    expected(values) {
      const made = reference.grid(scatters ? shape : [count, ...rest]);
      starts.forEach((start, k) => {
        for (let i = 0; i < row; i++) {
          const [to, from] = scatters ? [start + i, k * row + i] : [k * row + i, start + i];
          made.values[to] = (made.values[to] ?? 0) + (values.values[from] ?? 0);
        }
      });
      return made;
    },
  };
}

/** Every few of some axes, forwards or backwards. */
function stridedSliceCase(random: Random): Case {
  const shape = several(random, between(random, 1, 3), 2, 5);
  const axes = shape.map((size) => {
    const stride = oneOf(random, [1, 2, 3, -1, -2]);
    const begin = random.int(size);
    const count = between(
      random,
      1,
      Math.floor((stride > 0 ? size - 1 - begin : begin) / Math.abs(stride)) + 1,
    );
    return { begin, stride, count };
  });
  const inputs = [floats(random, 'x', shape)];
  const picked = axes.map(({ begin, stride, count }) =>
    Array.from({ length: count }, (_, i) => begin + i * stride),
  );
  return {
    label: described(inputs, { axes }),
    inputs,
    run: (tf, x) =>
      tf.stridedSlice(
        x,
        axes.map(({ begin }) => begin),
        // The end of what goes backwards to the front cannot be said: it is left out by a mask.
        axes.map(({ begin, stride, count }) => Math.max(0, begin + (count - 1) * stride + Math.sign(stride))),
        axes.map(({ stride }) => stride),
        0,
        axes.reduce((mask, { begin, stride, count }, axis) => {
          const last = begin + (count - 1) * stride;
          return stride < 0 && last + stride < 0 ? mask | (1 << axis) : mask;
        }, 0),
      ),
    expected: (x) =>
      picked.reduce((y, indices, axis) => reference.gather(y, indices, [indices.length], axis), x),
  };
}

export const arithmeticFamilies: readonly Family[] = [
  ...Object.entries(pairs).map(([name, pair]) => ({
    name: `${name} of shapes that are broadcast`,
    count: 40,
    make: (random: Random) => pairCase(random, pair),
  })),
  { name: 'matMul of batches that are broadcast', count: 30, make: broadcastMatMulCase },
  { name: 'cumsum along any axis', count: 40, make: runningSumCase },
  { name: 'einsum', count: 120, make: einsumCase },
  { name: 'gatherND', count: 40, make: (random) => indexCase(random, false) },
  { name: 'scatterND', count: 40, make: (random) => indexCase(random, true) },
  { name: 'stridedSlice', count: 60, make: stridedSliceCase },
];
