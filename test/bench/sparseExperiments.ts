export type Network = 'lenet' | 'lenet-published' | 'wide' | 'cnn' | 'gru';

interface Reference {
  readonly title: string;
  /** What evaluations call the share of right answers. */
  readonly metric: string;
  readonly sparsities: readonly number[];
  readonly epochs: number;
  /** The experiment file, with `method` and `sparsity` as parameters. */
  source(data: string, epochs: number): string;
}

/** @param options of methods, by name, beyond a sparsity that 'er' spreads */
function experiment(fields: string, options = '{}'): string {
  return `import { defineExperiment, gradualMagnitude, idx, rigl, set, snfs, snip, staticSparse, text } from 'compute-lens';
const methods: Record<string, any> = { gradualMagnitude, rigl, set, snfs, snip, staticSparse };
const options: Record<string, object> = ${options};
export default defineExperiment({
  name: 'reference',
  params: { method: 'dense', sparsity: 0.9 },
  sparsity: ({ params }) => params.method === 'dense' ? undefined
    : methods[params.method]({ sparsity: params.sparsity, distribution: 'er', ...options[params.method] }),
  loss: 'categoricalCrossentropy', metrics: ['accuracy'], checkpointEvery: 1_000_000,
  ${fields}
});
`;
}

/** A rate that falls along a cosine from `from`. */
const cosine = (from: number) =>
  `learningRate: ({ step, totalSteps }) => ${from / 2} * (1 + Math.cos((Math.PI * step) / totalSteps)),`;

const oncePerEpoch = '{ updateEvery: 600, dropFraction: 0.5, until: 1 }';

/** The reference runs of sparse training. The networks on MNIST train as those of the papers, for fewer epochs. */
export const sparseExperiments: Record<Network, Reference> = {
  lenet: {
    title: 'LeNet-300-100 on MNIST, test accuracy in percent (epochs of 600 steps of 100 images)',
    metric: 'acc',
    sparsities: [0.9, 0.95, 0.98, 0.99],
    epochs: 10,
    source: (data, epochs) =>
      experiment(`data: idx('${data}/mnist', { shape: 'flat' }),
  model: ({ tf }) => tf.sequential({ layers: [
    tf.layers.dense({ inputShape: [784], units: 300, activation: 'relu' }),
    tf.layers.dense({ units: 100, activation: 'relu' }),
    tf.layers.dense({ units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf }) => tf.train.momentum(0.1, 0.9, true), ${cosine(0.1)}
  batchSize: 100, epochs: ${epochs},`),
  },
  'lenet-published': {
    title:
      'LeNet-300-100 on normalised MNIST, as published (Dettmers and Zettlemoyer 2019): L2 of 5e-4, half of the weights ' +
      'of SET and SNFS dropped once an epoch, test accuracy in percent (epochs of 600 steps of 100 images)',
    metric: 'acc',
    sparsities: [0.98],
    epochs: 100,
    source: (data, epochs) =>
      experiment(
        `data: idx('${data}/mnist', { shape: 'flat' }),
  model: ({ tf }) => {
    const kernelRegularizer = tf.regularizers.l2({ l2: 2.5e-4 });
    return tf.sequential({ layers: [
      tf.layers.rescaling({ scale: 1 / 0.3081, offset: -0.1307 / 0.3081, inputShape: [784] }),
      tf.layers.dense({ units: 300, activation: 'relu', kernelRegularizer }),
      tf.layers.dense({ units: 100, activation: 'relu', kernelRegularizer }),
      tf.layers.dense({ units: 10, activation: 'softmax', kernelRegularizer })] });
  },
  optimizer: ({ tf }) => tf.train.momentum(0.1, 0.9, true), ${cosine(0.1)}
  batchSize: 100, epochs: ${epochs},`,
        `{ set: ${oncePerEpoch}, snfs: ${oncePerEpoch} }`,
      ),
  },
  wide: {
    title: '784-1024-1024-10 on MNIST, test accuracy in percent (epochs of 600 steps of 100 images)',
    metric: 'acc',
    sparsities: [0.9, 0.95],
    epochs: 10,
    source: (data, epochs) =>
      experiment(`data: idx('${data}/mnist', { shape: 'flat' }),
  model: ({ tf }) => tf.sequential({ layers: [
    tf.layers.dense({ inputShape: [784], units: 1024, activation: 'relu' }),
    tf.layers.dense({ units: 1024, activation: 'relu' }),
    tf.layers.dense({ units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf }) => tf.train.momentum(0.1, 0.9, true), ${cosine(0.1)}
  batchSize: 100, epochs: ${epochs},`),
  },
  cnn: {
    title:
      'Convolutions of 16 and 32 channels on MNIST, test accuracy in percent (epochs of 600 steps of 100 images)',
    metric: 'acc',
    sparsities: [0.9, 0.95],
    epochs: 3,
    source: (data, epochs) =>
      experiment(`data: idx('${data}/mnist'),
  model: ({ tf, inputShape }) => tf.sequential({ layers: [
    tf.layers.conv2d({ inputShape, filters: 16, kernelSize: 5, padding: 'same', activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 32, kernelSize: 5, padding: 'same', activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 128, activation: 'relu' }),
    tf.layers.dense({ units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf }) => tf.train.momentum(0.05, 0.9, true), ${cosine(0.05)}
  batchSize: 100, epochs: ${epochs},`),
  },
  gru: {
    title:
      'GRU of 128 units on tiny Shakespeare, share of next characters right in percent (sequences of 32, batch 64)',
    metric: 'acc',
    sparsities: [0.9, 0.95],
    epochs: 2,
    source: (data, epochs) =>
      experiment(`data: text('${data}/tinyshakespeare/input.txt', { sequenceLength: 32, labels: 'sequence', testFraction: 0.05 }),
  model: ({ tf, inputShape, outputShape }) => tf.sequential({ layers: [
    tf.layers.gru({ inputShape, units: 128, returnSequences: true }),
    tf.layers.timeDistributed({ layer: tf.layers.dense({ units: outputShape[1], activation: 'softmax' }) })] }),
  optimizer: ({ tf }) => tf.train.adam(0.003), ${cosine(0.003)}
  batchSize: 64, epochs: ${epochs},`),
  },
};
