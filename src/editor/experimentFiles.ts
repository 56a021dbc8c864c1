import path from 'node:path';

/** Whether a file says what to train by its name. */
export function isExperimentFile(file: string): boolean {
  return /\.experiment\.m?[jt]s$/.test(file);
}

/** Whether a file can be run at all. */
export function isScriptFile(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
}

/** Why a name for a new experiment will not do, or undefined where it will. */
export function nameProblem(name: string, existing: (file: string) => boolean): string | undefined {
  const trimmed = name.trim();
  if (trimmed === '') return 'An experiment needs a name.';
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(trimmed))
    return 'Letters, digits, dashes, dots and underscores only; it becomes a file name.';
  if (existing(experimentFileName(trimmed))) return `${experimentFileName(trimmed)} is there already.`;
  return undefined;
}

/** "mnist" or "mnist.experiment.ts" -> "mnist.experiment.ts". */
export function experimentFileName(name: string): string {
  return `${path.basename(name.trim()).replace(/(\.experiment)?(\.[cm]?[jt]s)?$/, '')}.experiment.ts`;
}

/** A first experiment to change: complete, and it trains as it stands. */
export function experimentTemplate(name: string): string {
  return `import { defineExperiment, glyphs } from 'compute-lens';

export default defineExperiment({
  name: '${name}',
  seed: 0,

  // Every function below gets these. Set others when you run it, or in a terminal with --set lr=3e-4.
  params: { lr: 1e-3, hidden: 128 },

  // Drawn digits, 28x28, made on the spot. For data of your own: idx(folder), csv(file), text(file), arrays(...),
  // or any tf.data.Dataset of { xs, ys } batches.
  data: glyphs(),

  model: ({ tf, params, inputShape, outputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape }),
        tf.layers.dense({ units: params.hidden, activation: 'relu' }),
        tf.layers.dense({ units: outputShape[0], activation: 'softmax' }),
      ],
    }),

  optimizer: ({ tf, params }) => tf.train.adam(params.lr),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],

  batchSize: 64,
  epochs: 3,
  // In steps, or 'epoch'.
  evaluateEvery: 200,
  checkpointEvery: 'epoch',
});
`;
}
