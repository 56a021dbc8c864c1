import type * as tfjs from '@tensorflow/tfjs';
import type { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import type { Case, Family, Input, Tensor } from './cases';
import { grid, type Grid } from './reference';

type Shape = readonly number[];
type Loss = (target: Tensor, output: Tensor) => Tensor;

const size = (shape: Shape) => shape.reduce((all, each) => all * each, 1);
const between = (random: Random, from: number, to: number) => from + random.int(to - from + 1);
const values = (random: Random, shape: Shape, low: number, high: number) =>
  Float32Array.from({ length: size(shape) }, () => random.between(low, high));

/** Mostly sizes that no vector divides; now and then more rows than a block has. */
function shapeOf(random: Random, rank: number): number[] {
  const shape = Array.from({ length: rank }, () => between(random, 1, rank < 4 ? 7 : 4));
  if (random.int(3) === 0) shape[0] = between(random, 30, 70);
  if (random.int(3) === 0) shape[rank - 1] = between(random, 8, 21);
  // The reference does all anew for each number that it moves.
  while (size(shape) > 500) shape[shape.indexOf(Math.max(...shape))] = 3;
  return shape;
}

/** (x - mean) / sqrt(variance + epsilon) scale + offset; numbers with the same `group` have the same mean. */
function normalized(
  x: Grid,
  groups: number,
  groupOf: (i: number) => number,
  epsilon: number,
  affine: (i: number) => [scale: number, offset: number],
): Grid {
  const members = Array.from({ length: groups }, () => [] as number[]);
  x.values.forEach((value, i) => members[groupOf(i)]?.push(value));
  const moments = members.map((each) => {
    const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
    return { mean, variance: each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / each.length };
  });
  const made = x.values.map((value, i) => {
    const { mean, variance } = moments[groupOf(i)] as { mean: number; variance: number };
    const [scale, offset] = affine(i);
    return ((value - mean) / Math.sqrt(variance + epsilon)) * scale + offset;
  });
  return { shape: x.shape, values: made };
}

/** A layer of TensorFlow.js in training, with parameters that are not its own. */
function applied(
  layer: tfjs.layers.Layer,
  x: Tensor,
  parameters: Record<string, Tensor | undefined>,
): Tensor {
  layer.build(x.shape);
  const { weights } = layer;
  for (const [name, value] of Object.entries(parameters))
    if (value) Object.assign(layer, { [name]: { read: () => value } });
  const y = layer.call(x, { training: true }) as Tensor;
  for (const weight of weights) weight.dispose();
  return y;
}

interface Normalizing {
  readonly shape: Shape;
  readonly axes: readonly number[];
  readonly parameterShape: Shape;
  readonly make: (tf: Tf, given: { epsilon: number; scale: boolean; center: boolean }) => tfjs.layers.Layer;
  /** Whether the numbers along `axes` have a mean together, or those across them. */
  readonly together: boolean;
}

function normalizing(random: Random, name: string, given: Normalizing): Case {
  const { shape, axes, parameterShape, make, together } = given;
  const [scale, center] = [random.int(4) > 0, random.int(4) > 0];
  const epsilon = [1e-3, 0.1][random.int(2)] as number;
  const inputs: Input[] = [{ name: 'x', shape, values: values(random, shape, -1, 3) }];
  for (const [part, isThere] of Object.entries({ scale, center }))
    if (isThere)
      inputs.push({ name: part, shape: parameterShape, values: values(random, parameterShape, -2, 2) });
  const [along, across] = [axes, shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))].map(
    (some) => (i: number) => {
      let place = 0;
      for (const axis of some) {
        const inner = size(shape.slice(axis + 1));
        place = place * (shape[axis] as number) + (Math.floor(i / inner) % (shape[axis] as number));
      }
      return place;
    },
  ) as [(i: number) => number, (i: number) => number];
  const groups = size(together ? shape.filter((_, axis) => !axes.includes(axis)) : parameterShape);
  return {
    label: `${name} of [${shape.join()}] ${JSON.stringify({ axes, scale, center, epsilon })}`,
    inputs,
    run: (tf, x, ...parameters) => {
      const next = [...parameters];
      const gamma = scale ? next.shift() : undefined;
      return applied(make(tf, { epsilon, scale, center }), x, { gamma, beta: next.shift() });
    },
    expected: (x, ...parameters) => {
      const next = [...parameters];
      const [gamma, beta] = [scale ? next.shift() : undefined, next.shift()];
      return normalized(x, groups, together ? across : along, epsilon, (i) => [
        gamma?.values[along(i)] ?? 1,
        beta?.values[along(i)] ?? 0,
      ]);
    },
  };
}

