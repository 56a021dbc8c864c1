import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { trainingFlops } from '../../../src/cost/report';
import { Tracing } from '../trace/tracer/tracing';
import { readRun, TestWorkspace } from './workspace';

const experiments = {
  mlp: `tf.layers.flatten({ inputShape }), tf.layers.dense({ units: 16, activation: 'relu' }),
    tf.layers.dropout({ rate: 0.5 }), tf.layers.batchNormalization(),`,
  cnn: `tf.layers.conv2d({ inputShape, filters: 3, kernelSize: 5, strides: 3, padding: 'same', activation: 'tanh' }),
    tf.layers.maxPooling2d({ poolSize: 2 }), tf.layers.flatten(),`,
};
/** 100 examples in batches of 32: three steps an epoch, and one of four examples. */
const source = (layers: string) => `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 100, test: 10 }),
  model: ({ tf, inputShape }) =>
    tf.sequential({ layers: [${layers} tf.layers.dense({ units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf }) => tf.train.adam(1e-3),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  batchSize: 32,
  epochs: 2,
});
`;
const native = process.env.TFJS_NODE_MODULES;
const cases: [keyof typeof experiments, string][] = [
  ['mlp', 'cpu'],
  ['mlp', 'wasm'],
  ['cnn', 'cpu'],
  ['cnn', 'wasm'],
  ...(native ? ([['cnn', 'tensorflow']] as [keyof typeof experiments, string][]) : []),
];

describe('the FLOPs that are predicted for a training', function () {
  this.timeout(120_000);
  const tracing = new Tracing({ tracerFile: path.resolve(__dirname, '../../../../dist/tracer.js') });
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());
  after(() => tracing.dispose());

  for (const [name, backend] of cases)
    it(`are to the integer those that a run counts: ${name} on ${backend}`, async () => {
      const text = source(experiments[name]);
      const { models, remarks } = await tracing.trace(text, `${name}.experiment.ts`);
      assert.deepEqual(remarks, []);
      const [model] = models;
      assert.ok(model);
      assert.deepEqual(
        [model.batch, model.plan?.stepsPerEpoch, model.plan?.lastStep?.batch, model.plan?.epochs],
        [32, 4, 4, 2],
      );
      const file = path.basename(work.write(`${name}.experiment.ts`, text));
      if (backend === 'tensorflow')
        fs.symlinkSync(path.resolve(native ?? ''), path.join(work.folder, 'node_modules'));
      const { code, stdout, stderr } = await work.run(['run', file, '--backend', backend]);
      assert.equal(code, 0, stdout + stderr);
      const predicted = trainingFlops(model, 'mac2');
      assert.ok(predicted !== undefined && predicted > 1e6);
      assert.equal(readRun(work.lastRun()).result?.flops, predicted);
    });
  if (!native)
    it('are those that tfjs-node counts, too (does not run: TFJS_NODE_MODULES names no folder with it)');
});
