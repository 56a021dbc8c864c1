import type { Tf } from '../../../src/train/tfInstance';

type Tensor = ReturnType<Tf['tensor']>;
type Model = ReturnType<Tf['model']>;
type Compile = Parameters<ReturnType<Tf['sequential']>['compile']>[0];
type Layer = ReturnType<Tf['layers']['dense']>;
type Symbolic = ReturnType<Tf['input']>;
type Shape = readonly number[];

/** A model with data to train it on, made anew for each backend. */
export interface Training {
  readonly model: Model;
  readonly x: Tensor | Tensor[];
  readonly y: Tensor;
  readonly compile: Compile;
}

export interface Case {
  readonly name: string;
  readonly make: (tf: Tf) => Training;
  /** Tensors that TensorFlow.js itself keeps when model and optimizer are disposed of. */
  readonly kept?: number;
  /** Of what the product refuses before training: what it says. */
  readonly refused?: RegExp;
}

const batch = 4;
const image = [8, 8, 3];
const sequence = [6, 5];
const volume = [4, 6, 6, 2];
const film = [3, 6, 6, 2];
const vector = [7];

type Given = { inputShape?: number[] };
/** A layer, told its input's shape where it is the first. */
type MakeLayer = (tf: Tf, given: Given) => unknown;

const normal = (tf: Tf, shape: Shape): Tensor => tf.randomNormal([batch, ...shape], 0, 1, 'float32', 7);

/** Layers one after another, then a dense layer to three outputs. */
function stack(tf: Tf, shape: Shape, layers: readonly MakeLayer[]): Model {
  const model = tf.sequential();
  layers.forEach((make, i) => model.add(make(tf, i === 0 ? { inputShape: [...shape] } : {}) as Layer));
  return headed(tf, model);
}

function headed(tf: Tf, model: ReturnType<Tf['sequential']>): Model {
  if ((model.outputs[0] as Symbolic).shape.length > 2) model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 3 }));
  return model;
}

const usual = (tf: Tf): Compile => ({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });

function training(tf: Tf, model: Model, x: Tensor | Tensor[]): Training {
  return { model, x, y: tf.randomNormal([batch, 3], 0, 1, 'float32', 9), compile: usual(tf) };
}

/** In front of the layer in question, so that the gradient of that one's input is needed, too. */
const trainable: MakeLayer = (tf, given) =>
  tf.layers.dense({ ...given, units: given.inputShape?.at(-1) ?? 3, activation: 'tanh' });

function layer(name: string, shape: Shape, make: MakeLayer): Case {
  return {
    name: `layer ${name}`,
    make: (tf) => training(tf, stack(tf, shape, [trainable, make]), normal(tf, shape)),
  };
}

function stacked(name: string, shape: Shape, ...layers: MakeLayer[]): Case {
  return { name: `layer ${name}`, make: (tf) => training(tf, stack(tf, shape, layers), normal(tf, shape)) };
}

/** Of words; `then` comes behind the embedding. */
function embedding(name: string, maskZero: boolean, then?: MakeLayer): Case {
  const make: MakeLayer = (tf) =>
    tf.layers.embedding({ inputDim: 11, outputDim: 4, inputLength: 6, maskZero });
  return {
    name: `layer ${name}`,
    make(tf) {
      const model = stack(tf, [6], then ? [make, then] : [make]);
      return training(tf, model, tf.randomUniform([batch, 6], 0, 11, 'int32', 3));
    },
  };
}

function branches(
  name: string,
  shapes: readonly Shape[],
  join: (tf: Tf, inputs: readonly Symbolic[]) => unknown,
): Case {
  return {
    name: `merge ${name}`,
    make(tf) {
      const inputs = shapes.map((shape) => tf.input({ shape: [...shape] }));
      let output = join(tf, inputs) as Symbolic;
      if (output.shape.length > 2) output = tf.layers.flatten().apply(output) as Symbolic;
      const outputs = tf.layers.dense({ units: 3 }).apply(output) as Symbolic;
      return training(
        tf,
        tf.model({ inputs, outputs }),
        shapes.map((shape) => normal(tf, shape)),
      );
    },
  };
}

