import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { PhaseWork } from '../../../src/cost/work';
import { parseEvent } from '../../../src/runs/event';
import { CountOnShapes, flopsOf } from './countedOnShapes';
import { eventsOf, readRun, TestWorkspace, tinyExperiment } from './workspace';

const mlp = `tf.sequential({ layers: [
  tf.layers.dense({ inputShape: [784], units: 16, activation: 'relu' }),
  tf.layers.dropout({ rate: 0.25 }),
  tf.layers.batchNormalization({}),
  tf.layers.dense({ units: 10, activation: 'softmax' }),
] })`;
const cnn = `tf.sequential({ layers: [
  tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 4, kernelSize: 3, strides: 2, activation: 'relu' }),
  tf.layers.maxPooling2d({ poolSize: 2 }),
  tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }),
  tf.layers.flatten(),
  tf.layers.dense({ units: 10, activation: 'softmax' }),
] })`;
/** LeCun et al. 1998, with every feature map connected. */
const lenet5 = `tf.sequential({ layers: [
  tf.layers.conv2d({ inputShape: [32, 32, 1], filters: 6, kernelSize: 5, activation: 'relu' }),
  tf.layers.averagePooling2d({ poolSize: 2, strides: 2 }),
  tf.layers.conv2d({ filters: 16, kernelSize: 5, activation: 'relu' }),
  tf.layers.averagePooling2d({ poolSize: 2, strides: 2 }),
  tf.layers.conv2d({ filters: 120, kernelSize: 5, activation: 'relu' }),
  tf.layers.flatten(),
  tf.layers.dense({ units: 84, activation: 'relu' }),
  tf.layers.dense({ units: 10, activation: 'softmax' }),
] })`;
const adam = 'tf.train.adam(1e-3)';
const file = 'counted.experiment.ts';

function experiment(model: string, data: string, batchSize: number, more = ''): string {
  return `import { arrays, defineExperiment, glyphs } from 'compute-lens';
    export default defineExperiment({ data: ${data}, model: ({ tf }) => ${model}, optimizer: ({ tf }) => ${adam},
      loss: 'categoricalCrossentropy', metrics: ['accuracy'], batchSize: ${batchSize}, ${more} });`;
}

/** One with a step of the user's own: logistic regression, and what `more` does besides. */
function ownStep(more: string): string {
  return `import { defineExperiment, glyphs } from 'compute-lens';
    export default defineExperiment({
      data: glyphs({ train: 256, test: 32, shape: 'flat' }), batchSize: 32, epochs: 2, optimizer: 'sgd',
      model: ({ tf }) => tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 10, useBias: false })] }),
      step: ({ tf, model, batch, step }) => {
        const loss = (logits) => tf.losses.softmaxCrossEntropy(batch.ys, logits);
        let cost = loss(model.apply(batch.xs, { training: true }));
        ${more}
        return cost;
      },
    });`;
}

const product = 2 * 32 * 784 * 10;
/** Two FLOPs for each weight. */
const plainSgd = 2 * 784 * 10;
/** One product forward; backward two, since the fused kernel's gradient makes that of its input as well. */
const ownStepFlops = 3 * product + plainSgd;

