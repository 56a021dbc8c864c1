import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import type { CostedKernel } from '../../../src/cost/kernel';
import {
  addKernel,
  addWork,
  headlineFlops,
  matrixFlops,
  noWork,
  phases,
  totalWork,
  type Work,
} from '../../../src/cost/work';
import type { Tf } from '../../../src/train/tfInstance';
import { TestSession } from '../trace/session';
import { Architectures } from './architectures';
import { gpt2Small, vitB16 } from './transformers';

interface Published {
  /** FLOPs of forward and backward pass, as public counters give them: two a multiply-accumulate. */
  readonly flops: number;
  /** Multiply-accumulates of the first layer, where TensorFlow.js computes the gradient of its input for nobody. */
  readonly unusedMacs: number;
  readonly build: (a: Architectures, tf: Tf) => tfjs.LayersModel;
}

const training: Readonly<Record<string, Published>> = {
  'LeNet-5 with relu': { flops: 2_263_920, unusedMacs: 0, build: (a) => a.lenet5('relu') },
  'LeNet-5 with tanh': {
    flops: 2_263_920,
    unusedMacs: (2_499_120 - 2_263_920) / 2,
    build: (a) => a.lenet5('tanh'),
  },
  VGG16: { flops: 92_648_177_664, unusedMacs: 0, build: (a) => a.vgg16() },
  'ResNet-18': {
    flops: 10_648_412_160,
    unusedMacs: 112 * 112 * 64 * (7 * 7 * 3),
    build: (a) => a.resnetBasic([2, 2, 2, 2]),
  },
  'ResNet-50': {
    flops: 24_299_077_632,
    unusedMacs: 112 * 112 * 64 * (7 * 7 * 3),
    build: (a) => a.resnet50(),
  },
  // Three times the forward pass less the first layer.
  'MLP 784-512-10': { flops: 2 * (3 * 406_528 - 784 * 512), unusedMacs: 0, build: (a) => a.mlp() },
  AlexNet: {
    flops: 2 * (3 * 714_188_480 - 55 * 55 * 64 * 363),
    unusedMacs: 55 * 55 * 64 * 363,
    build: (a) => a.alexnet(),
  },
  'ViT-B/16': {
    flops: 2 * (3 * 17_563_828_224 - 14 * 14 * 768 * 768),
    unusedMacs: 14 * 14 * 768 * 768,
    build: (_, tf) => vitB16(tf),
  },
  'GPT-2 small': { flops: 2 * 3 * 145_824_153_600, unusedMacs: 0, build: (_, tf) => gpt2Small(tf) },
};