const wide = (tf: Tf, input: unknown) => tf.layers.dense({ units: 5 }).apply(input as Symbolic) as Symbolic;

const convolutions = [
  layer('conv1d', sequence, (tf, i) =>
    tf.layers.conv1d({ ...i, filters: 4, kernelSize: 3, padding: 'same' }),
  ),
  layer('conv2d', image, (tf, i) => tf.layers.conv2d({ ...i, filters: 4, kernelSize: 3 })),
  layer("conv2d 'same', stride 2, relu", image, (tf, i) =>
    tf.layers.conv2d({
      ...i,
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      activation: 'relu',
    }),
  ),
  layer('conv2d 1x1', image, (tf, i) => tf.layers.conv2d({ ...i, filters: 4, kernelSize: 1 })),
  layer("conv2d 1x1 'same', stride 2", image, (tf, i) =>
    tf.layers.conv2d({ ...i, filters: 4, kernelSize: 1, strides: 2, padding: 'same' }),
  ),
  layer('conv2d, channels first', [3, 8, 8], (tf, i) =>
    tf.layers.conv2d({ ...i, filters: 4, kernelSize: 3, dataFormat: 'channelsFirst' }),
  ),
  layer('conv3d', volume, (tf, i) => tf.layers.conv3d({ ...i, filters: 3, kernelSize: 2 })),
  layer('conv2dTranspose', image, (tf, i) =>
    tf.layers.conv2dTranspose({ ...i, filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
  ),
  layer('depthwiseConv2d', image, (tf, i) =>
    tf.layers.depthwiseConv2d({ ...i, kernelSize: 3, depthMultiplier: 2 }),
  ),
  layer('separableConv2d', image, (tf, i) => tf.layers.separableConv2d({ ...i, filters: 4, kernelSize: 3 })),
];

const pools = [
  layer('maxPooling1d', sequence, (tf, i) => tf.layers.maxPooling1d({ ...i, poolSize: 2 })),
  layer('maxPooling2d', image, (tf, i) => tf.layers.maxPooling2d({ ...i, poolSize: 2 })),
  layer("maxPooling2d 'same', stride 2", image, (tf, i) =>
    tf.layers.maxPooling2d({ ...i, poolSize: [3, 3], strides: [2, 2], padding: 'same' }),
  ),
  layer('maxPooling3d', volume, (tf, i) => tf.layers.maxPooling3d({ ...i, poolSize: 2 })),
  layer('averagePooling1d', sequence, (tf, i) => tf.layers.averagePooling1d({ ...i, poolSize: 2 })),
  layer('averagePooling2d', image, (tf, i) => tf.layers.averagePooling2d({ ...i, poolSize: 2 })),
  layer("averagePooling2d 'same', stride 2", image, (tf, i) =>
    tf.layers.averagePooling2d({ ...i, poolSize: [3, 3], strides: [2, 2], padding: 'same' }),
  ),
  layer('averagePooling3d', volume, (tf, i) => tf.layers.averagePooling3d({ ...i, poolSize: 2 })),
  layer('globalMaxPooling1d', sequence, (tf, i) => tf.layers.globalMaxPooling1d(i)),
  layer('globalMaxPooling2d', image, (tf, i) => tf.layers.globalMaxPooling2d(i)),
  layer('globalAveragePooling1d', sequence, (tf, i) => tf.layers.globalAveragePooling1d(i)),
  layer('globalAveragePooling2d', image, (tf, i) => tf.layers.globalAveragePooling2d(i)),
];

const normalizations = [
  layer('batchNormalization of images', image, (tf, i) => tf.layers.batchNormalization(i)),
  layer('batchNormalization of vectors', vector, (tf, i) => tf.layers.batchNormalization(i)),
  layer('batchNormalization without scale', image, (tf, i) =>
    tf.layers.batchNormalization({ ...i, scale: false }),
  ),
  layer('batchNormalization without offset, along the first axis', image, (tf, i) =>
    tf.layers.batchNormalization({ ...i, center: false, axis: 1 }),
  ),
  layer('layerNormalization', sequence, (tf, i) => tf.layers.layerNormalization(i)),
  layer('layerNormalization without scale', sequence, (tf, i) =>
    tf.layers.layerNormalization({ ...i, scale: false }),
  ),
  layer('layerNormalization without offset, over two axes', sequence, (tf, i) =>
    tf.layers.layerNormalization({ ...i, center: false, axis: [1, 2] }),
  ),
  layer('dropout', vector, (tf, i) => tf.layers.dropout({ ...i, rate: 0.5 })),
  layer('spatialDropout1d', sequence, (tf, i) => tf.layers.spatialDropout1d({ ...i, rate: 0.5 })),
  layer('alphaDropout', vector, (tf, i) => tf.layers.alphaDropout({ ...i, rate: 0.5 })),
  layer('gaussianDropout', vector, (tf, i) => tf.layers.gaussianDropout({ ...i, rate: 0.5 })),
  layer('gaussianNoise', vector, (tf, i) => tf.layers.gaussianNoise({ ...i, stddev: 0.5 })),
];

const recurrent = [
  embedding('embedding', false),
  embedding('embedding with a mask, lstm', true, (tf) => tf.layers.lstm({ units: 4 })),
  layer('simpleRNN', sequence, (tf, i) => tf.layers.simpleRNN({ ...i, units: 4 })),
  layer('lstm', sequence, (tf, i) => tf.layers.lstm({ ...i, units: 4 })),
  layer('lstm that returns sequences', sequence, (tf, i) =>
    tf.layers.lstm({ ...i, units: 4, returnSequences: true }),
  ),
  layer('lstm with dropout', sequence, (tf, i) =>
    tf.layers.lstm({ ...i, units: 4, dropout: 0.2, recurrentDropout: 0.2 }),
  ),
  layer('gru with dropout', sequence, (tf, i) =>
    tf.layers.gru({ ...i, units: 4, dropout: 0.2, recurrentDropout: 0.2 }),
  ),
  layer('simpleRNN with dropout', sequence, (tf, i) =>
    tf.layers.simpleRNN({ ...i, units: 4, dropout: 0.2, recurrentDropout: 0.2 }),
  ),
  layer('rnn of stacked cells with dropout', sequence, (tf, i) =>
    tf.layers.rnn({
      ...i,
      cell: [
        tf.layers.lstmCell({ units: 4, dropout: 0.2 }),
        tf.layers.gruCell({ units: 3, recurrentDropout: 0.2 }),
      ] as never,
    }),
  ),
  layer('gru', sequence, (tf, i) => tf.layers.gru({ ...i, units: 4 })),
  layer('bidirectional lstm', sequence, (tf, i) =>
    tf.layers.bidirectional({ ...i, layer: tf.layers.lstm({ units: 4 }), mergeMode: 'concat' }),
  ),
  layer('rnn of stacked cells', sequence, (tf, i) =>
    tf.layers.rnn({
      ...i,
      cell: [tf.layers.lstmCell({ units: 4 }), tf.layers.gruCell({ units: 3 })] as never,
    }),
  ),
  layer('rnn of a simpleRNNCell', sequence, (tf, i) =>
    tf.layers.rnn({ ...i, cell: tf.layers.simpleRNNCell({ units: 4 }) }),
  ),
  layer('convLstm2d', film, (tf, i) => tf.layers.convLstm2d({ ...i, filters: 2, kernelSize: 3 })),
  layer('timeDistributed dense', sequence, (tf, i) =>
    tf.layers.timeDistributed({ ...i, layer: tf.layers.dense({ units: 4 }) }),
  ),
  layer('timeDistributed conv2d', film, (tf, i) =>
    tf.layers.timeDistributed({ ...i, layer: tf.layers.conv2d({ filters: 2, kernelSize: 3 }) }),
  ),
  stacked(
    'masking, lstm',
    sequence,
    (tf, i) => tf.layers.masking({ ...i, maskValue: 0 }),
    (tf) => tf.layers.lstm({ units: 4 }),
  ),
];

/** Of small whole numbers, which nothing in front has made. */
function encoding(name: string, outputMode: 'multiHot' | 'oneHot' | 'count', length: number): Case {
  return {
    name: `layer categoryEncoding, ${name}`,
    make(tf) {
      const encode: MakeLayer = (tf, i) => tf.layers.categoryEncoding({ ...i, numTokens: 5, outputMode });
      return training(tf, stack(tf, [length], [encode]), tf.randomUniform([batch, length], 0, 5, 'int32', 3));
    },
  };
}

const shapes = [
  encoding('multiHot', 'multiHot', 3),
  encoding('oneHot', 'oneHot', 1),
  encoding('count', 'count', 3),
  stacked('dense', vector, (tf, i) => tf.layers.dense({ ...i, units: 4, activation: 'relu' })),
  layer('flatten', sequence, (tf, i) => tf.layers.flatten(i)),
  layer('permute', sequence, (tf, i) => tf.layers.permute({ ...i, dims: [2, 1] })),
  layer('reshape', sequence, (tf, i) => tf.layers.reshape({ ...i, targetShape: [5, 6] })),
  layer('repeatVector', [5], (tf, i) => tf.layers.repeatVector({ ...i, n: 3 })),
  layer('upSampling2d, nearest', image, (tf, i) => tf.layers.upSampling2d({ ...i, size: [2, 2] })),
  layer('upSampling2d, bilinear', image, (tf, i) =>
    tf.layers.upSampling2d({ ...i, size: [2, 2], interpolation: 'bilinear' } as never),
  ),
  layer('zeroPadding2d', image, (tf, i) => tf.layers.zeroPadding2d(i)),
  layer('cropping2D', image, (tf, i) =>
    tf.layers.cropping2D({
      ...i,
      cropping: [
        [1, 1],
        [1, 1],
      ],
    }),
  ),
  layer('rescaling', image, (tf, i) => tf.layers.rescaling({ ...i, scale: 0.1 })),
];

const activations = [
  ...(
    [
      ...(['elu', 'hardSigmoid', 'linear', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax'] as const),
      ...(['softplus', 'softsign', 'tanh', 'swish', 'mish', 'gelu', 'gelu_new', 'logSoftmax'] as const),
    ] as const
  ).map((activation) => ({
    ...layer('', vector, (tf, i) => tf.layers.activation({ ...i, activation: activation as 'relu' })),
    name: `activation ${activation}`,
  })),
  layer('leakyReLU', vector, (tf, i) => tf.layers.leakyReLU(i)),
  layer('prelu', vector, (tf, i) => tf.layers.prelu(i)),
  layer('elu', vector, (tf, i) => tf.layers.elu(i)),
  layer('softmax', vector, (tf, i) => tf.layers.softmax(i)),
  layer('reLU', vector, (tf, i) => tf.layers.reLU({ ...i, maxValue: 2 })),
];

const merges = [
  ...(['add', 'multiply', 'average', 'maximum', 'minimum', 'concatenate'] as const).map((name) =>
    branches(name, [[6], [6]], (tf, inputs) =>
      tf.layers[name]().apply(inputs.map((input) => wide(tf, input))),
    ),
  ),
  ...(['maximum', 'minimum'] as const).map((name) =>
    branches(
      `${name} of shapes that are broadcast`,
      [
        [6, 4],
        [1, 4],
      ],
      (tf, inputs) => tf.layers[name]().apply(inputs.map((input) => wide(tf, input))),
    ),
  ),
  branches(
    'dot',
    [
      [6, 4],
      [6, 4],
    ],
    (tf, inputs) => tf.layers.dot({ axes: 2 }).apply(inputs.map((input) => wide(tf, input))),
  ),
  branches(
    'dot of normalized vectors',
    [
      [6, 4],
      [6, 4],
    ],
    (tf, inputs) => tf.layers.dot({ axes: 2, normalize: true }).apply(inputs.map((input) => wide(tf, input))),
  ),
  branches('attention', [[6, 4]], (tf, [input]) => {
    const scores = tf.layers.dot({ axes: 2 }).apply([wide(tf, input), wide(tf, input)]);
    const weights = tf.layers.activation({ activation: 'softmax' }).apply(scores);
    return tf.layers.dot({ axes: [2, 1] }).apply([weights as Symbolic, wide(tf, input)]);
  }),
];

const weights = [
  ...(['l1', 'l2', 'l1l2'] as const).map((name) => ({
    ...layer('', vector, (tf, i) =>
      tf.layers.dense({
        ...i,
        units: 4,
        kernelRegularizer: (tf.regularizers[name] as (options: object) => never)({}),
      }),
    ),
    name: `regularizer ${name}`,
  })),
  ...(['maxNorm', 'unitNorm', 'nonNeg', 'minMaxNorm'] as const).map((name) => ({
    ...layer('', vector, (tf, i) =>
      tf.layers.dense({
        ...i,
        units: 4,
        kernelConstraint: (tf.constraints[name] as (options: object) => never)({}),
      }),
    ),
    name: `constraint ${name}`,
  })),
  {
    ...layer('', vector, (tf, i) =>
      tf.layers.dense({ ...i, units: 7, kernelInitializer: tf.initializers.constant({ value: 0.1 }) }),
    ),
    name: 'initializer constant',
  },
  ...(
    [
      ...(['glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'leCunNormal', 'leCunUniform'] as const),
      ...(['orthogonal', 'varianceScaling', 'randomNormal', 'randomUniform', 'truncatedNormal'] as const),
      ...(['identity', 'ones', 'zeros'] as const),
    ] as const
  ).map((kernelInitializer) => ({
    ...layer('', vector, (tf, i) => tf.layers.dense({ ...i, units: 7, kernelInitializer })),
    name: `initializer ${kernelInitializer}`,
  })),
];

/** A model of two layers, compiled as `compile` says and with data that it can learn from. */
function compiled(name: string, compile: (tf: Tf) => Partial<Compile>, task: Task = regression): Case {
  return {
    name,
    make(tf) {
      const model = tf.sequential();
      model.add(trainable(tf, { inputShape: vector }) as Layer);
      model.add(tf.layers.dense({ units: task.units, activation: task.activation }));
      return {
        model,
        x: normal(tf, vector),
        y: task.y(tf),
        compile: { loss: 'meanSquaredError', optimizer: 'sgd', ...compile(tf) },
      };
    },
  };
}

interface Task {
  readonly units: number;
  readonly activation: 'linear' | 'softmax' | 'sigmoid';
  readonly y: (tf: Tf) => Tensor;
}
const regression: Task = {
  units: 3,
  activation: 'linear',
  y: (tf) => tf.randomNormal([batch, 3], 0, 1, 'float32', 9),
};
const oneHot: Task = {
  units: 3,
  activation: 'softmax',
  y: (tf) => tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 1], 'int32'), 3), 'float32')),
};
const sparse: Task = { units: 3, activation: 'softmax', y: (tf) => tf.tensor1d([0, 1, 2, 1]) };
const binary: Task = { units: 1, activation: 'sigmoid', y: (tf) => tf.tensor2d([0, 1, 1, 0], [4, 1]) };
const shares: Task = { units: 3, activation: 'sigmoid', y: oneHot.y };

const lossesOfLayers = [
  ...(
    [
      ...(['meanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError'] as const),
      ...(['meanSquaredLogarithmicError', 'squaredHinge', 'hinge', 'categoricalHinge', 'logcosh'] as const),
      ...(['cosineProximity'] as const),
    ] as const
  ).map((loss) => compiled(`loss ${loss}`, () => ({ loss }))),
  ...(['categoricalCrossentropy', 'kullbackLeiblerDivergence', 'poisson'] as const).map((loss) =>
    compiled(`loss ${loss}`, () => ({ loss }), oneHot),
  ),
  compiled('loss sparseCategoricalCrossentropy', () => ({ loss: 'sparseCategoricalCrossentropy' }), sparse),
  compiled('loss binaryCrossentropy', () => ({ loss: 'binaryCrossentropy' }), binary),
];

type Loss = (y: Tensor, predicted: Tensor) => Tensor;
const lossesOfCore = (
  [
    ...([
      ['huberLoss', regression],
      ['absoluteDifference', regression],
      ['hingeLoss', regression],
    ] as const),
    ...([
      ['meanSquaredError', regression],
      ['softmaxCrossEntropy', oneHot],
      ['sigmoidCrossEntropy', shares],
    ] as const),
    ...([['logLoss', shares]] as const),
  ] as const
).map(([name, task]) =>
  compiled(
    `loss tf.losses.${name}`,
    (tf) => ({
      loss: (y: Tensor, predicted: Tensor) => (tf.losses[name] as Loss)(y, predicted),
    }),
    task,
  ),
);

const cosineDistance = compiled('loss tf.losses.cosineDistance', (tf) => ({
  loss: (y: Tensor, predicted: Tensor) => tf.losses.cosineDistance(y, predicted, 1),
}));

const optimizers = Object.entries({
  sgd: (tf: Tf) => tf.train.sgd(0.01),
  momentum: (tf: Tf) => tf.train.momentum(0.01, 0.9),
  'momentum, Nesterov': (tf: Tf) => tf.train.momentum(0.01, 0.9, true),
  rmsprop: (tf: Tf) => tf.train.rmsprop(0.01),
  'rmsprop, centered': (tf: Tf) => tf.train.rmsprop(0.01, 0.9, 0.9, 1e-7, true),
  adam: (tf: Tf) => tf.train.adam(0.01),
  adamax: (tf: Tf) => tf.train.adamax(0.01),
  adagrad: (tf: Tf) => tf.train.adagrad(0.01),
  adadelta: (tf: Tf) => tf.train.adadelta(0.01),
}).map(([name, optimizer]) => ({
  ...compiled(`optimizer ${name}`, (tf) => ({ optimizer: optimizer(tf) })),
  kept: name.startsWith('momentum') ? 1 : 0, // the learning rate
}));

const metrics = [
  ...(
    ['accuracy', 'binaryAccuracy', 'categoricalAccuracy', 'precision', 'mse', 'mae', 'cosine'] as const
  ).map((name) =>
    compiled(`metric ${name}`, () => ({ loss: 'categoricalCrossentropy', metrics: [name] }), oneHot),
  ),
  compiled(
    'metric sparseCategoricalAccuracy',
    () => ({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] }),
    sparse,
  ),
  ...(['recall', 'binaryCrossentropy', 'MAPE', 'r2Score'] as const).map((name) =>
    compiled(
      `metric tf.metrics.${name}`,
      (tf) => ({ metrics: [(y: Tensor, p: Tensor) => tf.metrics[name](y, p)] }),
      name === 'recall' ? oneHot : name === 'binaryCrossentropy' ? shares : regression,
    ),
  ),
];

