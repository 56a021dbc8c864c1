import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { registerShapeBackend, shapeBackendName, type ShapeBackend } from '../../../src/trace/shapeBackend';
import type { Tf } from '../../../src/train/tfInstance';
import { kernelLine, loggedBackendName, registerLoggedBackend } from './kernelLog';
import { loadTensorflow } from './tensorflow';

interface Subject {
  readonly inputs: readonly number[][];
  readonly loss: string;
  model(tf: Tf): tfjs.LayersModel;
}

const stack = (input: number[], loss: string, layers: (l: Tf['layers']) => tfjs.layers.Layer[]): Subject => ({
  inputs: [input],
  loss,
  model: (tf) => {
    const x = tf.input({ shape: input });
    let y: tfjs.SymbolicTensor = x;
    for (const layer of layers(tf.layers)) y = layer.apply(y) as tfjs.SymbolicTensor;
    return tf.model({ inputs: x, outputs: y });
  },
});
const merged = (make: (l: Tf['layers']) => tfjs.layers.Layer, shape = [4, 5]): Subject => ({
  inputs: [shape, shape],
  loss: 'meanSquaredError',
  model: (tf) => {
    const inputs = [tf.input({ shape }), tf.input({ shape })];
    const joined = make(tf.layers).apply(inputs) as tfjs.SymbolicTensor;
    const y = tf.layers.dense({ units: 2 }).apply(tf.layers.flatten().apply(joined)) as tfjs.SymbolicTensor;
    return tf.model({ inputs, outputs: y });
  },
});
/** Plain initialisers: an orthogonal one depends on values, and is not part of a step anyway. */
const plain = { recurrentInitializer: 'glorotNormal' } as const;
const image = [12, 10, 3];
const mse = 'meanSquaredError';

/** The layers API by what its parts need: each subject is trained for two steps on both backends. */
const subjects: Record<string, Subject> = {
  'dense, dropout, softmax': stack([20], 'categoricalCrossentropy', (l) => [
    l.dense({ units: 16, activation: 'relu', kernelRegularizer: 'l1l2' }),
    l.dropout({ rate: 0.5 }),
    l.dense({ units: 5, activation: 'softmax' }),
  ]),
  activations: stack([8], mse, (l) => [
    ...(
      [
        'elu',
        'relu6',
        'selu',
        'sigmoid',
        'tanh',
        'softplus',
        'softsign',
        'hardSigmoid',
        'linear',
        'swish',
        'mish',
        'gelu',
        'gelu_new',
      ] as const
    ).map((activation) => l.activation({ activation })),
    l.leakyReLU(),
    l.prelu(),
    l.reLU({ maxValue: 6 }),
    l.elu(),
    l.softmax(),
    l.dense({ units: 2 }),
  ]),
  'convolutions, batch norm, pools': stack(image, mse, (l) => [
    l.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
    l.batchNormalization(),
    l.maxPooling2d({ poolSize: 2 }),
    l.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
    l.separableConv2d({ filters: 6, kernelSize: 3, padding: 'same' }),
    l.averagePooling2d({ poolSize: 2 }),
    l.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2 }),
    l.upSampling2d({ size: [2, 2] }),
    l.zeroPadding2d({ padding: 1 }),
    l.cropping2D({
      cropping: [
        [1, 0],
        [0, 1],
      ],
    }),
    l.globalAveragePooling2d({}),
    l.dense({ units: 2 }),
  ]),
  'global max pool': stack(image, mse, (l) => [l.globalMaxPooling2d({}), l.dense({ units: 2 })]),
  'one dimension': stack([16, 3], mse, (l) => [
    l.conv1d({ filters: 4, kernelSize: 3, strides: 2 }),
    l.maxPooling1d({ poolSize: 2 }),
    l.averagePooling1d({ poolSize: 2 }),
    l.globalMaxPooling1d(),
    l.dense({ units: 2 }),
  ]),
  'one dimension, averaged': stack([16, 3], mse, (l) => [l.globalAveragePooling1d(), l.dense({ units: 2 })]),
  'three dimensions': stack([6, 6, 6, 2], mse, (l) => [
    l.conv3d({ filters: 3, kernelSize: 2, activation: 'tanh' }),
    l.maxPooling3d({ poolSize: [2, 2, 2] }),
    l.averagePooling3d({ poolSize: [2, 2, 2] }),
    l.flatten(),
    l.dense({ units: 2 }),
  ]),
  'convolutional LSTM': stack([3, 5, 5, 2], mse, (l) => [
    l.convLstm2d({ filters: 2, kernelSize: 3, ...plain }),
    l.flatten(),
    l.dense({ units: 2 }),
  ]),
  'embedding, LSTM, bidirectional GRU': stack([6], 'categoricalCrossentropy', (l) => [
    l.embedding({ inputDim: 10, outputDim: 4 }),
    l.lstm({ units: 5, returnSequences: true, ...plain }),
    l.bidirectional({ layer: l.gru({ units: 3, ...plain }), mergeMode: 'concat' }),
    l.dense({ units: 4, activation: 'softmax' }),
  ]),
  'simple RNN, time distributed, masked': stack([5, 3], mse, (l) => [
    l.masking({ maskValue: 0 }),
    l.simpleRNN({ units: 4, returnSequences: true, recurrentDropout: 0.2, ...plain }),
    l.timeDistributed({ layer: l.dense({ units: 3 }) }),
    l.flatten(),
    l.dense({ units: 2 }),
  ]),
  'stacked cells': stack([5, 3], mse, (l) => [
    l.rnn({
      cell: l.stackedRNNCells({
        cells: [l.gruCell({ units: 4, ...plain }), l.lstmCell({ units: 3, ...plain })],
      }),
    }),
    l.dense({ units: 2 }),
  ]),
  shapes: stack([4, 6], mse, (l) => [
    l.reshape({ targetShape: [6, 4] }),
    l.permute({ dims: [2, 1] }),
    l.flatten(),
    l.repeatVector({ n: 3 }),
    l.layerNormalization(),
    l.flatten(),
    l.dense({ units: 2 }),
  ]),
  noise: stack([4, 6], mse, (l) => [
    l.gaussianNoise({ stddev: 0.1 }),
    l.gaussianDropout({ rate: 0.2 }),
    l.alphaDropout({ rate: 0.2 }),
    l.flatten(),
    l.dense({ units: 2 }),
  ]),
  add: merged((l) => l.add()),
  average: merged((l) => l.average()),
  concatenate: merged((l) => l.concatenate()),
  dot: merged((l) => l.dot({ axes: [2, 2] })),
  maximum: merged((l) => l.maximum()),
  minimum: merged((l) => l.minimum()),
  multiply: merged((l) => l.multiply()),
};
const optimizers: Record<string, (tf: Tf) => tfjs.Optimizer> = {
  sgd: (tf) => tf.train.sgd(0.1),
  momentum: (tf) => tf.train.momentum(0.1, 0.9),
  nesterov: (tf) => tf.train.momentum(0.1, 0.9, true),
  adagrad: (tf) => tf.train.adagrad(0.1),
  adadelta: (tf) => tf.train.adadelta(),
  adam: (tf) => tf.train.adam(),
  adamax: (tf) => tf.train.adamax(),
  rmsprop: (tf) => tf.train.rmsprop(0.01),
  'centered rmsprop': (tf) => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true),
};
const losses = [
  ...['meanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError', 'meanSquaredLogarithmicError'],
  ...[
    'squaredHinge',
    'hinge',
    'categoricalHinge',
    'logcosh',
    'categoricalCrossentropy',
    'binaryCrossentropy',
  ],
  ...['kullbackLeiblerDivergence', 'poisson', 'cosineProximity', 'sparseCategoricalCrossentropy'],
];

