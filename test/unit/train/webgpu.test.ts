import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { listCheckpoints } from '../../../src/runs/checkpoints';
import { softwareGpu } from '../../harness/softwareGpu';
import { eventsOf, losses, readRun, TestWorkspace } from './workspace';

const repository = path.resolve(__dirname, '../../../..');

const badBuffer = 'device().createBuffer({ size: 16, usage: 0xffff });';

/**
 * Eight steps with dropout, a checkpoint every two. What is given may use `tf`, `device()` and `failing`, which is the
 * environment variable FAIL; `inStep` runs after the forward pass of every step.
 */
function experiment(stopWhen: string, inStep = ''): string {
  return `import * as tf from '@tensorflow/tfjs';
import { defineExperiment, glyphs } from 'compute-lens';
const device = () => (tf.backend() as any).device;
const failing = process.env.FAIL === '1';
export default defineExperiment({
  name: 'gpu',
  seed: 7,
  data: glyphs({ train: 64, test: 16, shape: 'flat' }),
  model: ({ inputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape, units: 8, activation: 'relu' }),
        tf.layers.dropout({ rate: 0.25 }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
  optimizer: 'adam',
  step({ model, batch, step }) {
    const loss = tf.metrics.categoricalCrossentropy(batch.ys, model.apply(batch.xs, { training: true })).mean();
    ${inStep}
    return loss.add(0);
  },
  evaluate: ({ model, batch }) =>
    tf.metrics.categoricalCrossentropy(batch.ys, model.predict(batch.xs)).mean(),
  batchSize: 16,
  epochs: 2,
  checkpointEvery: 2,
  stopWhen: ({ step }) => { ${stopWhen} return false; },
});
`;
}

