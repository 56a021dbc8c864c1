import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { shapeBackendName } from '../../../src/trace/shapeBackend';
import type { Tf } from '../../../src/train/tfInstance';
import { TestSession, type Compile } from './session';
import { registerWeighedBackend, weighedBackendName, type Scales } from './weighedBackend';

interface Subject {
  /** Of one example. */
  readonly input: number[];
  /** No kernel of it on the cpu backend holds more, while it runs, than what it makes. */
  readonly plainKernels?: true;
  readonly compile?: Compile;
  readonly layers: (l: Tf['layers'], tf: Tf) => tfjs.layers.Layer[];
}

const initial = { recurrentInitializer: 'glorotNormal' } as const;
const classes = 5;
const softmax = (l: Tf['layers']) => l.dense({ units: classes, activation: 'softmax' });
const subjects: Readonly<Record<string, Subject>> = {
  'an MLP': {
    input: [20],
    plainKernels: true,
    layers: (l) => [l.dense({ units: 30, activation: 'relu' }), softmax(l)],
  },
  'an MLP with dropout, regularizers and a metric': {
    input: [20],
    compile: { loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
    layers: (l) => [
      l.dense({ units: 30, activation: 'tanh', kernelRegularizer: 'l1l2' }),
      l.dropout({ rate: 0.4 }),
      softmax(l),
    ],
  },
  'an MLP whose first layer is not trained': {
    input: [20],
    plainKernels: true,
    layers: (l) => [l.dense({ units: 30, activation: 'relu', trainable: false }), softmax(l)],
  },
  'an LSTM': {
    input: [6, 4],
    plainKernels: true,
    layers: (l) => [l.lstm({ units: 5, ...initial }), softmax(l)],
  },
  'a GRU': {
    input: [6, 4],
    plainKernels: true,
    layers: (l) => [l.gru({ units: 5, ...initial }), softmax(l)],
  },
  'masked sequences in both directions': {
    input: [6, 4],
    layers: (l) => [
      l.masking({ maskValue: 0 }),
      l.bidirectional({
        layer: l.lstm({ units: 5, returnSequences: true, ...initial }),
        mergeMode: 'concat',
      }),
      l.timeDistributed({ layer: l.dense({ units: 3 }) }),
      l.flatten(),
      softmax(l),
    ],
  },
  'an embedding': {
    input: [6],
    layers: (l) => [l.embedding({ inputDim: 40, outputDim: 7 }), l.flatten(), softmax(l)],
  },
  'layer norm and attention': {
    input: [6, 4],
    plainKernels: true,
    layers: (l, tf) => [
      l.dense({ units: 12 }),
      l.layerNormalization(),
      attention(tf),
      l.layerNormalization(),
      l.flatten(),
      softmax(l),
    ],
  },
  'convolutions, batch norm and pools': {
    input: [12, 10, 3],
    layers: (l) => [
      l.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
      l.batchNormalization(),
      l.maxPooling2d({ poolSize: 2 }),
      l.separableConv2d({ filters: 6, kernelSize: 3, padding: 'same' }),
      l.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }),
      l.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2 }),
      l.zeroPadding2d({ padding: 1 }),
      l.depthwiseConv2d({ kernelSize: 3 }),
      l.globalAveragePooling2d({}),
      softmax(l),
    ],
  },
  'convolutions over time': {
    input: [16, 3],
    layers: (l) => [
      l.conv1d({ filters: 6, kernelSize: 3, activation: 'relu' }),
      l.maxPooling1d({ poolSize: 2 }),
      l.globalMaxPooling1d(),
      softmax(l),
    ],
  },
  'convolutions of volumes': {
    input: [6, 6, 6, 2],
    layers: (l) => [
      l.conv3d({ filters: 3, kernelSize: 2, activation: 'relu' }),
      l.maxPooling3d({ poolSize: 2 }),
      l.flatten(),
      softmax(l),
    ],
  },
};