/** What TensorFlow.js declares and cannot train without the product's own gradients and layers. */
const mended = [
  layer('conv1d, causal', [12, 5], (tf, i) =>
    tf.layers.conv1d({ ...i, filters: 4, kernelSize: 3, padding: 'causal', activation: 'relu' }),
  ),
  layer('conv1d, causal, stride 2', [9, 5], (tf, i) =>
    tf.layers.conv1d({ ...i, filters: 4, kernelSize: 3, padding: 'causal', strides: 2 }),
  ),
  layer('conv1d, causal and dilated', [12, 5], (tf, i) =>
    tf.layers.conv1d({ ...i, filters: 4, kernelSize: 3, padding: 'causal', dilationRate: 2 }),
  ),
  layer('conv2d, dilated', image, (tf, i) =>
    tf.layers.conv2d({ ...i, filters: 4, kernelSize: 3, dilationRate: 2 }),
  ),
  layer("conv2d, dilated, 'same', relu", image, (tf, i) =>
    tf.layers.conv2d({
      ...i,
      filters: 4,
      kernelSize: 3,
      dilationRate: [3, 1],
      padding: 'same',
      activation: 'relu',
    }),
  ),
  layer('conv2d, dilated, channels first', [3, 8, 8], (tf, i) =>
    tf.layers.conv2d({ ...i, filters: 4, kernelSize: 3, dilationRate: 2, dataFormat: 'channelsFirst' }),
  ),
  layer('conv3d, dilated', volume, (tf, i) =>
    tf.layers.conv3d({ ...i, filters: 3, kernelSize: 2, dilationRate: 2 }),
  ),
  layer('depthwiseConv2d, dilated', image, (tf, i) =>
    tf.layers.depthwiseConv2d({ ...i, kernelSize: 3, depthMultiplier: 2, dilationRate: 2 }),
  ),
  layer('separableConv2d, dilated', image, (tf, i) =>
    tf.layers.separableConv2d({ ...i, filters: 4, kernelSize: 3, dilationRate: 2 }),
  ),
  layer('conv3dTranspose', volume, (tf, i) =>
    tf.layers.conv3dTranspose({ ...i, filters: 3, kernelSize: 2, strides: 2 }),
  ),
  layer("conv3dTranspose, 'same', stride 1", volume, (tf, i) =>
    tf.layers.conv3dTranspose({ ...i, filters: 3, kernelSize: 3, padding: 'same' }),
  ),
  layer('centerCrop', image, (tf, i) => tf.layers.centerCrop({ ...i, height: 5, width: 5 })),
  layer('centerCrop to more than there is', image, (tf, i) =>
    tf.layers.centerCrop({ ...i, height: 10, width: 9 }),
  ),
  layer('thresholdedReLU', vector, (tf, i) => tf.layers.thresholdedReLU({ ...i, theta: 0.3 })),
  layer('resizing', image, (tf, i) => tf.layers.resizing({ ...i, height: 5, width: 5 })),
  layer('resizing, nearest', image, (tf, i) =>
    tf.layers.resizing({ ...i, height: 11, width: 5, interpolation: 'nearest' }),
  ),
  layer('masking', sequence, (tf, i) => tf.layers.masking({ ...i, maskValue: 0 })),
  stacked(
    'masking of what a trainable layer gives, lstm',
    sequence,
    trainable,
    (tf) => tf.layers.masking(),
    (tf) => tf.layers.lstm({ units: 4 }),
  ),
];

