import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { rigl } from '../../../src/api/sparsity';
import { KernelCounter } from '../../../src/train/kernelCounter';
import { slotsOf } from '../../../src/train/sparseSlots';
import { sparseWeights } from '../../../src/train/sparseWeights';
import { loadWithOwnKernels } from '../kernels/ownKernels';

describe('the sparse weights of a model', function () {
  this.timeout(60_000);
  const tf = loadWithOwnKernels();
  const { layers } = tf;
  const method = rigl({ sparsity: 0.8, depthwise: true, embeddings: true, updateEvery: 2, until: 8 });

  const models: Record<string, { make: () => tfjs.LayersModel; kinds: string[] }> = {
    dense: {
      make: () =>
        tf.sequential({
          layers: [
            layers.dense({ inputShape: [7, 5], units: 6 }),
            layers.flatten(),
            layers.dense({ units: 3 }),
          ],
        }),
      kinds: ['dense', 'dense'],
    },
    conv1d: {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv1d({ inputShape: [12, 4], filters: 6, kernelSize: 3, strides: 2 }),
            layers.flatten(),
            layers.dense({ units: 3 }),
          ],
        }),
      kinds: ['conv', 'dense'],
    },
    conv2d: {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv2d({ inputShape: [9, 8, 3], filters: 6, kernelSize: 3, padding: 'same' }),
            layers.batchNormalization({}),
            layers.depthwiseConv2d({ kernelSize: 3 }),
            layers.separableConv2d({ filters: 7, kernelSize: 2 }),
            layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2 }),
            layers.globalAveragePooling2d({}),
            layers.dense({ units: 3 }),
          ],
        }),
      kinds: ['conv', 'depthwise', 'depthwise', 'conv', 'conv', 'dense'],
    },
    conv3d: {
      make: () =>
        tf.sequential({
          layers: [
            layers.conv3d({ inputShape: [5, 6, 7, 2], filters: 4, kernelSize: 2 }),
            layers.flatten(),
            layers.dense({ units: 3 }),
          ],
        }),
      kinds: ['conv', 'dense'],
    },
    recurrent: {
      make: () =>
        tf.sequential({
          layers: [
            layers.embedding({ inputDim: 9, outputDim: 6, inputLength: 8 }),
            layers.gru({ units: 5, returnSequences: true, resetAfter: false } as never),
            layers.bidirectional({
              layer: layers.lstm({ units: 4, returnSequences: true }),
              mergeMode: 'concat',
            }),
            layers.timeDistributed({ layer: layers.dense({ units: 6 }) }),
            layers.simpleRNN({ units: 4 }),
            layers.dense({ units: 3 }),
          ],
        }),
      kinds: [
        'embedding',
        ...Array.from({ length: 6 }, () => 'recurrent'),
        'dense',
        'recurrent',
        'recurrent',
        'dense',
      ],
    },
    nested: {
      make: () => {
        const inner = tf.sequential({ layers: [layers.dense({ inputShape: [6], units: 8 })] });
        return tf.sequential({
          layers: [layers.dense({ inputShape: [5], units: 6 }), inner, layers.dense({ units: 3 })],
        });
      },
      kinds: ['dense', 'dense', 'dense'],
    },
    shared: {
      make: () => {
        const [a, b] = [tf.input({ shape: [6] }), tf.input({ shape: [6] })];
        const both = layers.dense({ units: 5 });
        const sum = layers.add().apply([both.apply(a), both.apply(b)] as tfjs.SymbolicTensor[]);
        return tf.model({
          inputs: [a, b],
          outputs: layers.dense({ units: 3 }).apply(sum) as tfjs.SymbolicTensor,
        });
      },
      kinds: ['dense', 'dense'],
    },
  };

  for (const [name, { make, kinds }] of Object.entries(models))
    for (const backend of ['cpu', 'wasm']) {
      it(`${name} on ${backend}: shapes tell the work that the forward pass really does`, async () => {
        await tf.setBackend(backend);
        const model = make();
        const { sparse, dense } = sparseWeights(model, method);
        assert.deepEqual(
          sparse.map(({ kind }) => kind),
          kinds,
        );
        assert.deepEqual(dense, []);
        assert.equal(new Set(sparse.map((weight) => weight.name)).size, sparse.length);
        const inputs = model.inputs.map(({ shape }) => tf.zeros([1, ...(shape.slice(1) as number[])]));
        const { kernels } = new KernelCounter(tf).count(() => tf.tidy(() => void model.predict(inputs)));
        const macs = sparse.reduce((sum, weight) => sum + (weight.macs ?? NaN), 0);
        assert.equal(2 * macs, kernels.flops());
      });

      it(`${name} on ${backend} trains with RigL, zero where masks are`, async () => {
        await tf.setBackend(backend);
        const model = make();
        const optimizer = tf.train.adam(0.01);
        model.compile({ optimizer, loss: 'meanSquaredError' });
        const sparse = new tf.SparseTraining(tf, model, optimizer, method, { totalSteps: 8 });
        await sparse.begin();
        const first = sparse.masks;
        for (let step = 0; step < 8; step++) {
          const inputs = model.inputs.map(({ shape }) =>
            tf.randomUniform([4, ...(shape.slice(1) as number[])], 0, 8),
          );
          const xs = name === 'recurrent' ? inputs.map((input) => tf.floor(input)) : inputs;
          const loss = await model.trainOnBatch(
            xs.length === 1 ? (xs[0] as tfjs.Tensor) : xs,
            tf.randomNormal([4, 3]),
          );
          assert.ok(Number.isFinite(loss));
          await sparse.afterStep();
          for (const [i, weight] of sparse.weights.entries())
            for (const tensor of [weight.variable, ...slotsOf(optimizer, weight.variable)])
              assert.ok(
                tensor.dataSync().every((value, place) => sparse.masks[i]?.[place] === 1 || value === 0),
                `${weight.name}, step ${step}`,
              );
        }
        assert.notDeepEqual(sparse.masks, first);
        sparse.dispose();
      });
    }
});