describe('the kernels of a training step, traced', function () {
  this.timeout(60_000);
  let tf: Tf;
  let backend: ShapeBackend;
  let logged: string[];
  before(() => {
    tf = loadTensorflow();
    backend = registerShapeBackend(tf);
    logged = registerLoggedBackend(tf);
  });
  after(() => tf.setBackend('cpu'));

  for (const [name, subject] of Object.entries(subjects))
    it(`are those that the cpu backend runs for ${name}`, () => compare(subject, 'adam', subject.loss));
  const mlp = subjects['dense, dropout, softmax'] as Subject;
  for (const optimizer of Object.keys(optimizers))
    it(`are those that the cpu backend runs with ${optimizer}`, () => compare(mlp, optimizer, mlp.loss));
  for (const loss of losses)
    it(`are those that the cpu backend runs for ${loss}`, () => compare(mlp, 'sgd', loss));

  async function compare(subject: Subject, optimizer: string, loss: string): Promise<void> {
    const expected = await train(loggedBackendName, subject, optimizer, loss);
    const traced = await train(shapeBackendName, subject, optimizer, loss);
    assert.ok(expected.length > 10, `only ${expected.length} kernels were run`);
    assert.deepEqual(traced, expected);
  }

  /** Two steps, since the first one makes the optimizer's slots. */
  async function train(name: string, subject: Subject, optimizer: string, loss: string): Promise<string[]> {
    const traced: string[] = [];
    await tf.setBackend(name);
    const model = subject.model(tf);
    model.compile({ optimizer: optimizers[optimizer]?.(tf) ?? 'sgd', loss, metrics: ['accuracy'] });
    const xs = subject.inputs.map((shape) => tf.ones([2, ...shape]));
    const [output] = model.outputs;
    const shape = (output?.shape ?? []).map((size) => size ?? 2);
    const ys = loss === 'sparseCategoricalCrossentropy' ? tf.zeros([2, 1]) : tf.ones(shape);
    logged.length = 0;
    backend.observer = {
      kernel: ({ kernel, inputs, outputs }) => traced.push(kernelLine(kernel, inputs, outputs)),
      unknownRead: () => undefined,
    };
    for (let step = 0; step < 2; step++) await model.trainOnBatch(xs, ys);
    backend.observer = undefined;
    model.dispose();
    tf.dispose([xs, ys]);
    return name === loggedBackendName ? [...logged] : traced;
  }
});