function refused(message: RegExp, wrapped: Case): Case {
  return { ...wrapped, refused: message };
}

const never = [
  refused(
    /conv2d_transpose.* cannot be trained: TensorFlow\.js ignores its dilationRate/i,
    layer('conv2dTranspose, dilated', image, (tf, i) =>
      tf.layers.conv2dTranspose({ ...i, filters: 4, kernelSize: 3, dilationRate: 2 }),
    ),
  ),
  refused(
    /conv3d_?transpose.* cannot be trained: TensorFlow\.js ignores its dilationRate/i,
    layer('conv3dTranspose, dilated', volume, (tf, i) =>
      tf.layers.conv3dTranspose({ ...i, filters: 3, kernelSize: 2, dilationRate: 2 }),
    ),
  ),
  refused(
    /CategoryEncoding.* cannot be trained: it counts whole numbers/i,
    layer('categoryEncoding behind weights', [3], (tf, i) =>
      tf.layers.categoryEncoding({ ...i, numTokens: 5 }),
    ),
  ),
  refused(/RandomWidth.* cannot be trained: its output is of another width/i, {
    name: 'layer randomWidth',
    make(tf) {
      const inputs = tf.input({ shape: image });
      const outputs = tf.layers.randomWidth({ factor: 0.2 }).apply(inputs) as Symbolic;
      return training(tf, tf.model({ inputs, outputs }), normal(tf, image));
    },
  }),
];

export const cases: readonly Case[] = [
  ...[...shapes, ...convolutions, ...pools, ...normalizations, ...recurrent, ...activations, ...merges],
  ...[
    ...weights,
    ...lossesOfLayers,
    ...lossesOfCore,
    cosineDistance,
    ...optimizers,
    ...metrics,
    ...mended,
    ...never,
  ],
];

/** Every so many-th case. */
export function sampleOf(every: number): readonly Case[] {
  return cases.filter((_, i) => i % every === 0);
}
