import type * as tfjs from '@tensorflow/tfjs';
import { Random } from '../../src/data/random';
import { median } from './median';

type Tf = typeof tfjs;

/** What is measured: `full` on a GPU, `small` where a GPU is only imitated, and to compare results. */
export interface Sizes {
  /** Sides of square matrices. */
  readonly matMul: readonly number[];
  /** Widths of the layers, inputs first. */
  readonly mlp: { readonly batch: number; readonly units: readonly number[] };
  /** Square images of one channel. */
  readonly cnn: {
    readonly batch: number;
    readonly side: number;
    readonly filters: readonly [number, number];
  };
  readonly lstm: {
    readonly batch: number;
    readonly steps: number;
    readonly features: number;
    readonly units: number;
  };
}
export const full: Sizes = {
  matMul: [512, 1024, 2048, 4096],
  mlp: { batch: 128, units: [784, 256, 128, 10] },
  cnn: { batch: 64, side: 28, filters: [8, 16] },
  lstm: { batch: 64, steps: 32, features: 64, units: 128 },
};
export const small: Sizes = {
  matMul: [64, 128, 256],
  mlp: { batch: 16, units: [64, 32, 16, 10] },
  cnn: { batch: 8, side: 12, filters: [4, 8] },
  lstm: { batch: 8, steps: 6, features: 8, units: 8 },
};

export const modelNames = ['mlp', 'cnn', 'lstm'] as const;
export type ModelName = (typeof modelNames)[number];

interface Training {
  readonly model: tfjs.LayersModel;
  readonly xs: tfjs.Tensor;
  readonly ys: tfjs.Tensor;
}

const classes = 10;

/** Operations of a second in which a product of two square matrices, already on the device, is done again and again. */
export async function matMulGflops(tf: Tf, side: number, seconds: number): Promise<number> {
  const [a, b] = ['a', 'b'].map((name) => random(tf, name, [side, side])) as [tfjs.Tensor, tfjs.Tensor];
  const multiply = async (times: number) => {
    let last = tf.scalar(0) as tfjs.Tensor;
    for (let i = 0; i < times; i++) {
      last.dispose();
      last = tf.matMul(a, b);
    }
    // Reading one number waits for all of them.
    const one = tf.slice(tf.reshape(last, [-1]), 0, 1);
    await one.data();
    tf.dispose([last, one]);
  };
  await multiply(2);
  let times = 1;
  for (;;) {
    const began = performance.now();
    await multiply(times);
    const took = (performance.now() - began) / 1000;
    if (took >= seconds) {
      tf.dispose([a, b]);
      return (2 * side ** 3 * times) / took / 1e9;
    }
    times = Math.ceil(times * Math.min(8, Math.max(1.5, (1.2 * seconds) / took)));
  }
}

/** Median time of a step whose loss is read, as training does, in milliseconds. */
export async function stepMilliseconds(
  tf: Tf,
  name: ModelName,
  sizes: Sizes,
  seconds: number,
): Promise<number> {
  const { model, xs, ys } = training(tf, name, sizes);
  for (let i = 0; i < 5; i++) await model.trainOnBatch(xs, ys);
  const times: number[] = [];
  const began = performance.now();
  while (times.length < 5 || performance.now() - began < seconds * 1000) {
    const start = performance.now();
    await model.trainOnBatch(xs, ys);
    times.push(performance.now() - start);
  }
  model.dispose();
  tf.dispose([xs, ys]);
  return median(times);
}

/** Numbers that every engine must agree on: a product of odd matrices, and losses of three steps of each model. */
export async function sampleResults(tf: Tf): Promise<Record<string, number[]>> {
  const product = tf.tidy(() => tf.matMul(random(tf, 'a', [65, 130]), random(tf, 'b', [130, 77])));
  const results: Record<string, number[]> = { matMul: [...((await product.data()) as Float32Array)] };
  product.dispose();
  for (const name of modelNames) {
    const { model, xs, ys } = training(tf, name, small);
    const losses: number[] = [];
    for (let i = 0; i < 3; i++) losses.push((await model.trainOnBatch(xs, ys)) as number);
    results[name] = losses;
    model.dispose();
    tf.dispose([xs, ys]);
  }
  return results;
}

function training(tf: Tf, name: ModelName, sizes: Sizes): Training {
  const { batch } = sizes[name];
  const model = models[name](tf, sizes);
  model.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy' });
  const weights = model.getWeights().map(({ shape }, i) => random(tf, `weight ${i}`, shape, 0.2));
  model.setWeights(weights);
  tf.dispose(weights);
  const [, ...shape] = model.inputs[0]?.shape as number[];
  const ys = tf.tidy(() =>
    tf.oneHot(
      tf.tensor1d(
        Array.from({ length: batch }, (_, i) => (i * 7) % classes),
        'int32',
      ),
      classes,
    ),
  );
  return { model, xs: random(tf, 'x', [batch, ...shape]), ys };
}

/** What benchmarks of engines train; the MLP and the small CNN are measured without a GPU, too (engineModels.ts). */
export const models: Record<ModelName, (tf: Tf, sizes: Sizes) => tfjs.LayersModel> = {
  mlp(tf, { mlp: { units } }) {
    const [inputs = 1, ...widths] = units;
    return tf.sequential({
      layers: widths.map((width, i) =>
        tf.layers.dense({
          units: width,
          activation: i === widths.length - 1 ? 'softmax' : 'relu',
          ...(i === 0 && { inputShape: [inputs] }),
        }),
      ),
    });
  },
  cnn: (tf, { cnn: { side, filters } }) =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [side, side, 1],
          filters: filters[0],
          kernelSize: 3,
          activation: 'relu',
        }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ filters: filters[1], kernelSize: 3, activation: 'relu' }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: classes, activation: 'softmax' }),
      ],
    }),
  lstm: (tf, { lstm: { steps, features, units } }) =>
    tf.sequential({
      layers: [
        tf.layers.lstm({ inputShape: [steps, features], units }),
        tf.layers.dense({ units: classes, activation: 'softmax' }),
      ],
    }),
};

function random(tf: Tf, name: string, shape: readonly (number | null)[], most = 1): tfjs.Tensor {
  const whole = shape.map((length) => length ?? 1);
  const source = Random.from(1, name);
  const size = whole.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => source.between(-most, most)),
    whole,
  );
}