const batchNormalization: Family = {
  name: 'batch normalisation in training, along any axis, with and without scale and offset',
  count: 40,
  make: (random) => {
    const shape = shapeOf(random, between(random, 2, 4));
    const axis = random.int(3) > 0 ? shape.length - 1 : between(random, 1, shape.length - 1);
    return normalizing(random, 'batch normalisation', {
      shape,
      axes: [axis],
      parameterShape: [shape[axis] as number],
      make: (tf, given) => tf.layers.batchNormalization({ ...given, axis }),
      together: false,
    });
  },
};

const layerNormalization: Family = {
  name: 'layer normalisation along any axes, with and without scale and offset',
  count: 40,
  make: (random) => {
    const shape = shapeOf(random, between(random, 2, 4));
    const last = shape.map((_, axis) => axis).slice(-between(random, 1, shape.length - 1));
    const axes = random.int(3) > 0 ? last : [between(random, 1, shape.length - 1)];
    return normalizing(random, 'layer normalisation', {
      shape,
      axes,
      parameterShape: axes.map((axis) => shape[axis] as number),
      make: (tf, given) => tf.layers.layerNormalization({ ...given, axis: [...axes] }),
      together: true,
    });
  },
};

const compiled = new Map<string, Loss>();

/** A loss as a model has it that is compiled with its name; made once. */
export function lossNamed(tf: Tf, loss: string): Loss {
  const known = compiled.get(loss);
  if (known) return known;
  const input = tf.input({ shape: [2] });
  const model = tf.model({ inputs: input, outputs: input });
  model.compile({ loss, optimizer: 'sgd' });
  const [made] = (model as unknown as { lossFunctions: [Loss] }).lossFunctions;
  compiled.set(loss, made);
  return made;
}

function rowLoss(
  random: Random,
  loss: string,
  target: (columns: number, rows: Shape) => Target,
  expected: (row: number[], target: number[]) => number,
): Case {
  const rows = Array.from({ length: between(random, 1, 2) }, () => between(random, 1, 9));
  const columns = between(random, 2, random.int(3) === 0 ? 70 : 9);
  const shape = [...rows, columns];
  const x: Input = { name: 'x', shape, values: values(random, shape, 0.1, 0.9) };
  const t = target(columns, rows);
  const perRow = t.values.length / size(rows);
  return {
    label: `${loss} of [${shape.join()}] with ${t.dtype}`,
    inputs: [x],
    run: (tf, x) => {
      const made = tf.tensor(t.values, [...t.shape], t.dtype);
      const value = lossNamed(tf, loss)(made, x);
      made.dispose();
      return value;
    },
    expected: (x) =>
      grid(
        rows,
        Array.from({ length: size(rows) }, (_, row) =>
          expected(
            [...x.values.slice(row * columns, (row + 1) * columns)],
            t.values.slice(row * perRow, (row + 1) * perRow),
          ),
        ),
      ),
  };
}

