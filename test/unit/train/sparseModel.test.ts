import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { loadSparseModel, saveSparseModel } from '../../../src/api/sparseModel';
import { Random } from '../../../src/data/random';
import { compress, type CompressibleModel, type NamedWeight } from '../../../src/sparse';
import { loadWithOwnKernels } from '../kernels/ownKernels';

describe('sparse models as files', function () {
  this.timeout(60_000);
  const tf = loadWithOwnKernels();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-sparse-'));
  let random: Random;
  before(async () => {
    await tf.setBackend('cpu');
  });
  beforeEach(() => (random = Random.from(2, 'sparse models')));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const { layers } = tf;

  /** Random weights of which `sparsity` are zero; biases, means and scales are not. */
  function fill(model: tfjs.LayersModel, sparsity: number): tfjs.LayersModel {
    for (const weight of model.weights) {
      const { shape, size } = weight.read();
      const sparse = weight.name.includes('kernel');
      const values = Float32Array.from({ length: size }, () => {
        if (sparse && random.next() < sparsity) return 0;
        return weight.name.includes('variance') ? 0.5 + random.next() : random.normal();
      });
      weight.write(tf.tensor(values, shape));
    }
    return model;
  }

  const models: Record<string, () => tfjs.LayersModel> = {
    'a chain of dense layers': () =>
      tf.sequential({
        layers: [
          layers.dense({ inputShape: [20], units: 60, activation: 'relu' }),
          layers.dropout({ rate: 0.5 }),
          layers.dense({ units: 40, activation: 'tanh', useBias: false }),
          layers.batchNormalization({}),
          layers.activation({ activation: 'sigmoid' }),
          layers.dense({ units: 30 }),
          layers.leakyReLU({ alpha: 0.1 }),
          layers.dense({ units: 5, activation: 'softmax' }),
        ],
      }),
    'convolutions, padded and not': () =>
      tf.sequential({
        layers: [
          layers.conv2d({
            inputShape: [12, 12, 2],
            filters: 12,
            kernelSize: 3,
            padding: 'same',
            activation: 'relu',
          }),
          layers.batchNormalization({}),
          layers.conv2d({ filters: 10, kernelSize: 3, padding: 'same', activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.conv2d({ filters: 14, kernelSize: 3, activation: 'elu' }),
          layers.flatten(),
          layers.dense({ units: 16, activation: 'relu' }),
          layers.dense({ units: 4 }),
        ],
      }),
    'a transposed convolution between others': () =>
      tf.sequential({
        layers: [
          layers.conv2d({ inputShape: [6, 6, 2], filters: 12, kernelSize: 3, activation: 'relu' }),
          layers.conv2d({ filters: 10, kernelSize: 1, activation: 'relu' }),
          layers.conv2dTranspose({ filters: 8, kernelSize: 3, strides: 2, activation: 'relu' }),
          layers.conv2d({ filters: 3, kernelSize: 3 }),
          layers.flatten(),
        ],
      }),
    'text, pooled': () =>
      tf.sequential({
        layers: [
          layers.conv1d({ inputShape: [16, 3], filters: 20, kernelSize: 3, activation: 'relu' }),
          layers.conv1d({ filters: 18, kernelSize: 2, activation: 'softplus' }),
          layers.globalMaxPooling1d({}),
          layers.dense({ units: 3 }),
        ],
      }),
    'a model with a branch': () => {
      const input = tf.input({ shape: [10] });
      const first = layers.dense({ units: 20, activation: 'relu' }).apply(input);
      const left = layers.dense({ units: 20, activation: 'relu' }).apply(first) as tfjs.SymbolicTensor;
      const deep = layers.dense({ units: 30, activation: 'relu' }).apply(left);
      const right = layers.dense({ units: 20 }).apply(deep) as tfjs.SymbolicTensor;
      const outputs = layers
        .dense({ units: 3 })
        .apply(layers.add().apply([left, right])) as tfjs.SymbolicTensor;
      return tf.model({ inputs: input, outputs });
    },
  };

  for (const [name, make] of Object.entries(models))
    for (const sparsity of [0.5, 0.9, 0.97])
      it(`${name}, ${sparsity} sparse: the smaller model has the same outputs, and both load again`, async () => {
        const model = fill(make(), sparsity);
        const input = tf.tensor(
          Float32Array.from(
            { length: 6 * (model.inputs[0]?.shape.slice(1) as number[]).reduce((a, b) => a * b) },
            () => random.normal(),
          ),
          [6, ...(model.inputs[0]?.shape.slice(1) as number[])],
        );
        const outputs = (of: tfjs.LayersModel) => [...(of.predict(input) as tfjs.Tensor).dataSync()];
        const expected = outputs(model);
        await saveSparseModel(model, path.join(folder, 'whole'));
        const whole = await loadSparseModel(tf as unknown as typeof tfjs, path.join(folder, 'whole'));
        assert.deepEqual(outputs(whole), expected);
        await saveSparseModel(model, path.join(folder, 'small'), { compress: true });
        const small = await loadSparseModel(tf as unknown as typeof tfjs, path.join(folder, 'small'));
        const scale = Math.max(...expected.map(Math.abs));
        for (const [i, value] of outputs(small).entries())
          assert.ok(Math.abs(value - (expected[i] ?? 0)) < 2e-6 * scale, `${value} for ${expected[i]}`);
        if (sparsity > 0.9) assert.ok(small.countParams() < model.countParams());
      });

  it('leaves out what is cut off, and what that cuts off in turn, by hand', () => {
    const dense = (name: string, units: number, activation: string) => ({
      class_name: 'Dense',
      config: { name, units, activation, use_bias: true },
    });
    const weight = (name: string, shape: number[], ...values: number[]): NamedWeight => ({
      name,
      shape,
      dtype: 'float32',
      values: Float32Array.from(values),
    });
    const model: CompressibleModel = {
      topology: {
        class_name: 'Sequential',
        config: { layers: [dense('a', 3, 'linear'), dense('b', 3, 'relu'), dense('c', 1, 'linear')] },
      },
      weights: [
        // Unit 0 is fed and read. Unit 1 is fed, and read by unit 1 of b alone, which nobody reads. Unit 2 is 5 always.
        weight('a/kernel', [2, 3], 1, 2, 0, 3, 4, 0),
        weight('a/bias', [3], 0, 0, 5),
        weight('b/kernel', [3, 3], 6, 0, 0, 0, 7, 0, 8, 0, 0),
        // Unit 2 of b is relu(-1), 0 always.
        weight('b/bias', [3], 1, 1, -1),
        weight('c/kernel', [3, 1], 9, 0, 10),
        weight('c/bias', [1], 2),
      ],
    };
    const { weights, topology, removed } = compress(model);
    assert.deepEqual(
      Object.fromEntries(weights.map(({ name, shape, values }) => [name, [shape, [...values]]])),
      {
        'a/kernel': [
          [2, 1],
          [1, 3],
        ],
        'a/bias': [[1], [0]],
        'b/kernel': [[1, 1], [6]],
        'b/bias': [[1], [1 + 5 * 8]],
        'c/kernel': [[1, 1], [9]],
        'c/bias': [[1], [2]],
      },
    );
    assert.deepEqual(
      topology.config.layers.map(({ config }) => config.units),
      [1, 1, 1],
    );
    assert.deepEqual(
      removed.map(({ layer, before, after }) => [layer, before, after]),
      [
        ['a', 3, 1],
        ['b', 3, 1],
      ],
    );
    assert.equal(model.topology.config.layers[0]?.config.units, 3);
  });

  it('takes four bytes a nonzero and one bit a position, and says when a file is damaged', async () => {
    const model = tf.sequential({ layers: [layers.dense({ inputShape: [100], units: 80, useBias: false })] });
    const values = new Float32Array(8000);
    values.set([1, 2, 3], 17);
    model.setWeights([tf.tensor(values, [100, 80])]);
    const target = path.join(folder, 'bytes');
    await saveSparseModel(model, target);
    assert.equal(fs.statSync(path.join(target, 'weights.bin')).size, 1000 + 12);
    fs.truncateSync(path.join(target, 'weights.bin'), 1008);
    await assert.rejects(
      loadSparseModel(tf as unknown as typeof tfjs, target),
      /"dense_Dense\d+\/kernel".*cut short or damaged/,
    );
    fs.writeFileSync(path.join(target, 'model.json'), '{"format":"layers-model"}');
    await assert.rejects(
      loadSparseModel(tf as unknown as typeof tfjs, target),
      /no sparse model of version 1/,
    );
  });
});
