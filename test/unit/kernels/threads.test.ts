import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Tf } from '../../../src/train/tfInstance';

const dist = path.resolve(__dirname, '../../../../dist');

/** Trains a model with convolutions and one with matrices only, on some threads; run in a process of its own. */
async function trained(tf: Tf, folder: string, threads: number, wait: boolean) {
  if (!process.env.COMPUTE_LENS_THREADS) tf.setThreadsCount(threads);
  tf.setWasmPaths(folder);
  await tf.setBackend('wasm');
  tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dispose();
  const deadline = Date.now() + 20_000;
  while (wait && tf.getThreadsCount() < threads && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const started = tf.getThreadsCount();
  const { layers } = tf;
  const random = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed);
  const initializer = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const image = tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [29, 27, 3], filters: 20, kernelSize: 5, ...initializer(1) }),
      layers.conv2d({ filters: 9, kernelSize: 3, padding: 'same', activation: 'relu', ...initializer(8) }),
      layers.conv2d({ filters: 24, kernelSize: 3, strides: 2, padding: 'same', ...initializer(2) }),
      layers.batchNormalization(),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax', ...initializer(3) }),
    ],
  });
  const vector = tf.sequential({
    layers: [
      layers.dense({ inputShape: [515], units: 253, activation: 'tanh', ...initializer(4) }),
      layers.dense({ units: 10, activation: 'softmax', ...initializer(5) }),
    ],
  });
  const labels = tf.oneHot(tf.range(0, 33, 1, 'int32').mod(tf.scalar(10, 'int32')), 10);
  const results: number[] = [];
  for (const [model, inputs] of [
    [image, random([33, 29, 27, 3], 6)],
    [vector, random([33, 515], 7)],
  ] as const) {
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
    for (let i = 0; i < 4; i++) results.push((await model.trainOnBatch(inputs, labels)) as number);
    for (const weight of model.getWeights()) results.push(...(await weight.sum().data()));
  }
  return { started, results };
}

type Trained = Awaited<ReturnType<typeof trained>>;

async function inProcess(threads: number, wait = true, env: NodeJS.ProcessEnv = {}): Promise<Trained> {
  const code =
    `(${trained.toString()})(require(${JSON.stringify(path.join(dist, 'tf.js'))}), ` +
    `${JSON.stringify(dist + path.sep)}, ${threads}, ${wait}).then((made) => console.log(JSON.stringify(made)), ` +
    `(error) => { console.error(error.message); process.exit(1); })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], {
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Trained;
}

describe('kernels on several threads', function () {
  this.timeout(120_000);

  it('give the same results to the bit, however many there are, and the process ends by itself', async () => {
    const one = await inProcess(1);
    assert.equal(one.started, 1);
    assert.ok(one.results.every(Number.isFinite));
    for (const threads of [2, 3]) assert.deepEqual(await inProcess(threads), { ...one, started: threads });
  });

  it('are as many as the environment says, which is refused where it says no number', async () => {
    const env = (threads: string) => ({ COMPUTE_LENS_THREADS: threads });
    assert.equal((await inProcess(2, true, env('2'))).started, 2);
    assert.equal((await inProcess(1, true, env('1'))).started, 1);
    for (const wrong of ['many', '0', '1.5'])
      await assert.rejects(inProcess(1, true, env(wrong)), new RegExp(`COMPUTE_LENS_THREADS: "${wrong}"`));
  });

  it('may start while training is under way already', async () => {
    const [one, late] = [await inProcess(1), await inProcess(2, false)];
    assert.deepEqual(late.results, one.results);
  });
});