describe('the cost of a step under each convention', () => {
  let test: TestSession;
  let tf: Tf;
  before(async () => {
    test = await TestSession.start();
    ({ tf } = test);
  });
  after(() => test.end());

  for (const [name, { flops, unusedMacs, build }] of Object.entries(training)) {
    const said = unusedMacs > 0 ? ' and a gradient that nobody uses' : '';
    it(`is ${flops.toLocaleString('en')} FLOPs forward and backward for ${name}${said}`, async () => {
      const step = await test.stepOf(() => build(new Architectures(tf), tf));
      const both = addWork(addWork(noWork(), step.work.forward), step.work.backward);
      assert.equal(matrixFlops(both, 'mac2') - 2 * both.unusedMacs, flops);
      assert.equal(both.unusedMacs, unusedMacs);
      assert.equal(step.work.forward.unusedMacs, 0);
      assert.deepEqual(both.uncovered, {});
      for (const phase of phases) {
        const work = step.work[phase];
        assert.equal(matrixFlops(work, 'mac2'), 2 * matrixFlops(work, 'mac'));
        assert.ok(matrixFlops(work, 'padded') <= matrixFlops(work, 'mac2'));
      }
      assert.equal(matrixFlops(step.work.optimizer, 'mac') + matrixFlops(step.work.data, 'mac'), 0);
      // The headline leaves bias, activation and normalisation out; the optimizer has nothing else. SGD takes two.
      assert.equal(headlineFlops(step.work, 'forward', 'mac2'), matrixFlops(step.work.forward, 'mac2'));
      assert.equal(headlineFlops(step.work, 'optimizer', 'mac2'), 2 * step.trainableParams);
    });
  }

  it('is 2.01 times the forward pass for an MLP, not three times', async () => {
    const { work } = await test.stepOf(() => new Architectures(tf).mlp());
    const both = matrixFlops(work.forward, 'mac2') + matrixFlops(work.backward, 'mac2');
    assert.equal((both / matrixFlops(work.forward, 'mac2')).toFixed(2), '2.01');
  });

  it('grows with the batch, but not for the optimizer, nor by its kernels', async () => {
    const at = (batch: number) =>
      test.stepOf(() => new Architectures(tf).lenet5('tanh'), { optimizer: 'adam' }, { batch });
    const [one, many] = [await at(1), await at(7)];
    for (const phase of ['forward', 'backward'] as const) {
      assert.equal(many.work[phase].macs, 7 * one.work[phase].macs);
      assert.equal(many.work[phase].paddedMacs, 7 * one.work[phase].paddedMacs);
      assert.equal(many.work[phase].unusedMacs, 7 * one.work[phase].unusedMacs);
      assert.equal(many.work[phase].kernels, one.work[phase].kernels);
    }
    assert.deepEqual(many.work.optimizer, one.work.optimizer);
  });

  describe('counts of matrix work', () => {
    const batch = 3;
    interface Layers {
      readonly input: number[];
      /** Multiply-accumulates of one example. */
      readonly macs: number;
      /** Those that meet no padding, where there is padding. */
      readonly padded?: number;
      /** Those of the gradients of what is computed in between, such as states. */
      readonly between?: number;
      readonly layer: (l: Tf['layers']) => tfjs.layers.Layer;
    }
    const initial = { recurrentInitializer: 'glorotNormal' } as const;
    const table: Readonly<Record<string, Layers>> = {
      'an LSTM: four gates a step, of input and state': {
        input: [5, 6],
        macs: 5 * 4 * (6 + 4) * 4,
        // Of each state but the first, which is given.
        between: 4 * 4 * 4 * 4,
        layer: (l) => l.lstm({ units: 4, ...initial }),
      },
      'a GRU: three gates a step': {
        input: [5, 6],
        macs: 5 * 3 * (6 + 4) * 4,
        // Of the first too, times a gate that follows from weights: in the product for the candidate.
        between: 4 * 3 * 4 * 4 + 4 * 4,
        layer: (l) => l.gru({ units: 4, ...initial }),
      },
      'a simple RNN: one': {
        input: [5, 6],
        macs: 5 * (6 + 4) * 4,
        between: 4 * 4 * 4,
        layer: (l) => l.simpleRNN({ units: 4, ...initial }),
      },
      'both directions of an LSTM': {
        input: [5, 6],
        macs: 2 * 5 * 4 * (6 + 4) * 4,
        between: 2 * 4 * 4 * 4 * 4,
        layer: (l) => l.bidirectional({ layer: l.lstm({ units: 4, ...initial }), mergeMode: 'concat' }),
      },
      'a dense layer at each step': {
        input: [5, 6],
        macs: 5 * 6 * 4,
        layer: (l) => l.timeDistributed({ layer: l.dense({ units: 4 }) }),
      },
      'an embedding: none': {
        input: [5],
        macs: 0,
        layer: (l) => l.embedding({ inputDim: 9, outputDim: 4 }),
      },
      'a convolution: window by channels by filters at each position': {
        input: [9, 8, 3],
        macs: 7 * 6 * (3 * 3 * 3) * 5,
        layer: (l) => l.conv2d({ filters: 5, kernelSize: 3 }),
      },
      'a convolution over time': {
        input: [9, 3],
        macs: 7 * (3 * 3) * 5,
        layer: (l) => l.conv1d({ filters: 5, kernelSize: 3 }),
      },
      'a depthwise convolution: as in as many groups as there are channels': {
        input: [9, 8, 3],
        macs: 7 * 6 * (3 * 3) * 3 * 2,
        layer: (l) => l.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
      },
      'a separable convolution: depthwise and pointwise': {
        input: [9, 8, 3],
        macs: 7 * 6 * (3 * 3 * 3 + 3 * 5),
        between: 7 * 6 * 3 * 5,
        layer: (l) => l.separableConv2d({ filters: 5, kernelSize: 3 }),
      },
      'a transposed convolution: at each position of its input': {
        input: [4, 5, 3],
        macs: 4 * 5 * (2 * 2) * 3 * 6,
        layer: (l) => l.conv2dTranspose({ filters: 6, kernelSize: 2, strides: 2 }),
      },
      'a transposed convolution, less what falls off its output': {
        input: [4, 4, 3],
        macs: 4 * 4 * (3 * 3) * 3 * 6,
        // Of an output of 8, with its padding behind it, the last of four times three taps falls off.
        padded: (4 * 3 - 1) ** 2 * 3 * 6,
        layer: (l) => l.conv2dTranspose({ filters: 6, kernelSize: 3, strides: 2, padding: 'same' }),
      },
    };
    for (const [name, { input, macs, padded = macs, between = 0, layer }] of Object.entries(table))
      it(`of ${name}`, async () => {
        const step = await test.stepOf(
          () => {
            const x = tf.input({ shape: input });
            const y = layer(tf.layers).apply(x) as tfjs.SymbolicTensor;
            const flat = y.shape.length > 2 ? (tf.layers.flatten().apply(y) as tfjs.SymbolicTensor) : y;
            return tf.model({
              inputs: x,
              outputs: tf.layers.dense({ units: 1 }).apply(flat) as tfjs.SymbolicTensor,
            });
          },
          {},
          { batch },
        );
        const [, counted] = step.layers;
        assert.equal(counted?.work.forward.macs, batch * macs);
        assert.equal(counted?.work.forward.paddedMacs, batch * padded);
        // Nobody needs the gradient of the input, whether or not it is computed.
        const { macs: backward, unusedMacs } = counted?.work.backward ?? noWork();
        assert.equal(backward - unusedMacs, batch * (macs + between));
      });
  });

  describe('counts of bytes', () => {
    const product: CostedKernel = {
      kernel: 'BatchMatMul',
      inputs: [float(1, 2, 3), float(1, 3, 4)],
      outputs: [float(1, 2, 4)],
      attrs: {},
    };
    it('of what is read and what is written', () => {
      const work = noWork();
      addKernel(work, product);
      assert.equal(work.bytesMoved, 4 * (6 + 12 + 8));
    });
    it('of one for a truth, eight for a complex number, none for a text', () => {
      const work = noWork();
      const mixed = ['bool', 'int32', 'complex64', 'string'].map((dtype) => ({ shape: [5], dtype }));
      addKernel(work, { kernel: 'Pack', inputs: mixed, outputs: [], attrs: {} });
      assert.equal(work.bytesMoved, 5 * (1 + 4 + 8));
    });
    it('of nothing for a new name, which is a kernel all the same', () => {
      const work = noWork();
      addKernel(
        work,
        { kernel: 'Reshape', inputs: [float(6)], outputs: [float(2, 3)], attrs: {} },
        { alias: true },
      );
      assert.deepEqual(work, { ...noWork(), kernels: 1 });
    });
    it('of a lookup, which computes nothing', async () => {
      const { layers } = await test.stepOf(
        () =>
          tf.sequential({
            layers: [
              tf.layers.embedding({ inputDim: 50, outputDim: 8, inputLength: 6 }),
              tf.layers.flatten(),
              tf.layers.dense({ units: 1 }),
            ],
          }),
        {},
        { batch: 2 },
      );
      const work = layers.find(({ className }) => className === 'Embedding')?.work.forward;
      assert.equal(work?.macs, 0);
      assert.equal(work?.elementwiseFlops, 0);
      assert.ok((work?.bytesMoved ?? 0) >= 4 * (50 * 8 + 2 * 6 + 2 * 6 * 8));
    });
  });

  it('adds up every field', () => {
    const some = (times: number): Work => ({
      kernels: times,
      macs: 2 * times,
      paddedMacs: 3 * times,
      elementwiseFlops: 5 * times,
      bytesMoved: 7 * times,
      unusedMacs: 11 * times,
      uncovered: { TopK: times },
    });
    assert.deepEqual(addWork(some(4), some(9)), some(13));
    const phased = { forward: some(1), backward: some(2), optimizer: some(3), data: some(4) };
    assert.deepEqual(totalWork(phased), some(10));
    assert.deepEqual(phased.forward, some(1));
  });
});

function float(...shape: number[]) {
  return { shape, dtype: 'float32' };
}
