import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { loadWithOwnKernels } from './ownKernels';

const rows = 11;

describe('an index that an embedding has no row for', () => {
  const tf = loadWithOwnKernels();
  after(() => tf.setBackend('cpu'));

  function embedding() {
    const model = tf.sequential();
    const table = { inputDim: rows, outputDim: 4, inputLength: 3, name: 'words' };
    model.add(tf.layers.embedding(table));
    model.add(tf.layers.flatten());
    model.add(tf.layers.dense({ units: 2 }));
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    return model;
  }
  const weights = (model: tfjs.Sequential) => model.getWeights().map((each) => [...each.dataSync()]);
  const y = () => tf.ones([2, 2]);

  for (const backend of ['cpu', 'wasm'])
    it(`is an error that names layer, index and size, on ${backend}`, async () => {
      await tf.setBackend(backend);
      const model = embedding();
      const [x, target] = [tf.tensor2d([0, 1, 2, 3, rows, 5], [2, 3], 'int32'), y()];
      await assert.rejects(
        model.trainOnBatch(x, target),
        /^Error: Layer "words" \(Embedding\).*index.* 11 .*0.*10/,
      );
      assert.throws(() => model.predict(x), /Layer "words" \(Embedding\)/);
      tf.dispose([x, target]);
      model.dispose();
    });

  it('is one in a planned step, too, which then leaves the weights as they are and trains on', async () => {
    await tf.setBackend('wasm');
    const model = embedding();
    const models = tf.LayersModel.prototype as unknown as {
      makeTrainFunction: () => (data: tfjs.Tensor[]) => tfjs.Tensor[];
    };
    const planner = new tf.StepPlanner(tf);
    const { makeTrainFunction } = models;
    models.makeTrainFunction = function () {
      const train = makeTrainFunction.call(this);
      return (data) => planner.run(data, (own) => train(own as tfjs.Tensor[]));
    };
    const good = tf.tensor2d([0, 1, 2, 3, 4, rows - 1], [2, 3], 'int32');
    const bad = tf.tensor2d([0, 1, 2, -1, 4, 5], [2, 3], 'int32');
    const target = y();
    try {
      for (let i = 0; i < 4; i++) await model.trainOnBatch(good, target);
      assert.equal(planner.replays, 2);
      const before = weights(model);
      await assert.rejects(
        model.trainOnBatch(bad, target),
        /^Error: Layer "words" \(Embedding\): gather: index -1 at 3 is not one of the 11 from 0 to 10\.$/,
      );
      assert.equal(planner.replays, 3, 'the step was planned');
      assert.deepEqual(weights(model), before);
      const loss = await model.trainOnBatch(good, target);
      assert.ok(Number.isFinite(loss));
      assert.notDeepEqual(weights(model), before);
      assert.equal(planner.replays, 4);
    } finally {
      models.makeTrainFunction = makeTrainFunction;
      planner.dispose();
      tf.dispose([good, bad, target]);
      model.dispose();
    }
  });
});