/** Of logits: with targets whose sum is one the gradient of TensorFlow.js is the derivative. */
function softmaxLoss(random: Random): Case {
  const rows = Array.from({ length: between(random, 1, 2) }, () => between(random, 1, 9));
  const columns = between(random, 2, random.int(3) === 0 ? 70 : 9);
  const shape = [...rows, columns];
  const dtype = (['float32', 'int32'] as const)[random.int(2)] as 'float32' | 'int32';
  const classes = Array.from({ length: size(rows) }, () => random.int(columns));
  const spread = dtype === 'int32' ? 0 : 0.5;
  const targets = classes.flatMap((own) =>
    Array.from({ length: columns }, (_, c) => (c === own ? 1 - spread : 0) + spread / columns),
  );
  const isWeighted = random.int(2) === 0;
  return {
    label: `softmax cross-entropy of [${shape.join()}] with ${dtype}${isWeighted ? ', weighted' : ''}`,
    inputs: [{ name: 'x', shape, values: values(random, shape, -9, 9) }],
    run: (tf, x) =>
      tf.tidy(() => {
        const weights = isWeighted ? tf.fill(rows, 0.5) : undefined;
        const { losses, Reduction } = tf;
        return losses.softmaxCrossEntropy(tf.tensor(targets, shape, dtype), x, weights, 0, Reduction.NONE);
      }),
    expected: (x) =>
      grid(
        rows,
        classes.map((_, row) => {
          const [own, by] = [x.values, targets].map((all) => [
            ...all.slice(row * columns, (row + 1) * columns),
          ]) as [number[], number[]];
          const sum = Math.log(own.reduce((all, each) => all + Math.exp(each), 0));
          const loss = own.reduce((all, each, c) => all - (by[c] ?? 0) * (each - sum), 0);
          return isWeighted ? 0.5 * loss : loss;
        }),
      ),
  };
}

interface Target {
  readonly shape: Shape;
  readonly values: number[];
  readonly dtype: 'float32' | 'int32';
}

/** Numbers from 0 to 1, or yes and no in int32. */
const dense = (random: Random) => (columns: number, rows: Shape) => {
  const dtype = (['float32', 'int32'] as const)[random.int(2)] as 'float32' | 'int32';
  const one = () => (dtype === 'int32' ? random.int(2) : Math.fround(random.between(0, 1)));
  return { shape: [...rows, columns], values: Array.from({ length: size(rows) * columns }, one), dtype };
};

const cross = (row: number[], target: number[]) => {
  const all = row.reduce((sum, p) => sum + p, 0);
  return -row.reduce((sum, p, i) => sum + (target[i] ?? 0) * Math.log(p / all), 0);
};

const losses: Family[] = [
  { name: 'cross-entropy of logits', count: 20, make: softmaxLoss },
  {
    name: 'cross-entropy with a target for each probability',
    count: 20,
    make: (random) => rowLoss(random, 'categoricalCrossentropy', dense(random), cross),
  },
  {
    name: 'cross-entropy with a class for each row',
    count: 20,
    make: (random) =>
      rowLoss(
        random,
        'sparseCategoricalCrossentropy',
        (columns, rows) => ({
          shape: [...rows, ...(random.int(2) === 0 ? [1] : [])],
          // What follows the point is no part of a class's number.
          values: Array.from({ length: size(rows) }, () => random.int(columns) + 0.25 * random.int(2)),
          dtype: 'float32',
        }),
        (row, [place]) =>
          cross(
            row,
            row.map((_, i) => Number(i === Math.floor(place as number))),
          ),
      ),
  },
  {
    name: 'cross-entropy of yes and no',
    count: 20,
    make: (random) =>
      rowLoss(random, 'binaryCrossentropy', dense(random), (row, target) => {
        const each = (p: number, t: number) => -t * Math.log(p) - (1 - t) * Math.log(1 - p);
        return row.reduce((sum, p, i) => sum + each(p, target[i] ?? 0), 0) / row.length;
      }),
  },
];

const softmax: Family = {
  name: 'softmax',
  count: 20,
  make: (random) => {
    const shape = shapeOf(random, between(random, 1, 3));
    const columns = shape.at(-1) as number;
    return {
      label: `softmax of [${shape.join()}]`,
      inputs: [{ name: 'logits', shape, values: values(random, shape, -3, 3) }],
      run: (tf, x) => tf.softmax(x),
      expected: (x) => {
        const powers = x.values.map(Math.exp);
        const sums = new Float64Array(powers.length / columns);
        powers.forEach((power, i) => (sums[Math.floor(i / columns)]! += power));
        return { shape, values: powers.map((power, i) => power / (sums[Math.floor(i / columns)] as number)) };
      },
    };
  },
};

/** Ops that are one kernel each way on the wasm backend, and composed of many on others. */
export const fusedFamilies: readonly Family[] = [batchNormalization, layerNormalization, ...losses, softmax];
