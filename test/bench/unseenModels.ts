import type * as tfjs from '@tensorflow/tfjs';
import type { CalibrationModel } from '../../src/train/calibrationModel';

type Layers = typeof tfjs.layers;

const mlp = (batch: number, width: number, units: readonly number[]): CalibrationModel => ({
  name: `MLP ${[width, ...units, 12].join('-')}, batch ${batch}`,
  batch,
  inputShape: [width],
  optimizer: 'adam',
  layers: (layers) => units.map((each) => layers.dense({ units: each, activation: 'relu' })),
});

const cnn = (
  batch: number,
  side: number,
  channels: number,
  filters: readonly number[],
): CalibrationModel => ({
  name: `CNN with batch norm ${side}x${side}x${channels}, ${filters.join('/')}, batch ${batch}`,
  batch,
  inputShape: [side, side, channels],
  optimizer: 'adam',
  layers: (layers) => [
    ...filters.flatMap((each) => [
      layers.conv2d({ filters: each, kernelSize: 3, padding: 'same' }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
    ]),
    layers.globalAveragePooling2d({}),
  ],
});

const lstm = (batch: number, steps: number, width: number, units: number): CalibrationModel => ({
  name: `LSTM ${units} over ${steps} steps of ${width}, batch ${batch}`,
  batch,
  inputShape: [steps, width],
  optimizer: 'rmsprop',
  layers: (layers: Layers) => [layers.lstm({ units, recurrentInitializer: 'glorotUniform' })],
});

const transformer = (batch: number, tokens: number, width: number): CalibrationModel => ({
  name: `transformer block, ${tokens} tokens of ${width}, batch ${batch}`,
  batch,
  inputShape: [tokens, width],
  optimizer: 'adam',
  layers: (layers) => (x, apply) => {
    const project = (units: number, of: tfjs.SymbolicTensor) => apply(layers.dense({ units }), of);
    const scores = apply(
      layers.softmax({ axis: 2 }),
      apply(layers.dot({ axes: [2, 2] }), project(width, x), project(width, x)),
    );
    const seen = apply(layers.dot({ axes: [2, 1] }), scores, project(width, x));
    const attended = apply(layers.layerNormalization(), apply(layers.add(), x, project(width, seen)));
    const wide = apply(layers.dense({ units: 4 * width, activation: 'relu' }), attended);
    const made = apply(layers.layerNormalization(), apply(layers.add(), attended, project(width, wide)));
    return apply(layers.globalAveragePooling1d({}), made);
  },
});

/** Models that no device is calibrated by, of four kinds, each in several sizes. Small ones first. */
export const unseenModels: readonly CalibrationModel[] = [
  mlp(32, 100, [50]),
  mlp(64, 320, [128, 64]),
  mlp(128, 784, [256, 128]),
  mlp(100, 1000, [800, 400]),
  cnn(8, 12, 3, [8, 16]),
  cnn(32, 28, 1, [16, 32]),
  cnn(16, 32, 3, [32, 64, 64]),
  cnn(24, 24, 3, [24, 48, 96]),
  lstm(8, 10, 12, 16),
  lstm(64, 28, 28, 64),
  lstm(32, 24, 40, 128),
  lstm(48, 16, 64, 48),
  transformer(4, 12, 24),
  transformer(32, 32, 64),
  transformer(16, 24, 128),
  transformer(8, 64, 96),
];
