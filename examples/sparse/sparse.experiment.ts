// LeNet-300-100, sparse: which weights are there changes while it trains. Compare methods with --set method=set, and
// how sparse it is with --set sparsity=0.99.
import {
  defineExperiment,
  glyphs,
  gradualMagnitude,
  idx,
  rigl,
  set,
  snfs,
  snip,
  staticSparse,
} from 'compute-lens';

const methods = { rigl, set, snfs, snip, staticSparse, gradualMagnitude };

export default defineExperiment({
  name: 'sparse LeNet-300-100',
  seed: 1,
  params: { method: 'rigl', sparsity: 0.95, lr: 0.1, epochs: 4, dataDir: '' },

  // Real MNIST instead: download it once with `npx compute-lens data get mnist`, then set dataDir to its folder.
  data: ({ params }) => (params.dataDir ? idx(params.dataDir, { shape: 'flat' }) : glyphs({ shape: 'flat' })),

  model: ({ tf, inputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape, units: 300, activation: 'relu' }),
        tf.layers.dense({ units: 100, activation: 'relu' }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),

  // Any other name trains it dense.
  sparsity: ({ params: { method, sparsity } }) =>
    method in methods ? methods[method as keyof typeof methods]({ sparsity, distribution: 'er' }) : undefined,

  optimizer: ({ tf, params }) => tf.train.momentum(params.lr, 0.9, true),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  batchSize: 100,
  epochs: ({ params }) => params.epochs,
});
