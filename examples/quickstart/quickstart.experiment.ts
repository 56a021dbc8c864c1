// A first experiment: handwritten-like digits, drawn on the spot, and a small network that learns to read them.
// Press the run button above, or F1 and "Compute Lens: Run Experiment".
import { defineExperiment, glyphs, idx } from 'compute-lens';

export default defineExperiment({
  name: 'quickstart',
  seed: 1,
  // Defaults: change them when you run, or in a terminal with --set lr=3e-3.
  params: { lr: 1e-3, hidden: 256, epochs: 4, dataDir: '' },

  // Real MNIST instead: download it once with `npx compute-lens data get mnist`, then set dataDir to its folder.
  data: ({ params }) => (params.dataDir ? idx(params.dataDir, { shape: 'flat' }) : glyphs({ shape: 'flat' })),

  model: ({ tf, params, inputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape, units: params.hidden, activation: 'relu' }),
        tf.layers.dense({ units: 128, activation: 'relu' }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),

  optimizer: ({ tf, params }) => tf.train.adam(params.lr),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  batchSize: 128,
  epochs: ({ params }) => params.epochs,
  evaluateEvery: 'epoch',
  checkpointEvery: 'epoch',
});
