import assert from 'node:assert/strict';
import { costAt } from '../../../../src/cost/batchFit';
import type { ModelCost } from '../../../../src/cost/modelCost';
import type { TracedModel } from '../../../../src/trace/request';
import { onlyModel, Tracing } from './tracing';

const models: Record<string, string> = {
  'convolutions and batch norm': `tf.sequential({ layers: [
    tf.layers.conv2d({ inputShape: [9, 9, 2], filters: 3, kernelSize: 3, padding: 'same' }),
    tf.layers.batchNormalization(), tf.layers.reLU(), tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(), tf.layers.dropout({ rate: 0.5 }), tf.layers.dense({ units: 4, activation: 'softmax' })] })`,
  'embedding and LSTM': `tf.sequential({ layers: [
    tf.layers.embedding({ inputDim: 20, outputDim: 6, inputLength: 5 }),
    tf.layers.lstm({ units: 7 }), tf.layers.dense({ units: 3 })] })`,
  // Whose gradient takes so many kernels for each example.
  'layer norm': `tf.sequential({ layers: [
    tf.layers.dense({ inputShape: [6, 5], units: 8 }), tf.layers.layerNormalization(),
    tf.layers.flatten(), tf.layers.dense({ units: 2 })] })`,
};

describe('a cost fitted to the batch size', () => {
  const tracing = new Tracing();
  after(() => tracing.dispose());

  for (const [name, text] of Object.entries(models))
    it(`is what a trace at that batch size says, to the integer: ${name}`, async () => {
      const source = `import * as tf from '@tensorflow/tfjs';\nexport const build = () => ${text};\n`;
      const at = async (batch: number, fit = false): Promise<TracedModel> =>
        onlyModel(await tracing.trace(source, 'model.ts', { batch, fit }));
      const { fit } = await at(1, true);
      assert.ok(fit);
      for (const batch of [1, 2, 7, 64])
        assert.deepEqual(figures(costAt(fit, batch)), figures(await at(batch)));
    });

  it('is not there where the batch is part of the model', async () => {
    const text = `tf.sequential({ layers: [tf.layers.dense({ batchInputShape: [4, 3], units: 2 })] })`;
    const source = `import * as tf from '@tensorflow/tfjs';\nexport const build = () => ${text};\n`;
    const model = onlyModel(await tracing.trace(source, 'model.ts', { fit: true }));
    assert.deepEqual([model.batch, model.batchIsFree, model.fit], [4, false, undefined]);
  });
});

function figures({ batch, params, work, peakBytes, weightBytes, optimizerBytes, layers, lines }: ModelCost) {
  return { batch, params, work, peakBytes, weightBytes, optimizerBytes, layers, lines };
}
