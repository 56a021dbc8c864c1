import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { eventsOf, finished, readRun, TestWorkspace, until } from './workspace';

const model = `
const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 8, activation: 'relu' }), tf.layers.dense({ units: 1 })] });
model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mae'] });
const xs = tf.randomNormal([64, 4]);
const ys = xs.sum(1, true);
`;

describe('a plain TensorFlow.js script', function () {
  this.timeout(60_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  async function run(name: string, text: string, backend = 'cpu') {
    work.write(name, text);
    const { code, stdout, stderr } = await work.run(['run', name, '--backend', backend]);
    assert.equal(code, 0, stdout + stderr);
    return work.lastRun();
  }

  it('with model.fit records its batches, epochs and validation, and its own callbacks still run', async () => {
    const run_ = await run(
      'fit.ts',
      `import * as tf from '@tensorflow/tfjs';
       ${model}
       const seen: number[] = [];
       await model.fit(xs, ys, { epochs: 3, batchSize: 16, validationSplit: 0.25, callbacks: { onEpochEnd: (epoch: number) => { seen.push(epoch); } } });
       console.log('own callback saw', seen.join(' '));`,
      'wasm',
    );
    assert.equal(eventsOf(run_, 'step').length, 9);
    assert.ok(eventsOf(run_, 'step').every((event) => event.metrics?.mae !== undefined && event.ms > 0));
    assert.equal(eventsOf(run_, 'eval').length, 3);
    assert.equal(readRun(run_).status, 'finished');
    assert.equal(readRun(run_).kind, 'script');
    assert.match(fs.readFileSync(path.join(run_, 'stdout.log'), 'utf8'), /own callback saw 0 1 2/);
  });

  it('with fitDataset, from CommonJS, inside a main() nobody awaits', async () => {
    const run_ = await run(
      'dataset.js',
      `const tf = require('@tensorflow/tfjs-node');
       async function main() {
         ${model}
         const data = tf.data.zip({ xs: tf.data.array(xs.arraySync()), ys: tf.data.array(ys.arraySync()) }).batch(32);
         await model.fitDataset(data, { epochs: 2 });
       }
       if (require.main === module) main();`,
    );
    assert.equal(eventsOf(run_, 'step').length, 4);
  });

  it('with trainOnBatch, and with a loop of its own over optimizer.minimize', async () => {
    const batches = await run(
      'batch.mjs',
      `import * as tf from '@tensorflow/tfjs-core'; import * as layers from '@tensorflow/tfjs-layers';
       ${model.replaceAll('tf.layers', 'layers.layers').replaceAll('tf.sequential', 'layers.sequential')}
       for (let i = 0; i < 7; i++) await model.trainOnBatch(xs, ys);`,
    );
    assert.equal(eventsOf(batches, 'step').length, 7);
    const loop = await run(
      'loop.mjs',
      `import * as tf from '@tensorflow/tfjs';
       const w = tf.variable(tf.scalar(5)); const optimizer = tf.train.sgd(0.1);
       for (let i = 0; i < 11; i++) optimizer.minimize(() => w.square());`,
    );
    const losses = eventsOf(loop, 'step').map((event) => event.loss);
    // w shrinks by 1 - 2 * 0.1 each step from 5, and the loss is its square.
    losses.forEach((loss, i) =>
      assert.ok(Math.abs(loss - (5 * 0.8 ** i) ** 2) < 1e-4, `step ${i + 1}: ${loss}`),
    );
    assert.equal(losses.length, 11);
  });

  it('gets one TensorFlow.js, whatever it imports, packages of others included', async () => {
    work.write(
      'node_modules/other-cjs/index.js',
      `exports.core = require('@tensorflow/tfjs-core'); exports.gpu = require('@tensorflow/tfjs-node-gpu');`,
    );
    work.write('node_modules/other-cjs/package.json', '{"name":"other-cjs","main":"index.js"}');
    work.write(
      'node_modules/other-esm/index.js',
      `export { Tensor } from '@tensorflow/tfjs'; export { array } from '@tensorflow/tfjs-data';`,
    );
    work.write(
      'node_modules/other-esm/package.json',
      '{"name":"other-esm","type":"module","main":"index.js"}',
    );
    const run_ = await run(
      'one.ts',
      `import * as tf from '@tensorflow/tfjs'; import { Tensor } from '@tensorflow/tfjs-core';
       import { LayersModel } from '@tensorflow/tfjs-layers'; import * as node from '@tensorflow/tfjs-node';
       import other from 'other-cjs'; import * as esm from 'other-esm';
       const classes = [tf.Tensor, Tensor, node.Tensor, other.core.Tensor, other.gpu.Tensor, esm.Tensor];
       console.log('distinct', new Set(classes).size, LayersModel === tf.LayersModel, esm.array === tf.data.array);
       console.log(import.meta.url.endsWith('/one.ts'), process.argv[1].endsWith('one.ts'));`,
    );
    const log = fs.readFileSync(path.join(run_, 'stdout.log'), 'utf8');
    assert.match(log, /distinct 1 true true/);
    assert.match(log, /true true\n/);
  });

  it('saves and loads models under file:// on any backend', async () => {
    const run_ = await run(
      'save.ts',
      `import * as tf from '@tensorflow/tfjs';
       ${model}
       await model.save('file://saved');
       const again = await tf.loadLayersModel('file://saved/model.json');
       const [a, b] = [model, again].map((m) => (m.predict(xs) as tf.Tensor).dataSync());
       console.log('same', a!.every((value, i) => value === b![i]));`,
    );
    assert.match(fs.readFileSync(path.join(run_, 'stdout.log'), 'utf8'), /same true/);
  });

  it('that fails leaves its error at its own line, and one that exits with a code is failed', async () => {
    const file = work.write(
      'boom.ts',
      `import * as tf from '@tensorflow/tfjs';\n\nthrow new Error('boom ' + tf.scalar(1).dataSync()[0]);\n`,
    );
    const { code } = await work.run(['run', 'boom.ts', '--backend', 'cpu']);
    assert.equal(code, 1);
    const error = readRun(work.lastRun()).attempts[0]?.error;
    assert.deepEqual([error?.file, error?.line, error?.message], [file, 3, 'boom 1']);
    work.write('exit.js', `process.exit(7);`);
    await work.run(['run', 'exit.js', '--backend', 'cpu']);
    assert.equal(readRun(work.lastRun()).status, 'failed');
  });

  it('stops when asked, keeping its weights', async () => {
    work.write(
      'long.ts',
      `import * as tf from '@tensorflow/tfjs';\n${model}\nfor (;;) await model.trainOnBatch(xs, ys);\n`,
    );
    const child = work.spawn(['run', 'long.ts', '--backend', 'wasm']);
    await until(() => work.runs().length > 0 && eventsOf(work.lastRun(), 'step').length > 20, 'twenty steps');
    child.kill('SIGINT');
    assert.equal((await finished(child)).code, 3);
    assert.equal(readRun(work.lastRun()).status, 'stopped');
    assert.equal(fs.readdirSync(path.join(work.lastRun(), 'checkpoints')).length, 1);
  });
});
