// Training steps of sparse nets in a process of its own:
// `sparseStep.js SIZES BATCH SPARSITY THREADS [MODULES]`, or with `native` in the place of the sparsity. Prints JSON.
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { shimRemovedUtilities } from '../../src/train/tensorflowNode';
import type { Tf as OwnTf } from '../../src/train/tfInstance';

type Tf = typeof tfjs;
type Step = (data: readonly (tfjs.Tensor | null | undefined)[]) => tfjs.Tensor[];

/**
 * Milliseconds of a whole step with Adam: of rounds in which the sides take turns the fastest one's mean, since what else
 * the machine does slows the others down.
 */
export interface SparseStep {
  readonly dense?: number;
  readonly simulated?: number;
  readonly sparse?: number;
  readonly native?: number;
}

const dist = path.resolve(__dirname, '../../../dist');
const rounds = 12;
const steps = 8;

/** Of one thread the processor's time, in which others have no part; of several what passes. */
const clocks = {
  processor: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  wall: () => performance.now(),
};

interface Net {
  readonly step: Step;
  readonly weights: readonly { readonly w: tfjs.Variable; readonly mask: Uint8Array }[];
}

/** A net with `sparsity` in all layers but one of ten outputs, and one of its training steps. */
function net(tf: Tf, sizes: readonly number[], sparsity: number, maskGradients: boolean): Net {
  const layers = sizes.slice(1).map((outputs, i) => {
    const shape: [number, number] = [sizes[i] ?? 1, outputs];
    const density = outputs === 10 ? 1 : 1 - sparsity;
    return tf.tidy(() => {
      const mask = tf.cast(tf.less(tf.randomUniform(shape, 0, 1, 'float32', 7 + i), density), 'float32');
      const w = tf.variable(tf.mul(tf.randomNormal(shape, 0, 0.05, 'float32', 17 + i), mask));
      return { w, mask: tf.keep(mask), b: tf.variable(tf.zeros([outputs])) };
    });
  });
  const variables = layers.flatMap<tfjs.Variable>(({ w, b }) => [w, b]);
  const optimizer = tf.train.adam(1e-4);
  const step: Step = ([x, y]) => {
    const { value, grads } = optimizer.computeGradients(() => {
      let h = x as tfjs.Tensor;
      for (const [i, { w, b }] of layers.entries())
        h = tf.fused.matMul({ a: h, b: w, bias: b, activation: i + 1 < layers.length ? 'relu' : 'linear' });
      return tf.losses.softmaxCrossEntropy(y as tfjs.Tensor, h);
    }, variables);
    if (maskGradients)
      for (const { w, mask } of layers) {
        const whole = grads[w.name] as tfjs.Tensor;
        grads[w.name] = tf.mul(whole, mask);
        whole.dispose();
      }
    optimizer.applyGradients(grads as Parameters<typeof optimizer.applyGradients>[0]);
    tf.dispose(grads);
    return [value];
  };
  const weights = layers.map(({ w, mask }) => ({ w, mask: Uint8Array.from(mask.dataSync()) }));
  return { step, weights };
}

async function main([sizesGiven = '', batch, sparsity, threads, modules]: string[]): Promise<void> {
  const sizes = sizesGiven.split('-').map(Number);
  const found: SparseStep =
    sparsity === 'native'
      ? { native: await native(sizes, Number(batch), Number(threads), modules) }
      : await own(sizes, Number(batch), Number(sparsity), Number(threads));
  process.stdout.write(`\n${JSON.stringify(found)}\n`, () => process.exit());
}

async function own(sizes: number[], batch: number, sparsity: number, threads: number): Promise<SparseStep> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as OwnTf;
  tf.setThreadsCount(threads);
  tf.setWasmPaths(dist + path.sep);
  await tf.setBackend('wasm');
  await tf.threadsStarted(tf.backend());
  tf.setSparseProfile(tf.measureSparseProfile());
  const library = tf as unknown as Tf;
  const data = batchOf(library, sizes, batch);
  const sides = {
    dense: net(library, sizes, 0, false),
    simulated: net(library, sizes, sparsity, true),
    sparse: net(library, sizes, sparsity, false),
  };
  for (const { w, mask } of sides.sparse.weights) tf.setTopology(w, mask);
  // In its first step an optimizer makes its slots, and moves all weights: no plan outlives that.
  for (const { step } of Object.values(sides)) tf.dispose(step(data));
  const planners = Object.fromEntries(Object.keys(sides).map((side) => [side, new tf.StepPlanner(tf)]));
  const clock = threads === 1 ? clocks.processor : clocks.wall;
  const times: Record<string, number> = {};
  for (let round = -1; round < rounds; round++)
    for (const [side, { step }] of Object.entries(sides)) {
      const planner = planners[side] as InstanceType<typeof tf.StepPlanner>;
      const begin = clock();
      for (let i = 0; i < steps; i++) tf.dispose(planner.run(data, step));
      if (round >= 0) times[side] = Math.min(times[side] ?? Infinity, (clock() - begin) / steps);
      const refusal = planner.refusal(data);
      if (refusal !== undefined) throw new Error(`${side}: the step is not planned: ${refusal}`);
    }
  return times;
}

async function native(
  sizes: number[],
  batch: number,
  threads: number,
  modules: string | undefined,
): Promise<number> {
  if (!modules) throw new Error('tfjs-node is not here');
  shimRemovedUtilities();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path known only now
  const tf = require(path.join(modules, '@tensorflow', 'tfjs-node')) as Tf;
  await tf.ready();
  const data = batchOf(tf, sizes, batch);
  const { step } = net(tf, sizes, 0, false);
  const clock = threads === 1 ? clocks.processor : clocks.wall;
  let fastest = Infinity;
  for (let round = -1; round < rounds; round++) {
    const begin = clock();
    for (let i = 0; i < steps; i++) {
      const made = step(data);
      made[0]?.dataSync();
      tf.dispose(made);
    }
    if (round >= 0) fastest = Math.min(fastest, (clock() - begin) / steps);
  }
  return fastest;
}

function batchOf(tf: Tf, sizes: readonly number[], batch: number): tfjs.Tensor[] {
  const outputs = sizes.at(-1) ?? 1;
  const labels = Array.from({ length: batch }, (_, i) => (i * 7) % outputs);
  return [
    tf.randomUniform([batch, sizes[0] ?? 1], 0, 1, 'float32', 1),
    tf.oneHot(tf.tensor1d(labels, 'int32'), outputs),
  ];
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