const optimizers: Readonly<Record<string, (tf: Tf) => tfjs.Optimizer>> = {
  SGD: (tf) => tf.train.sgd(0.1),
  momentum: (tf) => tf.train.momentum(0.1, 0.9),
  Nesterov: (tf) => tf.train.momentum(0.1, 0.9, true),
  Adagrad: (tf) => tf.train.adagrad(0.1),
  Adadelta: (tf) => tf.train.adadelta(),
  Adam: (tf) => tf.train.adam(),
  Adamax: (tf) => tf.train.adamax(),
  RMSProp: (tf) => tf.train.rmsprop(0.01),
  'centered RMSProp': (tf) => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true),
};

const losses = ['meanSquaredError', 'binaryCrossentropy', 'categoricalHinge', 'logcosh'];

/**
 * A trace counts what is registered with the engine: what outlives the kernel that made it. A kernel of the cpu backend
 * that is written with others (a pool, a scatter, a reduction over first axes) holds more while it runs, and one of
 * another backend might hold something else; that is no property of a model, and left out of the comparison, except
 * where there is no such kernel.
 *
 * Left out too is what optimizers hold since they were made, which no step needs: their rates, at most two numbers.
 */
describe('the memory of a step, traced', function () {
  let test: TestSession;
  let scales: Scales;
  before(async () => {
    test = await TestSession.start();
    scales = registerWeighedBackend(test.tf);
  });
  after(() => test.end());

  for (const [name, subject] of Object.entries(subjects))
    for (const optimizer of ['SGD', 'Adam'])
      it(`is to the byte that of a second step on the cpu backend for ${name} with ${optimizer}`, () =>
        compare(subject, { ...subject.compile, optimizer }, 8));
  const mlp = subjects['an MLP'] as Subject;
  for (const optimizer of Object.keys(optimizers))
    for (const name of ['an MLP', 'an LSTM'])
      it(`is to the byte that of a second step on the cpu backend for ${name} with ${optimizer}`, () =>
        compare(subjects[name] as Subject, { optimizer }, 3));
  for (const loss of losses)
    it(`is to the byte that of a second step on the cpu backend for an MLP with ${loss}`, () =>
      compare(mlp, { optimizer: 'RMSProp', loss }, 4));

  it('does not depend on what else is held, nor on what was traced before', async () => {
    const step = () => test.stepOf((tf) => build(tf, mlp), { optimizer: 'adam' }, { batch: 8 });
    const first = await step();
    const others = test.tf.zeros([1000, 1000]);
    const second = await step();
    others.dispose();
    assert.equal(second.peakBytes, first.peakBytes);
    const model = test.build((tf) => build(tf, mlp), { optimizer: 'adam' });
    assert.equal((await test.step(model, { batch: 8 })).peakBytes, first.peakBytes);
    model.dispose();
  });

  it('leaves nothing behind', async () => {
    const { backend } = test.session;
    const model = test.build((tf) => build(tf, mlp), { optimizer: 'sgd' });
    const before = backend.memoryUse().liveBytes;
    await test.step(model, { batch: 8 });
    assert.equal(backend.memoryUse().liveBytes, before);
    model.dispose();
  });

  describe('after each allocation', () => {
    const batches = [2, 5, 11] as const;
    for (const [name, subject] of Object.entries(subjects)) {
      const tiles = name.includes('layer norm');
      it(`grows evenly with the batch for ${name}${tiles ? ', for the most that is held' : ''}`, async () => {
        const held: Float64Array[] = [];
        const peaks: number[] = [];
        for (const batch of batches) {
          const options = { ...subject.compile, optimizer: optimizerOf('Adam') };
          const { recording, peakBytes } = await test.stepOf((tf) => build(tf, subject), options, { batch });
          // From the first allocation on: what the process holds besides is none of the step's.
          held.push(recording.heldBytes.map((bytes) => bytes - (recording.heldBytes[0] ?? 0)));
          peaks.push(peakBytes);
        }
        const lengths = held.map(({ length }) => length);
        if (tiles) {
          // The gradient of a layer norm cuts what was tiled into examples: as many kernels as there are of them.
          assert.ok(onOneLine(lengths) > 0);
          assert.ok(onOneLine(peaks) > 0);
          return;
        }
        assert.equal(onOneLine(lengths), 0);
        const slopes = Array.from(held[0] ?? [], (_, i) => onOneLine(held.map((bytes) => bytes[i] ?? NaN)));
        assert.ok(slopes.length > 50);
        assert.ok(Math.max(...slopes) > 0);
      });
    }

    /** By how much each example adds. */
    function onOneLine([few = NaN, some = NaN, many = NaN]: readonly number[]): number {
      const slope = (some - few) / (batches[1] - batches[0]);
      assert.ok(Number.isInteger(slope), `${slope} an example`);
      assert.equal(many - some, slope * (batches[2] - batches[1]));
      return slope;
    }
  });

  async function compare(subject: Subject, compile: Compile, batch: number): Promise<void> {
    const options = () => ({ ...compile, optimizer: optimizerOf(compile.optimizer as string) });
    const traced = await test.stepOf((tf) => build(tf, subject), options(), { batch });
    const real = await onCpu(() => secondStep(subject, options(), batch));
    assert.equal(traced.peakBytes, real.peakBetweenKernels);
    if (subject.plainKernels) assert.equal(traced.peakBytes, real.peak);
    assert.equal(traced.weightBytes, real.weights);
    assert.equal(traced.optimizerBytes, real.slots);
  }

  /** Bytes, from before there is a model until the end of its second step, in which the optimizer makes no more slots. */
  async function secondStep(subject: Subject, compile: Compile, batch: number) {
    const { tf } = test;
    const parts = { start: scales.held, weights: 0, slots: 0 };
    const model = test.build(() => build(tf, subject));
    parts.weights = scales.held - parts.start;
    const beforeRates = scales.held;
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd', ...compile });
    const rates = scales.held - beforeRates;
    const xs = tf.zeros([batch, ...subject.input]);
    const ys = tf.zeros([batch, classes]);
    const beforeSteps = scales.held;
    await model.trainOnBatch(xs, ys);
    parts.slots = scales.held - beforeSteps;
    scales.peak = scales.peakBetweenKernels = scales.held;
    await model.trainOnBatch(xs, ys);
    const own = parts.start + rates;
    const real = {
      ...parts,
      peak: scales.peak - own,
      peakBetweenKernels: scales.peakBetweenKernels - own,
    };
    model.dispose();
    tf.dispose([xs, ys]);
    assert.ok(rates <= 8 + 12, `${rates} bytes of rates`);
    return real;
  }

  async function onCpu<T>(work: () => Promise<T>): Promise<T> {
    await test.tf.setBackend(weighedBackendName);
    try {
      return await work();
    } finally {
      await test.tf.setBackend(shapeBackendName);
    }
  }

  function optimizerOf(name: string): tfjs.Optimizer {
    return (optimizers[name] as (tf: Tf) => tfjs.Optimizer)(test.tf);
  }
});

function build(tf: Tf, { input, layers }: Subject): tfjs.LayersModel {
  const x = tf.input({ shape: input });
  let y: tfjs.SymbolicTensor = x;
  for (const layer of layers(tf.layers, tf)) y = layer.apply(y) as tfjs.SymbolicTensor;
  return tf.model({ inputs: x, outputs: y });
}

/** Vaswani et al. 2017, equation 1, of queries, keys and values side by side. */
function attention(tf: Tf): tfjs.layers.Layer {
  class Attention extends tf.layers.Layer {
    static readonly className = 'Attention';

    override computeOutputShape(input: tfjs.Shape): tfjs.Shape {
      return [...input.slice(0, -1), (input.at(-1) ?? 0) / 3];
    }

    override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor {
      return tf.tidy(() => {
        const [q, k, v] = tf.split([inputs].flat()[0] as tfjs.Tensor, 3, -1) as [
          tfjs.Tensor,
          tfjs.Tensor,
          tfjs.Tensor,
        ];
        return tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.5)), v);
      });
    }
  }
  return new Attention({});
}
