// Training steps of a net at several sparsities beside dense ones, in a process of its own:
// `sparseNetSteps.js NET BATCH THREADS SPARSITY...`. Prints JSON.
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import type { Tf as OwnTf } from '../../src/train/tfInstance';
import { batchOf, buildNet, type SparseNet } from './sparseNets';

/** Milliseconds of the fastest step. */
export interface NetSteps {
  readonly dense: number;
  /** Of a second net that is the same: what tells noise. */
  readonly again: number;
  /** In the order of the sparsities. */
  readonly sparse: readonly number[];
}

const dist = path.resolve(__dirname, '../../../dist');
const [fewestRounds, mostRounds] = [6, 40];
/** Of all sides together. */
const milliseconds = 2500;
/** What each side does at a time. */
const turnMilliseconds = 8;

async function main([name = '', batch, threads, ...sparsities]: string[]): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as OwnTf;
  tf.setThreadsCount(Number(threads));
  tf.setWasmPaths(dist + path.sep);
  await tf.setBackend('wasm');
  await tf.threadsStarted(tf.backend());
  tf.setSparseProfile(tf.measureSparseProfile());
  const library = tf as unknown as typeof tfjs;
  const net = name as SparseNet;
  const data = batchOf(library, net, Number(batch));
  const nets = [0, 0, ...sparsities.map(Number)].map((sparsity) => buildNet(library, net, sparsity));
  for (const { weights } of nets.slice(2)) for (const { w, mask } of weights) tf.setTopology(w, mask);
  // In its first step an optimizer makes its slots, and moves all weights: no plan outlives that.
  for (const { step } of nets) tf.dispose(step(data));
  const sides = nets.map(({ step }) => {
    const planner = new tf.StepPlanner(tf);
    const once = () => {
      const begin = performance.now();
      tf.dispose(planner.run(data, step));
      return performance.now() - begin;
    };
    const first = Math.min(once(), once(), once(), once());
    return { planner, once, repetitions: Math.max(1, Math.round(turnMilliseconds / first)), best: Infinity };
  });
  const deadline = performance.now() + milliseconds;
  for (let round = 0; round < mostRounds; round++) {
    if (round >= fewestRounds && performance.now() > deadline) break;
    for (let i = 0; i < sides.length; i++) {
      const side = sides[(i + round) % sides.length];
      for (let k = 0; side && k < side.repetitions; k++) side.best = Math.min(side.best, side.once());
    }
  }
  for (const { planner } of sides) {
    const refusal = planner.refusal(data);
    if (refusal !== undefined) throw new Error(`${name}: the step is not planned: ${refusal}`);
  }
  const [dense = NaN, again = NaN, ...sparse] = sides.map(({ best }) => best);
  process.stdout.write(`\n${JSON.stringify({ dense, again, sparse })}\n`, () => process.exit());
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