describe('WebGPU', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  let gpu: NodeJS.ProcessEnv;
  /** Losses of a run without a failure. */
  let reference: Map<number, number>;
  beforeEach(function () {
    gpu = softwareGpu(this);
    work = new TestWorkspace();
    fs.symlinkSync(path.join(repository, 'node_modules'), path.join(work.folder, 'node_modules'));
  });
  afterEach(() => work?.remove());

  const train = (text: string, env: NodeJS.ProcessEnv = {}) => {
    work.write('gpu.experiment.ts', text);
    return work.run(['run', 'gpu.experiment.ts', '--backend', 'webgpu'], { ...gpu, ...env });
  };

  /** Resumes a run to its end; the first step that it trained then. */
  async function resumedFrom(run: string): Promise<number | undefined> {
    const { code, stdout, stderr } = await work.run(['run', '--resume', 'last'], gpu);
    assert.equal(code, 0, stdout + stderr);
    return eventsOf(run, 'start').at(-1)?.fromStep;
  }

  it('a lost device ends the run with its reason, and the run resumes from its last checkpoint', async () => {
    const text = experiment('if (failing && step === 5) device().destroy();');
    const whole = await train(text);
    assert.equal(whole.code, 0, whole.stdout + whole.stderr);
    reference = losses(work.lastRun());
    assert.equal(reference.size, 8);

    const lost = await train(text, { FAIL: '1' });
    assert.equal(lost.code, 1, lost.stdout);
    const run = work.lastRun();
    const reason = /The GPU was lost \(.*destroyed.*\), and with it all that it held/;
    assert.match(eventsOf(run, 'warning').at(-1)?.message ?? '', reason);
    const end = eventsOf(run, 'end').at(-1);
    assert.equal(end?.outcome, 'failed');
    assert.match(end?.message ?? '', reason);
    assert.match(end?.message ?? '', /Resume the run: it goes on after step 4/);
    const [attempt] = readRun(run).attempts;
    assert.equal(attempt?.outcome, 'failed');
    assert.equal(attempt?.error?.message, end?.message);
    assert.equal(eventsOf(run, 'step').at(-1)?.step, 5);
    assert.equal(await resumedFrom(run), 5);
    assert.deepEqual(losses(run), reference);
  });

  it('an error inside a step names the line that met it, and leaves a checkpoint of the step before', async () => {
    const text = experiment('', `if (failing && step === 6) { ${badBuffer} }`);
    const refused = await train(text, { FAIL: '1' });
    assert.equal(refused.code, 1, refused.stdout);
    const run = work.lastRun();
    const error = readRun(run).attempts[0]?.error;
    assert.match(error?.message ?? '', /The GPU refused a computation.*WGPUBufferUsage/);
    assert.match(error?.message ?? '', /goes on after step 5/);
    assert.equal(error?.line, text.split('\n').findIndex((line) => line.includes('return loss.add(0)')) + 1);
    assert.match(eventsOf(run, 'warning').at(-1)?.message ?? '', /The GPU refused a computation/);
    assert.equal((await listCheckpoints(run)).at(-1), 'step-00000005');
    assert.equal(await resumedFrom(run), 6);
    assert.deepEqual(losses(run), reference);
  });

  it('an error between two steps leaves a checkpoint of the last one', async () => {
    const text = experiment(`if (failing && step === 5) { ${badBuffer} tf.ones([4]).add(1); }`);
    const refused = await train(text, { FAIL: '1' });
    assert.equal(refused.code, 1, refused.stdout);
    const run = work.lastRun();
    assert.match(eventsOf(run, 'end').at(-1)?.message ?? '', /refused a computation.*goes on after step 5/);
    assert.equal(await resumedFrom(run), 6);
    assert.deepEqual(losses(run), reference);
  });

  it('a tensor too large for the device is refused with the limit, and what was trained is kept', async () => {
    const text = experiment('if (step === 1) tf.tile(tf.range(0, 70000), [70000]);');
    const { code, stdout } = await train(text);
    assert.equal(code, 1, stdout);
    assert.match(
      readRun(work.lastRun()).attempts[0]?.error?.message ?? '',
      /shape \[4900000000\] takes 19600000000 bytes; this GPU takes \d+ bytes.*maxStorageBufferBindingSize.*after step 1/,
    );
  });

  it('a synchronous read says that it cannot be, and what to write instead', async () => {
    const { code, stdout } = await train(
      experiment('const x = tf.ones([64, 64]); tf.matMul(x, x).dataSync();'),
    );
    assert.equal(code, 1, stdout);
    const error = readRun(work.lastRun()).attempts[0]?.error;
    assert.match(error?.message ?? '', /cannot read from a GPU in Node.*await tensor\.data\(\)/s);
    assert.equal(path.basename(error?.file ?? ''), 'gpu.experiment.ts');
  });

  it('takes the adapter that is asked for by name, and lists the others where there is no such', async () => {
    const text = experiment('if (step === 1) return true;');
    const found = await train(text, { COMPUTE_LENS_GPU_ADAPTER: 'SwiftShader' });
    assert.equal(found.code, 0, found.stdout);
    const { code, stdout } = await train(text, { COMPUTE_LENS_GPU_ADAPTER: 'No Such GPU' });
    assert.equal(code, 1);
    assert.match(stdout, /no WebGPU adapter is called "No Such GPU".*SwiftShader/s);
  });
});

describe('A webgpu package that does not load', () => {
  it('is named with the platform that it fails on', async () => {
    const work = new TestWorkspace();
    try {
      work.write('node_modules/webgpu/package.json', '{ "version": "0.0.0", "type": "module" }');
      work.write('node_modules/webgpu/index.js', "throw new Error('no dawn.node');");
      work.write('gpu.experiment.ts', experiment(''));
      const { code, stdout } = await work.run(['run', 'gpu.experiment.ts', '--backend', 'webgpu']);
      assert.equal(code, 1, stdout);
      assert.match(
        stdout,
        new RegExp(
          `webgpu package in .* does not load on ${process.platform} ${process.arch} \\(no dawn\\.node\\)`,
        ),
      );
    } finally {
      work.remove();
    }
  });
});
