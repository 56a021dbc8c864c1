import type * as tfjs from '@tensorflow/tfjs';
import type { CalibrationModel } from './calibrationModel';

const same = { padding: 'same' } as const;
const recurrent = { recurrentInitializer: 'glorotUniform' } as const;

type Option = Partial<Pick<CalibrationModel, 'optimizer' | 'vocabulary'>>;

function model(
  name: string,
  batch: number,
  inputShape: readonly number[],
  layers: CalibrationModel['layers'],
  { optimizer = 'adam', ...others }: Option = {},
): CalibrationModel {
  return { name, batch, inputShape, layers, optimizer, ...others };
}

function dense(
  batch: number,
  width: number,
  units: readonly number[],
  activation: 'relu' | 'tanh' | 'sigmoid',
  option?: Option,
) {
  return model(
    `dense ${[width, ...units].join('-')} ${activation}`,
    batch,
    [width],
    (layers) => units.map((each) => layers.dense({ units: each, activation })),
    option,
  );
}

function attention(
  batch: number,
  tokens: number,
  width: number,
  wide: number,
  norm: boolean,
): CalibrationModel {
  return model(
    `attention ${tokens}x${width}${norm ? ' norm' : ''}`,
    batch,
    [tokens, width],
    (layers) => (x, apply) => {
      const project = (units: number, of: tfjs.SymbolicTensor) => apply(layers.dense({ units }), of);
      const normal = (of: tfjs.SymbolicTensor) => (norm ? apply(layers.layerNormalization(), of) : of);
      const scores = apply(
        layers.softmax({ axis: 2 }),
        apply(layers.dot({ axes: [2, 2] }), project(width, x), project(width, x)),
      );
      const seen = apply(layers.dot({ axes: [2, 1] }), scores, project(width, x));
      const attended = normal(apply(layers.add(), x, project(width, seen)));
      const out = project(width, apply(layers.dense({ units: wide, activation: 'relu' }), attended));
      return normal(apply(layers.add(), attended, out));
    },
  );
}