describe('FLOPs counted in a run', function () {
  this.timeout(180_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  const train = async (text: string, backend: string, env: NodeJS.ProcessEnv = {}) => {
    work.write(file, text);
    const { code, stdout, stderr } = await work.run(['run', file, '--backend', backend], env);
    assert.equal(code, 0, stdout + stderr);
    return work.lastRun();
  };
  /** What each step added to the sum. */
  const added = (run: string) => {
    const sums = eventsOf(run, 'step').map((event) => event.flops ?? NaN);
    return sums.map((sum, i) => sum - (sums[i - 1] ?? 0));
  };

  /** Environment of a run on `backend`, or undefined where it cannot run here. */
  const prepared = (backend: string): NodeJS.ProcessEnv | undefined => {
    if (backend === 'tensorflow') {
      const modules = process.env.TFJS_NODE_MODULES;
      if (modules === undefined) return undefined;
      fs.symlinkSync(path.resolve(modules), path.join(work.folder, 'node_modules'));
    }
    if (backend === 'webgpu') {
      const drivers = [
        '/usr/lib/chromium/vk_swiftshader_icd.json',
        '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
      ];
      const driver = drivers.find((each) => fs.existsSync(each));
      if (driver === undefined) return undefined;
      const modules = path.resolve(__dirname, '../../../../node_modules');
      fs.symlinkSync(modules, path.join(work.folder, 'node_modules'));
      return { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: '/usr/lib/chromium' };
    }
    return {};
  };

  const models = [
    {
      name: 'an MLP',
      text: mlp,
      shape: ", shape: 'flat'",
      backends: ['cpu', 'wasm', 'tensorflow', 'webgpu'],
    },
    { name: 'a CNN', text: cnn, shape: '', backends: ['cpu', 'wasm', 'tensorflow'] },
  ];
  for (const { name, text, shape, backends } of models)
    for (const backend of backends)
      it(`equal to the integer those of its shapes: ${name} on ${backend}`, async function () {
        const env = prepared(backend);
        if (!env) {
          console.log(`      NOT RUN: the ${backend} backend is not available here`);
          this.skip();
        }
        // Batches of 32, 32 and 6; evaluations of 256 and 44.
        const data = `glyphs({ train: 70, test: 300${shape} })`;
        const run = await train(experiment(text, data, 32, 'epochs: 2,'), backend, env);
        const shapes = await CountOnShapes.of(text, adam);
        const first = await shapes.step(32);
        const [whole, part] = [await shapes.step(32), await shapes.step(6)].map(flopsOf) as [number, number];
        assert.equal(flopsOf(first), whole, 'the slots that the first step makes are no FLOPs');
        assert.deepEqual(added(run), [whole, whole, part, whole, whole, part]);
        const evaluation = flopsOf(await shapes.evaluation(256)) + flopsOf(await shapes.evaluation(44));
        assert.ok(part > 0 && whole > part && evaluation > 0);
        assert.deepEqual(
          eventsOf(run, 'eval').map((event) => event.flops),
          [evaluation, evaluation],
        );
        const { result } = readRun(run);
        assert.equal(result?.flops, 4 * whole + 2 * part);
        assert.equal(result?.evaluationFlops, 2 * evaluation);
        assert.equal(result?.uncoveredKernels, undefined);
        // Everything else that is counted is the same too: kernels, elementwise work, bytes.
        const told = eventsOf(run, 'work');
        assert.deepEqual(
          told.map((event) => event.step),
          [1, 3],
        );
        assert.match(told[0]?.signature ?? '', /^32x[\dx]+ float32, 32x10 float32$/);
        assert.deepEqual(told[0]?.work, first);
        assert.equal(flopsOf(told[1]?.work as PhaseWork), part);
      });

  it('are for LeNet-5 the published figure, and 14 a parameter for Adam', async () => {
    const data = `arrays({ xs: new Float32Array(1024).fill(0.5), inputShape: [32, 32, 1], ys: [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]] })`;
    const run = await train(experiment(lenet5, data, 1), 'cpu');
    const [told] = eventsOf(run, 'work');
    const { forward, backward, optimizer } = told?.work as PhaseWork;
    assert.equal(2 * (forward.macs + backward.macs), 2_263_920);
    const parameters = 61_706;
    assert.equal(readRun(run).plan?.parameters, parameters);
    // Two running powers of beta, each multiplied once and subtracted from one.
    assert.equal(optimizer.elementwiseFlops, 14 * parameters + 4);
    assert.equal(readRun(run).result?.flops, 2_263_920 + 14 * parameters + 4);
    const shown = await work.run(['show', 'last']);
    assert.match(shown.stdout, /^ {2}training {5}3\.13 MFLOPs counted$/m);
  });

  it('are after a stop, and after a kill, those of a run that was never interrupted', async () => {
    const whole = await train(tinyExperiment(), 'wasm');
    const { flops, evaluationFlops } = readRun(whole).result ?? {};
    assert.ok(flops && evaluationFlops);
    const signals = { SIGTERM: 3, SIGKILL: 1 };
    for (const [signal, code] of Object.entries(signals)) {
      const interrupted = `stopWhen: ({ step }) => { if (process.env.HALF) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
        if (step === 40) process.kill(process.pid, '${signal}'); } return false; }, checkpointEvery: 16,`;
      work.write(file, tinyExperiment(interrupted));
      const half = await work.run(['run', file, '--backend', 'wasm'], { HALF: '1' });
      assert.equal(half.code, code, half.stdout + half.stderr);
      const resumed = await work.run(['run', '--resume', 'last']);
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
      const { result } = readRun(work.lastRun());
      assert.deepEqual([result?.flops, result?.evaluationFlops], [flops, evaluationFlops], signal);
    }
  });

  it('are those of each step where the steps of a user differ', async () => {
    const run = await train(
      ownStep(
        `if (step % 4 === 0) cost = cost.add(loss(model.apply(batch.xs.mul(0.5), { training: true })));`,
      ),
      'wasm',
    );
    const expected = Array.from(
      { length: 16 },
      (_, i) => ((i + 1) % 4 === 0 ? 3 * product : 0) + ownStepFlops,
    );
    assert.deepEqual(added(run), expected);
    assert.deepEqual(
      eventsOf(run, 'work').map((event) => event.step),
      [1, 4],
    );
  });

  it('follow the sizes that values decide, and tell of kernels without a count', async () => {
    const run = await train(
      ownStep(`const { values } = tf.unique(batch.ys.argMax(-1));
        const many = tf.matMul(tf.ones([values.size, 100]), tf.ones([100, 100])).mean();
        return { loss: cost, classes: tf.scalar(values.size).add(many.mul(0)) };`),
      'cpu',
    );
    const steps = eventsOf(run, 'step');
    const classes = steps.map((event) => event.metrics?.classes ?? NaN);
    assert.ok(new Set(classes).size > 1, 'some batch lacks a class');
    assert.deepEqual(
      added(run),
      classes.map((count) => ownStepFlops + 2 * count * 100 * 100),
    );
    assert.deepEqual(readRun(run).result?.uncoveredKernels, { Unique: 1 });
    const shown = await work.run(['show', 'last']);
    assert.match(shown.stdout, /FLOPs counted \+ 1 uncovered kernel a step$/m);
  });

  it('are counted in plain scripts too: fit, validation, and loops over minimize', async () => {
    work.write(
      'plain.js',
      `const tf = require('@tensorflow/tfjs');
       (async () => {
         const model = ${mlp};
         model.compile({ optimizer: ${adam}, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
         await model.fit(tf.ones([70, 784]), tf.ones([70, 10]), { batchSize: 32, epochs: 2,
           validationData: [tf.ones([12, 784]), tf.ones([12, 10])] });
         const w = tf.variable(tf.ones([784, 10])), x = tf.ones([32, 784]), sgd = tf.train.sgd(1e-6);
         for (let i = 0; i < 3; i++) sgd.minimize(() => x.matMul(w).mean());
       })();`,
    );
    const { code, stdout, stderr } = await work.run(['run', 'plain.js', '--backend', 'wasm']);
    assert.equal(code, 0, stdout + stderr);
    const run = work.lastRun();
    const shapes = await CountOnShapes.of(mlp, adam);
    const [whole, part] = [await shapes.step(32), await shapes.step(6)].map(flopsOf) as [number, number];
    const own = Array.from({ length: 3 }, () => 2 * product + plainSgd);
    assert.deepEqual(added(run), [whole, whole, part, whole, whole, part, ...own]);
    const evaluation = flopsOf(await shapes.evaluation(12));
    assert.deepEqual(
      eventsOf(run, 'eval').map((event) => event.flops),
      [evaluation, evaluation],
    );
    assert.equal(readRun(run).result?.evaluationFlops, 2 * evaluation);
  });

  it('are optional: runs of versions that did not count are read as before', () => {
    const common = { t: 1, attempt: 1, step: 1, epoch: 0, ms: 1 };
    const step = { type: 'step', ...common, loss: 1 };
    const evaluation = { type: 'eval', ...common, metrics: { loss: 1 } };
    for (const old of [step, evaluation]) assert.deepEqual(parseEvent(JSON.stringify(old)), old);
    assert.equal(parseEvent(JSON.stringify({ type: 'work', ...common, signature: '', work: {} })), undefined);
  });
});
