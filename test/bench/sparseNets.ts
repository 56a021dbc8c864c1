import type * as tfjs from '@tensorflow/tfjs';

type Tf = typeof tfjs;
type Step = (data: readonly (tfjs.Tensor | null | undefined)[]) => tfjs.Tensor[];

/** Nets by name: sides and channels of an image, then convolutions as `3x3:16`, pools, and dense layers as numbers. */
export const sparseNets = {
  '784-300-100-10': '784 300 100',
  '256-64-10': '256 64',
  '3x3, 8-16 channels': '28x28x1 3x3:8 pool 3x3:16 pool',
  '3x3, 32-64-64 channels': '16x16x3 3x3:32 3x3:64 pool 3x3:64 pool',
  '3x3, 128-128 channels': '8x8x64 3x3:128 pool 3x3:128 pool',
  '5x5, 16-32 channels': '28x28x1 5x5:16 pool 5x5:32 pool',
  '5x5, 4-4 channels': '16x16x4 5x5:4 pool 5x5:4 pool',
  '1x1, 16-16-16 channels': '14x14x16 1x1:16 1x1:16 1x1:16 pool',
  '1x1, 128-256 channels': '8x8x64 1x1:128 1x1:256 pool',
} as const;
export type SparseNet = keyof typeof sparseNets;

export interface BuiltNet {
  readonly step: Step;
  readonly weights: readonly { readonly w: tfjs.Variable; readonly mask: Uint8Array }[];
}

/** A net with `sparsity` in all weights but those of its ten outputs, and one of its training steps, with Adam. */
export function buildNet(tf: Tf, name: SparseNet, sparsity: number): BuiltNet {
  const [input = '', ...parts] = sparseNets[name].split(' ');
  let shape = input.split('x').map(Number);
  const layers = [...parts, '10'].map((part, i) => {
    if (part === 'pool') {
      shape = [(shape[0] ?? 0) / 2, (shape[1] ?? 0) / 2, shape[2] ?? 0];
      return undefined;
    }
    const isWindow = part.includes(':');
    const [sides = '', filters = ''] = part.split(':');
    const outputs = Number(isWindow ? filters : part);
    const inputs = isWindow ? (shape[2] ?? 1) : shape.reduce((all, each) => all * each, 1);
    const weights = [...(isWindow ? sides.split('x').map(Number) : []), inputs, outputs];
    shape = isWindow ? [...shape.slice(0, 2), outputs] : [outputs];
    return layer(tf, weights, i === parts.length ? 1 : 1 - sparsity, i);
  });
  const own = layers.flatMap((each) => each ?? []);
  const variables = own.flatMap(({ w, b }) => [w, b]);
  const optimizer = tf.train.adam(1e-4);
  const step: Step = ([x, y]) => {
    const { value, grads } = optimizer.computeGradients(() => {
      let h = x as tfjs.Tensor;
      for (const each of layers)
        h = each
          ? applied(tf, h, each, each === layers.at(-1))
          : tf.maxPool(h as tfjs.Tensor4D, 2, 2, 'same');
      return tf.losses.softmaxCrossEntropy(y as tfjs.Tensor, h);
    }, variables);
    optimizer.applyGradients(grads as Parameters<typeof optimizer.applyGradients>[0]);
    tf.dispose(grads);
    return [value];
  };
  return { step, weights: own.slice(0, -1).map(({ w, mask }) => ({ w, mask })) };
}

interface NetLayer {
  readonly w: tfjs.Variable;
  readonly b: tfjs.Variable;
  readonly mask: Uint8Array;
}

function layer(tf: Tf, shape: readonly number[], density: number, seed: number): NetLayer {
  return tf.tidy(() => {
    const active = tf.less(tf.randomUniform([...shape], 0, 1, 'float32', 7 + seed), density);
    const values = tf.randomNormal([...shape], 0, 0.05, 'float32', 17 + seed);
    const w = tf.variable(tf.mul(values, tf.cast(active, 'float32')));
    return { w, b: tf.variable(tf.zeros([shape.at(-1) ?? 1])), mask: Uint8Array.from(active.dataSync()) };
  });
}

function applied(tf: Tf, h: tfjs.Tensor, { w, b }: NetLayer, isLast: boolean): tfjs.Tensor {
  const finish = { bias: b, activation: isLast ? ('linear' as const) : ('relu' as const) };
  if (w.rank === 4)
    return tf.fused.conv2d({
      x: h as tfjs.Tensor4D,
      filter: w as tfjs.Tensor as tfjs.Tensor4D,
      strides: 1,
      pad: 'same',
      ...finish,
    });
  const a = tf.reshape(h, [h.shape[0] ?? 1, -1]);
  return tf.fused.matMul({ a, b: w, ...finish });
}

/** Images and their labels, as the net takes them. */
export function batchOf(tf: Tf, name: SparseNet, batch: number): tfjs.Tensor[] {
  const shape = (sparseNets[name].split(' ')[0] ?? '').split('x').map(Number);
  const labels = Array.from({ length: batch }, (_, i) => (i * 7) % 10);
  return [
    tf.randomUniform([batch, ...shape], 0, 1, 'float32', 1),
    tf.oneHot(tf.tensor1d(labels, 'int32'), 10),
  ];
}
