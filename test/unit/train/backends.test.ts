import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { softwareGpu } from '../../harness/softwareGpu';
import { eventsOf, losses, readRun, TestWorkspace, tinyExperiment } from './workspace';

const convolution = `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 32, test: 16 }),
  model: ({ tf }) => tf.sequential({ layers: [
    tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 2, kernelSize: 3, strides: 2, activation: 'relu' }),
    tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2 }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ] }),
  loss: 'categoricalCrossentropy',
  batchSize: 16,
});
`;
/** Its metric needs complex numbers, of which wasm has none. */
const fourier = `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 32, test: 16, shape: 'flat' }),
  model: ({ tf, inputShape }) => tf.sequential({ layers: [
    tf.layers.dense({ inputShape, units: 10, activation: 'softmax' }),
  ] }),
  loss: 'categoricalCrossentropy',
  metrics: [(labels, predictions, { tf }) => {
    const spectrum = tf.spectral.fft(tf.complex(predictions, tf.zerosLike(predictions)));
    return tf.mean(tf.real(spectrum));
  }],
  batchSize: 16,
});
`;

describe('backends', function () {
  this.timeout(180_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  it('are listed, each with its device or the reason it cannot be used', async () => {
    const { code, stdout } = await work.run(['backends', '--json']);
    assert.equal(code, 0);
    const reports = JSON.parse(stdout) as { name: string; available: boolean; detail: string }[];
    assert.deepEqual(
      reports.map((report) => report.name),
      ['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm', 'cpu'],
    );
    for (const name of ['wasm', 'cpu']) assert.ok(reports.find((report) => report.name === name)?.available);
    for (const report of reports) assert.ok(report.detail.length > 10, report.name);
  });

  it('that lack a kernel are refused before training, naming the kernel and a backend that has it', async () => {
    work.write('fourier.experiment.ts', fourier);
    const { code, stdout } = await work.run(['run', 'fourier.experiment.ts', '--backend', 'wasm']);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /The wasm backend lacks Complex\b.*, which training this model needs\. cpu has (it|them)/,
    );
    assert.equal(eventsOf(work.lastRun(), 'step').length, 0);
  });

  it('that lack a kernel are passed over by auto, which says so', async () => {
    work.write('fourier.experiment.ts', fourier);
    const { code, stdout } = await work.run(['run', 'fourier.experiment.ts']);
    assert.equal(code, 0, stdout);
    const attempt = readRun(work.lastRun()).attempts[0];
    assert.ok(attempt?.backend && attempt.backend !== 'wasm');
    if (attempt.backend === 'cpu')
      assert.ok(attempt.backendNotes?.some((note) => /^wasm was passed over: .*Complex/.test(note)));
  });

  it('train convolutions on wasm, with the losses that cpu has', async () => {
    work.write('conv.experiment.ts', convolution);
    const lossesOn = async (backend: string) => {
      const { code, stdout } = await work.run(['run', 'conv.experiment.ts', '--backend', backend]);
      assert.equal(code, 0, stdout);
      return eventsOf(work.lastRun(), 'step').map((event) => event.loss);
    };
    const [onCpu, onWasm] = [await lossesOn('cpu'), await lossesOn('wasm')];
    assert.equal(onWasm.length, onCpu.length);
    onWasm.forEach((loss, i) =>
      assert.ok(Math.abs(loss - (onCpu[i] ?? NaN)) < 1e-4, `step ${i + 1}: ${loss}`),
    );
  });

  it('leave the same losses whether or not another was tried before', async () => {
    work.write('fourier.experiment.ts', fourier);
    await work.run(['run', 'fourier.experiment.ts', '--backend', 'cpu']);
    const direct = eventsOf(work.lastRun(), 'step').map((event) => event.loss);
    await work.run(['run', 'fourier.experiment.ts']);
    if (readRun(work.lastRun()).attempts[0]?.backend === 'cpu')
      assert.deepEqual(
        eventsOf(work.lastRun(), 'step').map((event) => event.loss),
        direct,
      );
  });

  it('that are not installed say how to install them', async () => {
    work.write('tiny.experiment.ts', tinyExperiment());
    const { code, stdout } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'tensorflow-gpu']);
    assert.equal(code, 1);
    assert.match(stdout, /tfjs-node-gpu is not installed.*Install GPU Backend/);
  });

  it('train on WebGPU, on a software adapter where that is all there is', async function () {
    const gpu = softwareGpu(this);
    work.write('tiny.experiment.ts', tinyExperiment('stopWhen: ({ step }) => step === 2,'));
    const packages = path.resolve(__dirname, '../../../..');
    fs.symlinkSync(path.join(packages, 'node_modules'), path.join(work.folder, 'node_modules'));
    const { code, stdout } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'webgpu'], gpu);
    assert.equal(code, 0, stdout);
    assert.equal(readRun(work.lastRun()).attempts[0]?.backend, 'webgpu');
    assert.match(readRun(work.lastRun()).attempts[0]?.backendNotes?.[0] ?? '', /SwiftShader|llvmpipe/);
  });

  it('train on tfjs-node and resume there bit-identically, where it is installed', async function () {
    this.timeout(120_000);
    const modules = process.env.TFJS_NODE_MODULES;
    if (modules === undefined) {
      console.log(
        '      NOT RUN: tfjs-node is no dependency; set TFJS_NODE_MODULES to a node_modules that has it',
      );
      this.skip();
    }
    fs.symlinkSync(path.resolve(modules), path.join(work.folder, 'node_modules'));
    work.write('tiny.experiment.ts', tinyExperiment());
    const whole = await work.run(['run', 'tiny.experiment.ts', '--backend', 'tensorflow']);
    assert.equal(whole.code, 0, whole.stdout + whole.stderr);
    const reference = losses(work.lastRun());
    const half = tinyExperiment(
      "stopWhen: ({ step }) => process.env.HALF && step === 40 && process.kill(process.pid, 'SIGKILL'), checkpointEvery: 16,",
    );
    work.write('tiny.experiment.ts', half);
    const killed = await work.run(['run', 'tiny.experiment.ts', '--backend', 'tensorflow'], { HALF: '1' });
    assert.equal(killed.code, 1);
    const resumed = await work.run(['run', '--resume', 'last']);
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    // The checkpoint of step 32 may have been under way when the process was killed.
    assert.ok([17, 33].includes(eventsOf(work.lastRun(), 'start').at(-1)?.fromStep ?? 0));
    assert.deepEqual(losses(work.lastRun()), reference);
  });
});
