import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { countModels } from '../../src/train/countedModel';
import { RunFlops, signatureOf } from '../../src/train/flopCount';
import { noteLibrary } from '../../src/train/libraryModel';
import type { Tf } from '../../src/train/tfInstance';
import { median } from './median';

const dist = path.resolve(__dirname, '../../../dist');

export interface CountingResult {
  /** Median of all steps without counting. */
  readonly bareMilliseconds: number;
  readonly kernels: number;
  /** Median over rounds of (counted / bare), steps of both in turn; ascending beside it. */
  readonly once: Ratio;
  /** The same where every step is counted, as it is where a user's own code takes part. */
  readonly each: Ratio;
}

export interface Ratio {
  readonly ratio: number;
  readonly ratios: readonly number[];
}

interface Size {
  readonly batch: number;
  readonly units: readonly number[];
  readonly steps: number;
}

/** An MLP that computes, and one so small that its step is all overhead: Adam, on wasm. */
export const countedSizes = {
  usual: { batch: 128, units: [784, 256, 128, 10], steps: 40 },
  tiny: { batch: 8, units: [16, 16, 10], steps: 1000 },
} satisfies Record<string, Size>;

/** Steps without counting, counted once per signature, and counted each, in turn in one process. */
export async function benchCounting(size: Size, rounds: number): Promise<CountingResult> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as Tf;
  tf.setWasmPaths(dist + path.sep);
  await tf.setBackend('wasm');
  noteLibrary(tf);
  const flops = new RunFlops(tf);
  const { train, counted, data } = await trainFunctions(tf, size, flops);
  const arms = {
    bare: () => tf.dispose(train(data)),
    once: () => tf.dispose(counted(data)),
    each: () => tf.dispose(flops.step(signatureOf(data), () => train(data))),
  };
  const names = Object.keys(arms) as (keyof typeof arms)[];
  const measure = (steps: number) => {
    const times = { bare: [] as number[], once: [] as number[], each: [] as number[] };
    for (let i = 0; i < steps * names.length; i++) {
      // Every order of the three in turn, so that none always follows the same other.
      const turn = Math.floor(i / names.length);
      const name = names[(turn + (turn % 2 === 0 ? i : 2 * i)) % names.length] as keyof typeof arms;
      const began = performance.now();
      arms[name]();
      times[name].push(performance.now() - began);
    }
    return { bare: median(times.bare), once: median(times.once), each: median(times.each) };
  };
  measure(Math.ceil(size.steps / 4));
  const measured = Array.from({ length: rounds }, () => measure(size.steps));
  const ratioOf = (name: 'once' | 'each') => {
    const ratios = measured.map((times) => times[name] / times.bare).sort((a, b) => a - b);
    return { ratio: median(ratios), ratios };
  };
  const told = flops.report().news[0]?.work;
  return {
    bareMilliseconds: median(measured.map((times) => times.bare)),
    kernels: Object.values(told ?? {}).reduce((sum, { kernels }) => sum + kernels, 0),
    once: ratioOf('once'),
    each: ratioOf('each'),
  };
}

type Train = (data: readonly tfjs.Tensor[]) => tfjs.Scalar[];
interface Trained {
  makeTrainFunction(): Train;
}

/** The train function of one model twice: as TensorFlow.js has it, and as a run counts it. */
async function trainFunctions(tf: Tf, { batch, units }: Size, flops: RunFlops) {
  const [inputs = 1, ...others] = units;
  const classes = others.at(-1) ?? 1;
  const model = tf.sequential({
    layers: others.map((width, i) =>
      tf.layers.dense({
        units: width,
        activation: i === others.length - 1 ? 'softmax' : 'relu',
        ...(i === 0 && { inputShape: [inputs] }),
      }),
    ),
  });
  model.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const xs = tf.ones([batch, inputs]);
  const ys = tf.oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(classes, 'int32')).toInt(), classes);
  await model.trainOnBatch(xs, ys);
  const inner = (model as unknown as { model: Trained }).model;
  const prototype = tf.LayersModel.prototype as unknown as Trained;
  const before = Object.getOwnPropertyDescriptors(prototype);
  const train = inner.makeTrainFunction();
  countModels(tf, flops);
  const counted = inner.makeTrainFunction();
  Object.defineProperties(prototype, before);
  return { train, counted, data: [xs, ys] };
}
