import type * as tfjs from '@tensorflow/tfjs';
import { full, models } from './gpuWork';

type Tf = typeof tfjs;

/** The models that engines are compared by. */
export const engineModels = {
  mlp: {
    title: 'MLP 784-256-128-10, batch 128',
    batch: 128,
    inputShape: [784],
    make: (tf: Tf) => models.mlp(tf, full),
  },
  cnn: {
    title: 'small CNN, 28x28x1, conv 8/16, batch 64',
    batch: 64,
    inputShape: [28, 28, 1],
    make: (tf: Tf) => models.cnn(tf, full),
  },
  bigCnn: {
    title: 'bigger CNN with batch norm, 32x32x3, conv 32/64/64/128, batch 32',
    batch: 32,
    inputShape: [32, 32, 3],
    make: (tf: Tf) => {
      const blocks = [32, 64, 64, 128].flatMap((filters, i) => [
        tf.layers.conv2d({
          filters,
          kernelSize: 3,
          padding: 'same',
          ...(i === 0 && { inputShape: [32, 32, 3] }),
        }),
        tf.layers.batchNormalization(),
        tf.layers.activation({ activation: 'relu' }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
      ]);
      return tf.sequential({
        layers: [
          ...blocks,
          tf.layers.globalAveragePooling2d({}),
          tf.layers.dense({ units: 10, activation: 'softmax' }),
        ],
      });
    },
  },
  lstm: {
    title: 'LSTM 64 over 28 steps of 28, batch 64',
    batch: 64,
    inputShape: [28, 28],
    make: (tf: Tf) =>
      tf.sequential({
        layers: [
          // Orthogonal weights take longer to make than all of the training.
          tf.layers.lstm({ inputShape: [28, 28], units: 64, recurrentInitializer: 'glorotUniform' }),
          tf.layers.dense({ units: 10, activation: 'softmax' }),
        ],
      }),
  },
  transformer: {
    title: 'transformer block, 32 tokens of 64, batch 32',
    batch: 32,
    inputShape: [32, 64],
    make: (tf: Tf) => {
      const { layers } = tf;
      const x = tf.input({ shape: [32, 64] });
      const apply = (layer: tfjs.layers.Layer, ...of: tfjs.SymbolicTensor[]) =>
        layer.apply(of.length === 1 ? (of[0] as tfjs.SymbolicTensor) : of) as tfjs.SymbolicTensor;
      const [queries, keys, values] = [0, 1, 2].map(() => apply(layers.dense({ units: 64 }), x)) as [
        tfjs.SymbolicTensor,
        tfjs.SymbolicTensor,
        tfjs.SymbolicTensor,
      ];
      const scores = apply(layers.softmax({ axis: 2 }), apply(layers.dot({ axes: [2, 2] }), queries, keys));
      const seen = apply(layers.dot({ axes: [2, 1] }), scores, values);
      const attended = apply(
        layers.layerNormalization(),
        apply(layers.add(), x, apply(layers.dense({ units: 64 }), seen)),
      );
      const wide = apply(layers.dense({ units: 256, activation: 'relu' }), attended);
      const made = apply(
        layers.layerNormalization(),
        apply(layers.add(), attended, apply(layers.dense({ units: 64 }), wide)),
      );
      const pooled = apply(layers.globalAveragePooling1d({}), made);
      return tf.model({
        inputs: x,
        outputs: apply(layers.dense({ units: 10, activation: 'softmax' }), pooled),
      });
    },
  },
};
export type EngineModel = keyof typeof engineModels;
