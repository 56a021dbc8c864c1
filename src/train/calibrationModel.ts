import type * as tfjs from '@tensorflow/tfjs';

type Layers = typeof tfjs.layers;
type Layer = tfjs.layers.Layer;
type Apply = (layer: Layer, ...inputs: tfjs.SymbolicTensor[]) => tfjs.SymbolicTensor;

/** A small training step that a device is measured by. Together they hold the kinds of kernels in many proportions. */
export interface CalibrationModel {
  readonly name: string;
  readonly batch: number;
  readonly inputShape: readonly number[];
  /** Inputs are indices below it. */
  readonly vocabulary?: number;
  readonly optimizer: 'sgd' | 'momentum' | 'adam' | 'rmsprop';
  readonly layers: (
    layers: Layers,
  ) => Layer[] | ((x: tfjs.SymbolicTensor, apply: Apply) => tfjs.SymbolicTensor);
}

const classes = 12;

/** Builds it on the active backend, with twelve classes behind it. */
export function buildCalibrationModel(tf: typeof tfjs, spec: CalibrationModel): tfjs.LayersModel {
  const { layers } = tf;
  const x = tf.input({
    shape: [...spec.inputShape],
    ...(spec.vocabulary !== undefined && { dtype: 'int32' }),
  });
  const apply: Apply = (layer, ...inputs) =>
    layer.apply(inputs.length === 1 ? (inputs[0] as tfjs.SymbolicTensor) : inputs) as tfjs.SymbolicTensor;
  const made = spec.layers(layers);
  let y = typeof made === 'function' ? made(x, apply) : made.reduce((last, layer) => apply(layer, last), x);
  if (y.shape.length > 2) y = apply(layers.flatten(), y);
  const built = tf.model({
    inputs: x,
    outputs: apply(layers.dense({ units: classes, activation: 'softmax' }), y),
  });
  built.compile({
    optimizer: optimizerOf(tf, spec.optimizer),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return built;
}

/** A batch for it, new each time, as runs make theirs of arrays: noise, and classes in turn. */
export function calibrationBatches(
  tf: typeof tfjs,
  { batch, inputShape, vocabulary }: CalibrationModel,
): () => { xs: tfjs.Tensor; ys: tfjs.Tensor } {
  const shape = [batch, ...inputShape];
  const size = shape.reduce((product, each) => product * each, 1);
  const noise = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1009) / 1009);
  const inputs = vocabulary === undefined ? noise : Int32Array.from(noise, (each) => each * vocabulary);
  const labels = new Float32Array(batch * classes);
  for (let i = 0; i < batch; i++) labels[i * classes + ((i * 7) % classes)] = 1;
  const dtype = vocabulary === undefined ? 'float32' : 'int32';
  return () => ({
    xs: tf.tensor(inputs.slice(), shape, dtype),
    ys: tf.tensor(labels.slice(), [batch, classes]),
  });
}

function optimizerOf(tf: typeof tfjs, name: CalibrationModel['optimizer']): tfjs.Optimizer {
  switch (name) {
    case 'sgd':
      return tf.train.sgd(0.01);
    case 'momentum':
      return tf.train.momentum(0.01, 0.9);
    case 'rmsprop':
      return tf.train.rmsprop(0.001);
    case 'adam':
      return tf.train.adam(0.001);
  }
}