/** None of them is like those that predictions are tried on (test/bench). Small ones first. */
export const calibrationModels: readonly CalibrationModel[] = [
  dense(8, 16, [16], 'relu', { optimizer: 'sgd' }),
  dense(10, 36, [24], 'relu'),
  dense(4, 12, [14, 14, 14, 14, 14, 14, 14, 14], 'tanh'),
  dense(24, 60, [90, 30], 'tanh', { optimizer: 'momentum' }),
  dense(36, 80, [70], 'sigmoid'),
  dense(48, 220, [180, 90], 'relu', { optimizer: 'rmsprop' }),
  dense(40, 500, [400, 150], 'sigmoid'),
  dense(200, 160, [320, 160, 160], 'relu', { optimizer: 'sgd' }),
  dense(96, 700, [600, 300, 100], 'relu'),
  dense(12, 1500, [900], 'relu'),
  dense(256, 64, [48, 48, 48, 48], 'tanh'),
  model('convolutions 5x5', 12, [20, 20, 1], (layers) => [
    layers.conv2d({ filters: 6, kernelSize: 5, activation: 'relu' }),
    layers.averagePooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 20, kernelSize: 5, activation: 'tanh' }),
    layers.flatten(),
    layers.dense({ units: 60, activation: 'relu' }),
  ]),
  model('small convolutions and batch norm', 4, [10, 10, 2], (layers) =>
    [4, 12].flatMap((filters) => [
      layers.conv2d({ filters, kernelSize: 3, ...same }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
    ]),
  ),
  model('convolutions 3x3 few channels', 16, [24, 24, 3], (layers) => [
    layers.conv2d({ filters: 10, kernelSize: 3, activation: 'relu' }),
    layers.conv2d({ filters: 14, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 20, kernelSize: 3, activation: 'relu' }),
  ]),
  model('convolutions 3x3', 10, [20, 20, 24], (layers) => [
    layers.conv2d({ filters: 40, kernelSize: 3, ...same, activation: 'relu' }),
    layers.conv2d({ filters: 56, kernelSize: 3, ...same, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 72, kernelSize: 3, ...same }),
  ]),
  model('convolutions of stride 2', 20, [26, 26, 12], (layers) => [
    layers.conv2d({ filters: 32, kernelSize: 3, strides: 2, ...same, activation: 'relu' }),
    layers.conv2d({ filters: 48, kernelSize: 3, strides: 2, ...same, activation: 'relu' }),
    layers.conv2d({ filters: 96, kernelSize: 3, strides: 2, ...same, activation: 'relu' }),
  ]),
  model('small images', 48, [6, 6, 40], (layers) => [
    layers.conv2d({ filters: 80, kernelSize: 3, ...same, activation: 'relu' }),
    layers.conv2d({ filters: 80, kernelSize: 3, ...same, activation: 'relu' }),
  ]),
  model('convolutions 1x1', 14, [14, 14, 40], (layers) => [
    layers.conv2d({ filters: 88, kernelSize: 1, activation: 'relu' }),
    layers.conv2d({ filters: 30, kernelSize: 1 }),
    layers.conv2d({ filters: 88, kernelSize: 1, activation: 'relu' }),
  ]),
  model('depthwise convolutions', 12, [18, 18, 24], (layers) => [
    layers.depthwiseConv2d({ kernelSize: 3, ...same, activation: 'relu' }),
    layers.conv2d({ filters: 36, kernelSize: 1 }),
    layers.depthwiseConv2d({ kernelSize: 3, ...same, activation: 'relu' }),
  ]),
  model('depthwise convolutions of many channels', 6, [10, 10, 64], (layers) => [
    layers.depthwiseConv2d({ kernelSize: 3, ...same }),
    layers.conv2d({ filters: 16, kernelSize: 1, activation: 'relu' }),
    layers.depthwiseConv2d({ kernelSize: 5, ...same, activation: 'relu' }),
  ]),
  model('convolutions of one axis', 24, [90, 10], (layers) => [
    layers.conv1d({ filters: 24, kernelSize: 5, activation: 'relu' }),
    layers.maxPooling1d({ poolSize: 3 }),
    layers.conv1d({ filters: 40, kernelSize: 5, activation: 'relu' }),
  ]),
  model('convolutions and batch norm', 12, [22, 22, 6], (layers) =>
    [18, 30].flatMap((filters) => [
      layers.conv2d({ filters, kernelSize: 3, ...same }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
    ]),
  ),
  model('batch norm of images', 20, [20, 20, 20], (layers) => [
    layers.conv2d({ filters: 20, kernelSize: 1 }),
    layers.batchNormalization(),
    layers.activation({ activation: 'relu' }),
    layers.batchNormalization(),
  ]),
  model('batch norm of rows', 150, [180], (layers) =>
    [220, 140].flatMap((units) => [
      layers.dense({ units }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
    ]),
  ),
  model('layer norm', 20, [24, 72], (layers) => [
    layers.dense({ units: 40 }),
    layers.layerNormalization(),
    layers.dense({ units: 100, activation: 'relu' }),
    layers.layerNormalization(),
  ]),
  model('activations', 100, [120], (layers) =>
    (['tanh', 'sigmoid', 'elu', 'softplus', 'swish', 'selu'] as const).flatMap((activation) => [
      layers.dense({ units: 120 }),
      layers.activation({ activation }),
    ]),
  ),
  model('sums of images', 16, [28, 28, 16], (layers) => (x, apply) => {
    let y = apply(layers.conv2d({ filters: 16, kernelSize: 1 }), x);
    for (let i = 0; i < 3; i++) {
      const turned = apply(layers.activation({ activation: i === 1 ? 'tanh' : 'relu' }), y);
      y = apply(layers.add(), y, apply(layers.multiply(), turned, x));
    }
    return apply(layers.globalAveragePooling2d({}), y);
  }),
  model('pools', 24, [32, 32, 12], (layers) => (x, apply) => {
    const y = apply(layers.conv2d({ filters: 12, kernelSize: 1 }), x);
    const pooled = [
      apply(layers.maxPooling2d({ poolSize: 3, strides: 2, ...same }), y),
      apply(layers.averagePooling2d({ poolSize: 2 }), y),
    ];
    return apply(layers.globalMaxPooling2d({}), apply(layers.concatenate(), ...pooled));
  }),
  model('noise', 64, [300], (layers) => [
    layers.dense({ units: 260, activation: 'relu' }),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 260, activation: 'relu' }),
    layers.dropout({ rate: 0.5 }),
  ]),
  model('turns', 16, [30, 50], (layers) => [
    layers.dense({ units: 64 }),
    layers.permute({ dims: [2, 1] }),
    layers.dense({ units: 44 }),
    layers.permute({ dims: [2, 1] }),
  ]),
  model('LSTM 10 of 8 steps', 4, [8, 6], (layers) => [layers.lstm({ units: 10, ...recurrent })]),
  model('LSTM 40 of 12 steps', 16, [12, 20], (layers) => [layers.lstm({ units: 40, ...recurrent })]),
  model('LSTM 100 of 18 steps', 36, [18, 50], (layers) => [layers.lstm({ units: 100, ...recurrent })]),
  model('LSTM 24 of 40 steps', 80, [40, 8], (layers) => [layers.lstm({ units: 24, ...recurrent })]),
  model('LSTM 84 of 30 steps', 56, [30, 20], (layers) => [layers.lstm({ units: 84, ...recurrent })]),
  model('LSTM 144 of 14 steps', 20, [14, 30], (layers) => [layers.lstm({ units: 144, ...recurrent })]),
  model('GRU 14 of 10 steps', 6, [10, 8], (layers) => [layers.gru({ units: 14, ...recurrent })]),
  model('GRU 48 of 14 steps', 24, [14, 32], (layers) => [layers.gru({ units: 48, ...recurrent })]),
  model('GRU 96 of 26 steps', 40, [26, 36], (layers) => [layers.gru({ units: 96, ...recurrent })]),
  model('recurrent 72 of 20 steps', 20, [20, 16], (layers) => [
    layers.simpleRNN({ units: 72, ...recurrent }),
  ]),
  model(
    'embedding',
    32,
    [24],
    (layers) => [
      layers.embedding({ inputDim: 1500, outputDim: 24 }),
      layers.globalAveragePooling1d({}),
      layers.dense({ units: 40, activation: 'relu' }),
    ],
    { vocabulary: 1500 },
  ),
  model(
    'embedding and LSTM',
    12,
    [16],
    (layers) => [
      layers.embedding({ inputDim: 400, outputDim: 36 }),
      layers.lstm({ units: 36, ...recurrent }),
    ],
    { vocabulary: 400 },
  ),
  attention(3, 8, 16, 40, true),
  attention(6, 14, 28, 60, true),
  attention(10, 16, 48, 96, false),
  attention(12, 48, 80, 200, true),
  attention(40, 20, 36, 120, true),
];
