import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {
  eventsOf,
  finished,
  losses,
  readEvents,
  readRun,
  TestWorkspace,
  tinyExperiment,
  until,
} from './workspace';

describe('an experiment, run by the command line', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  it('trains to its end and records every step, evaluation and checkpoint', async () => {
    work.write('tiny.experiment.ts', tinyExperiment());
    const { code, stdout } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    assert.equal(code, 0, stdout);
    const run = work.lastRun();
    const record = readRun(run);
    assert.equal(record.status, 'finished');
    assert.equal(record.attempts[0]?.backend, 'wasm');
    assert.deepEqual(
      eventsOf(run, 'step').map((event) => event.step),
      Array.from({ length: 64 }, (_, i) => i + 1),
    );
    assert.deepEqual(
      eventsOf(run, 'eval').map((event) => [event.step, event.examples]),
      [
        [32, 256],
        [64, 256],
      ],
    );
    assert.equal(readEvents(run).at(-1)?.type, 'end');
    assert.match(stdout, /finished/);
    assert.match(stdout, /test acc/);
    // 16 x 784 + 16, 4 x 16 of batch normalisation, 10 x 16 + 10: counted by hand from the layers.
    assert.equal(record.plan?.parameters, 12560 + 64 + 170);
    const checkpoint = path.join(
      run,
      'checkpoints',
      fs.readdirSync(path.join(run, 'checkpoints')).sort().at(-1) ?? '',
    );
    assert.deepEqual(fs.readdirSync(checkpoint).sort(), [
      'model.json',
      'state.bin',
      'state.json',
      'weights.bin',
    ]);
    assert.ok(fs.readdirSync(run).some((name) => name.startsWith('events.out.tfevents.')));
  });

  it('gives bit-identical losses for the same seed, and others for another', async () => {
    work.write('tiny.experiment.ts', tinyExperiment());
    const all = [];
    for (const seed of ['3', '3', '4']) {
      const { code, stderr } = await work.run([
        'run',
        'tiny.experiment.ts',
        '--backend',
        'wasm',
        '--seed',
        seed,
      ]);
      assert.equal(code, 0, stderr);
      all.push(losses(work.lastRun()));
    }
    assert.deepEqual(all[0], all[1]);
    assert.notDeepEqual(all[0], all[2]);
  });

  it('prints its own events and one result as JSON lines with --json', async () => {
    work.write(
      'tiny.experiment.ts',
      tinyExperiment('stopWhen: ({ step }) => step === 5 && "five is enough",'),
    );
    const { code, stdout } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'cpu', '--json']);
    assert.equal(code, 0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; message?: string; status?: string });
    assert.equal(lines.filter((line) => line.type === 'step').length, 5);
    assert.equal(lines.find((line) => line.type === 'end')?.message, 'five is enough');
    assert.equal(lines.at(-1)?.status, 'finished');
  });

  it('takes parameters from outside and refuses unknown or ill-typed ones', async () => {
    work.write('tiny.experiment.ts', tinyExperiment('stopWhen: () => true,'));
    const good = await work.run([
      'run',
      'tiny.experiment.ts',
      '--set',
      'lr=3e-4',
      '--set',
      'flag=true',
      '--set',
      'label=7',
    ]);
    assert.equal(good.code, 0, good.stderr);
    assert.deepEqual(readRun(work.lastRun()).params, { lr: 3e-4, flag: true, label: '7' });
    const unknown = await work.run(['run', 'tiny.experiment.ts', '--set', 'rate=1']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stdout, /no parameter "rate".*lr, label, flag/s);
    const wrong = await work.run(['run', 'tiny.experiment.ts', '--set', 'lr=fast']);
    assert.match(wrong.stdout, /"lr" must be a number, not "fast"/);
  });

  it('stops a run whose loss is not finite, naming the step', async () => {
    work.write('tiny.experiment.ts', tinyExperiment('', '({ tf }) => tf.train.sgd(1e30)'));
    const { code, stdout } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'cpu']);
    assert.equal(code, 4);
    const last = eventsOf(work.lastRun(), 'step').at(-1);
    assert.ok(last && !Number.isFinite(last.loss));
    assert.match(stdout, new RegExp(`The loss became NaN at step ${last.step}`));
    assert.equal(readRun(work.lastRun()).status, 'failed');
  });

  it("lets a step of the user's own replace the built-in loss", async () => {
    work.write(
      'own.experiment.mjs',
      `import { defineExperiment, arrays } from 'compute-lens';
       const xs = Array.from({ length: 64 }, (_, i) => [i / 64]);
       export default defineExperiment({
         data: arrays({ xs, ys: xs.map(([x]) => [2 * x + 1]) }),
         model: ({ tf }) => tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] }),
         optimizer: ({ tf }) => tf.train.sgd(0.5),
         batchSize: 64, epochs: 400,
         step({ tf, batch, model }) {
           const error = model.apply(batch.xs, { training: true }).sub(batch.ys);
           return { loss: error.square().mean(), mae: error.abs().mean() };
         },
       });`,
    );
    const { code, stderr } = await work.run(['run', 'own.experiment.mjs', '--backend', 'cpu']);
    assert.equal(code, 0, stderr);
    const last = eventsOf(work.lastRun(), 'step').at(-1);
    // A line through noiseless points: least squares has loss 0.
    assert.ok(last && last.loss < 1e-6, String(last?.loss));
    assert.ok((last.metrics?.mae ?? 1) < 1e-2);
  });

  it('trains from a tf.data.Dataset', async () => {
    work.write(
      'stream.experiment.js',
      `import { defineExperiment } from 'compute-lens';
       import * as tf from '@tensorflow/tfjs';
       const rows = Array.from({ length: 40 }, (_, i) => ({ xs: [i / 40], ys: [i / 20] }));
       const dataset = tf.data.array(rows).shuffle(40).batch(8);
       export default defineExperiment({
         data: { train: dataset, test: tf.data.array(rows).batch(20) },
         model: () => tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] }),
         loss: 'meanSquaredError', epochs: 3,
       });`,
    );
    const { code, stderr, stdout } = await work.run(['run', 'stream.experiment.js', '--backend', 'cpu']);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(eventsOf(work.lastRun(), 'step').length, 15);
    assert.equal(eventsOf(work.lastRun(), 'eval').length, 3);
  });

  it('keeps a trainer out of a run that another one trains', async () => {
    work.write('tiny.experiment.ts', tinyExperiment('', "'sgd'").replace('epochs: 2', 'epochs: 2000'));
    const first = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    await until(
      () => work.runs().length > 0 && eventsOf(work.lastRun(), 'step').length > 3,
      'the first steps',
    );
    const id = path.basename(work.lastRun());
    const second = await work.run(['run', '--resume', id]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /still running/);
    const stop = await work.run(['stop', id]);
    assert.equal(stop.code, 0, stop.stderr);
    assert.equal(await new Promise((resolve) => first.once('close', resolve)), 3);
    assert.equal(readRun(work.lastRun()).status, 'stopped');
  });

  it('stops with a checkpoint at Ctrl-C, and at once at a second one', async () => {
    const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)';
    work.write(
      'tiny.experiment.ts',
      tinyExperiment(`stopWhen: () => { ${wait}; return false; }, epochs: 50,`),
    );
    const child = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    await until(() => work.runs().length > 0 && eventsOf(work.lastRun(), 'step').length > 10, 'step 10');
    child.kill('SIGINT');
    const { code, stdout } = await finished(child);
    assert.equal(code, 3);
    assert.match(stdout, /Ctrl-C again ends at once/);
    const { step } = readRun(work.lastRun()).result ?? {};
    assert.equal(eventsOf(work.lastRun(), 'checkpoint').at(-1)?.step, step);

    // A step that never ends hears no request to stop.
    work.write('stuck.experiment.ts', tinyExperiment('stopWhen: () => { for (;;); },'));
    const stuck = work.spawn(['run', 'stuck.experiment.ts', '--backend', 'wasm']);
    await until(
      () => work.runs().length > 1 && readRun(work.lastRun()).status === 'running',
      'the second run',
    );
    stuck.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    stuck.kill('SIGINT');
    assert.equal((await finished(stuck)).code, 1);
    assert.match((await work.run(['list'])).stdout, /crashed/);
  });

  it('trains a model of a fixed batch size on whole batches, and says which size it takes', async () => {
    const model = `model: ({ tf }) => tf.sequential({ layers: [
      tf.layers.reshape({ batchInputShape: [48, 784], targetShape: [28, 28] }),
      tf.layers.simpleRNN({ units: 8, stateful: true }),
      tf.layers.dense({ units: 10, activation: 'softmax' }) ] }),`;
    work.write('stateful.experiment.ts', tinyExperiment(`${model} epochs: 1, batchSize: 48,`));
    const { code, stdout } = await work.run(['run', 'stateful.experiment.ts', '--backend', 'cpu']);
    assert.equal(code, 0, stdout);
    // 1,024 training and 256 test glyphs are 21 and 5 whole batches of 48.
    assert.equal(eventsOf(work.lastRun(), 'step').length, 21);
    assert.equal(eventsOf(work.lastRun(), 'eval')[0]?.examples, 240);
    work.write('other.experiment.ts', tinyExperiment(model));
    const other = await work.run(['run', 'other.experiment.ts', '--backend', 'cpu']);
    assert.equal(other.code, 1);
    assert.match(other.stdout, /takes batches of 48 examples only.*batchSize is 32/);
  });

  it('evaluates the model that it ends with, however often it is told to evaluate before', async () => {
    work.write('tiny.experiment.ts', tinyExperiment('evaluateEvery: 30,'));
    await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    assert.deepEqual(
      eventsOf(work.lastRun(), 'eval').map((event) => event.step),
      [30, 60, 64],
    );
    work.write(
      'tiny.experiment.ts',
      tinyExperiment('evaluateEvery: 30, stopWhen: ({ step }) => step === 40,'),
    );
    await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    assert.deepEqual(
      eventsOf(work.lastRun(), 'eval').map((event) => event.step),
      [30, 40],
    );
  });
});
