import assert from 'node:assert/strict';
import type { ModelReport } from '../../../src/cost/report';
import { TestWorkspace } from '../train/workspace';

const lenet = `import * as tf from '@tensorflow/tfjs';

export const lenet = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [32, 32, 1], filters: 6, kernelSize: 5, activation: 'relu' }),
      tf.layers.averagePooling2d({ poolSize: 2, strides: 2 }),
      tf.layers.conv2d({ filters: 16, kernelSize: 5, activation: 'relu' }),
      tf.layers.averagePooling2d({ poolSize: 2, strides: 2 }),
      tf.layers.conv2d({ filters: 120, kernelSize: 5, activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 84, activation: 'relu' }),
      tf.layers.dense({ units: 10 }),
    ],
  });
`;

describe('compute-lens cost', function () {
  this.timeout(60_000);
  let work: TestWorkspace;
  beforeEach(() => {
    work = new TestWorkspace();
    work.write('lenet.ts', lenet);
  });
  afterEach(() => work.remove());

  const cost = (...args: string[]) => work.run(['cost', ...args]);
  const models = async (...args: string[]): Promise<ModelReport[]> => {
    const { code, stdout, stderr } = await cost(...args, '--json');
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { models: ModelReport[] }).models;
  };

  it('prints the published figures of LeNet-5 as JSON, with a line for each layer', async () => {
    const [model, ...others] = await models('lenet.ts');
    assert.ok(model);
    assert.deepEqual(others, []);
    const { name, line, params, trainableParams, macs, flops, uncovered, layers } = model;
    assert.deepEqual(
      { name, line, params, trainableParams, macs, uncovered },
      {
        name: 'lenet',
        line: 3,
        params: 61_706,
        trainableParams: 61_706,
        macs: 416_520,
        uncovered: [],
      },
    );
    assert.equal(flops.forward, 2 * 416_520);
    assert.equal(flops.forward + flops.backward, 2_263_920);
    // Adam: 14 a parameter, and 4 for the two decays of a step.
    assert.equal(flops.optimizer, 14 * 61_706 + 4);
    assert.deepEqual(
      layers.map(({ className, line, params, macs, outputShape, activationBytes }) => [
        ...[className, line, params, macs],
        ...[outputShape.join('x'), activationBytes],
      ]),
      [
        ['Conv2D', 6, 156, 117_600, '1x28x28x6', 4 * 28 * 28 * 6],
        ['AveragePooling2D', 7, 0, 0, '1x14x14x6', 4 * 14 * 14 * 6],
        ['Conv2D', 8, 2416, 240_000, '1x10x10x16', 4 * 10 * 10 * 16],
        ['AveragePooling2D', 9, 0, 0, '1x5x5x16', 4 * 5 * 5 * 16],
        ['Conv2D', 10, 48_120, 48_000, '1x1x1x120', 480],
        ['Flatten', 11, 0, 0, '1x120', 480],
        ['Dense', 12, 10_164, 10_080, '1x84', 336],
        ['Dense', 13, 850, 840, '1x10', 40],
      ],
    );
  });
  it('counts MACs in place of FLOPs, or a batch, where it is asked to', async () => {
    const [asMacs] = await models('lenet.ts', '--convention', 'mac');
    assert.equal(asMacs?.flops.forward, 416_520);
    const [ofBatch] = await models('lenet.ts', '--batch', '8');
    assert.deepEqual(
      [ofBatch?.macs, ofBatch?.flops.forward, ofBatch?.params],
      [8 * 416_520, 16 * 416_520, 61_706],
    );
    // No convolution of LeNet-5 is padded.
    const [unpadded] = await models('lenet.ts', '--convention', 'padded');
    assert.equal(unpadded?.flops.forward, 2 * 416_520);
  });
  it('prints a table for people', async () => {
    const { code, stdout } = await cost('lenet.ts');
    assert.equal(code, 0);
    assert.match(stdout, /## lenet \(line 3\)/);
    assert.match(stdout, /forward: 833 kFLOPs, 416,520 MACs/);
    assert.match(stdout, /\| dense_Dense2 +\| +13 \| 1×10 +\| +850 \|/);
    assert.match(stdout, /assumed: the model is not compiled/);
  });
  it('tells of a sparse experiment what is kept, and what its training is of a dense one', async () => {
    work.write(
      'sparse.experiment.ts',
      `import { defineExperiment, glyphs, staticSparse } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 64, test: 0, shape: 'flat' }),
  model: ({ tf, inputShape }) => tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10 })] }),
  loss: 'meanSquaredError',
  batchSize: 32,
  epochs: 2,
  sparsity: staticSparse({ sparsity: 0.75 }),
});
`,
    );
    // 784 * 10 weights, a quarter of them kept; JSON is for a batch of one, the training is the experiment's.
    const [model] = await models('sparse.experiment.ts');
    const weights = { size: 7840, active: 1960, density: 0.25, forwardFlops: 2 * 1960 };
    assert.deepEqual(model?.sparsity, {
      method: 'staticSparse',
      ...weights,
      trainingFlops: 128 * 3 * 2 * 1960,
      denseTrainingFlops: 128 * 3 * 2 * 7840,
      meanDensity: 0.25,
      allCounted: true,
    });
    assert.deepEqual(model.layers[0]?.sparsity, weights);
    assert.equal(model.flops.forward, 2 * 7840);
    const { stdout } = await cost('sparse.experiment.ts');
    assert.match(stdout, /sparse by staticSparse: 1,960 of 7,840 weights kept in the end \(25\.0 %\)/);
    assert.match(
      stdout,
      /whole training: 1\.51 MFLOPs, 25\.0 % of dense, counted in the accounting of the papers/,
    );
  });
  it('says at which line the file is wrong, and fails', async () => {
    work.write(
      'wrong.ts',
      lenet
        .replace('tf.layers.flatten(),', '')
        .replace(
          "kernelSize: 5, activation: 'relu' }),\n      tf.layers.averagePooling2d",
          "kernelSize: 50, activation: 'relu' }),\n      tf.layers.averagePooling2d",
        ),
    );
    const shapes = await cost('wrong.ts');
    assert.equal(shapes.code, 1);
    assert.match(shapes.stderr, /wrong\.ts:\d+:\d+: error: .*(kernel|shape|size|Negative|output)/i);
    work.write('torn.ts', 'export const model = (;\n');
    const torn = await cost('torn.ts', '--json');
    assert.equal(torn.code, 1);
    assert.match(torn.stderr, /torn\.ts:1:23: error: /);
    assert.deepEqual(JSON.parse(torn.stdout), { models: [] });
  });
  it('says which kernels a backend lacks', async () => {
    work.write(
      'spectrum.ts',
      `import * as tf from '@tensorflow/tfjs';
class Spectrum extends tf.layers.Layer {
  static className = 'Spectrum';
  call([x]: tf.Tensor[]) {
    return tf.real(tf.spectral.fft(tf.complex(x, tf.zerosLike(x))));
  }
}
export const spectrum = () =>
  tf.sequential({ layers: [tf.layers.dense({ inputShape: [8], units: 4 }), new Spectrum({})] });
`,
    );
    const { code, stderr } = await cost('spectrum.ts', '--backend', 'wasm');
    assert.equal(code, 0);
    assert.match(stderr, /spectrum\.ts:5:\d+: warning: The wasm backend lacks FFT/);
    assert.equal((await cost('lenet.ts', '--backend', 'wasm')).stderr, '');
  });
  it('says what to do where there is nothing to count', async () => {
    work.write(
      'none.ts',
      `import * as tf from '@tensorflow/tfjs';\nexport const f = (n: number) => tf.layers.dense({ units: n });\n`,
    );
    const { code, stderr } = await cost('none.ts');
    assert.equal(code, 0);
    assert.match(stderr, /@cost inputShape=/);
  });
  it('refuses what it cannot use', async () => {
    for (const args of [
      ['missing.ts'],
      ['.'],
      ['lenet.ts', '--batch', '0'],
      ['lenet.ts', '--batch', '1.5'],
      ['lenet.ts', '--convention', 'flop'],
    ]) {
      const { code, stderr } = await cost(...args);
      assert.equal(code, 2, args.join(' '));
      assert.notEqual(stderr.trim(), '');
    }
  });
});
