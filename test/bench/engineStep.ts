// One engine in a process of its own: `engineStep.js ENGINE MODEL THREADS [MODULES]`. Prints an EngineStep as JSON.
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { noteLibrary } from '../../src/train/libraryModel';
import { planModels } from '../../src/train/plannedModel';
import { shimRemovedUtilities } from '../../src/train/tensorflowNode';
import type { Tf as OwnTf } from '../../src/train/tfInstance';
import { engineModels, type EngineModel } from './engineModels';
import { median } from './median';

type Tf = typeof tfjs;

/** `own`: as a run trains. `stock`: TensorFlow.js's wasm backend. `native`: tfjs-node. `cpu`: plain JavaScript. */
export type Engine = 'own' | 'stock' | 'native' | 'cpu';

export interface EngineStep {
  /** Of a whole step as `fit` does it; median over fits. */
  readonly milliseconds: number;
  /** Of the wasm backend's memory when all is done; it never shrinks. */
  readonly wasmBytes?: number;
  readonly finalLoss: number;
}

const dist = path.resolve(__dirname, '../../../dist');
const seconds = 1.5;

async function main([engine, model, threads, modules]: string[]): Promise<void> {
  const tf = await load(engine as Engine, Number(threads), modules);
  const { batch, inputShape, make } = engineModels[model as EngineModel];
  const slow = engine === 'cpu';
  const batches = slow ? 1 : 20;
  const trained = make(tf);
  trained.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const examples = batch * batches;
  const xs = tf.randomUniform([examples, ...inputShape], 0, 1, 'float32', 1);
  const ys = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: examples }, (_, i) => (i * 7) % 10),
      'int32',
    ),
    10,
  );
  const fit = () => trained.fit(xs, ys, { batchSize: batch, epochs: 1, verbose: 0, yieldEvery: 'never' });
  await fit();
  const times: number[] = [];
  const began = performance.now();
  let loss: unknown;
  while (times.length < (slow ? 1 : 3) || performance.now() - began < seconds * 1000) {
    const start = performance.now();
    const history = await fit();
    times.push((performance.now() - start) / batches);
    loss = history.history.loss?.at(-1);
  }
  const { wasm } = tf.backend() as unknown as { wasm?: { HEAPU8: Uint8Array } };
  const step: EngineStep = {
    milliseconds: median(times),
    finalLoss: Number(loss),
    ...(wasm && { wasmBytes: wasm.HEAPU8.buffer.byteLength }),
  };
  process.stdout.write(`\n${JSON.stringify(step)}\n`, () => process.exit());
}

async function load(engine: Engine, threads: number, modules: string | undefined): Promise<Tf> {
  if (engine === 'native') return loadNative(modules);
  if (engine === 'stock') return loadStock();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as OwnTf;
  tf.setThreadsCount(threads);
  tf.setWasmPaths(dist + path.sep);
  await tf.setBackend(engine === 'cpu' ? 'cpu' : 'wasm');
  noteLibrary(tf);
  planModels(tf);
  if (engine === 'own') await tf.threadsStarted(tf.backend());
  return tf as unknown as Tf;
}

function loadNative(modules: string | undefined): Tf {
  if (!modules) throw new Error('tfjs-node is not here');
  shimRemovedUtilities();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path known only now
  return require(path.join(modules, '@tensorflow', 'tfjs-node')) as Tf;
}

async function loadStock(): Promise<Tf> {
  /* eslint-disable @typescript-eslint/no-require-imports -- one engine a process, and this one as published */
  const tf = require('@tensorflow/tfjs') as Tf;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void };
  const home = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  /* eslint-enable @typescript-eslint/no-require-imports */
  wasm.setWasmPaths(path.join(home, 'dist') + path.sep);
  await tf.setBackend('wasm');
  return tf;
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
