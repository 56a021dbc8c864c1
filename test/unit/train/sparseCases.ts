import type * as tfjs from '@tensorflow/tfjs';
import {
  block,
  constantFanIn,
  gradualMagnitude,
  lotteryTicket,
  nm,
  rigl,
  set,
  snfs,
  snip,
  staticSparse,
} from '../../../src/api/sparsity';
import type { SparsityMethod } from '../../../src/sparse';
import type { Tf } from '../../../src/train/tfInstance';

/** A sparse training that every backend must do alike. */
export interface SparseCase {
  readonly name: string;
  readonly method: SparsityMethod;
  readonly model: (tf: Tf) => tfjs.LayersModel;
  /** Instead of momentum. */
  readonly optimizer?: 'adam';
}

function convolutions(tf: Tf): tfjs.LayersModel {
  const init = (seed: number) => ({ kernelInitializer: tf.initializers.glorotNormal({ seed }) });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 2], filters: 4, kernelSize: 3, activation: 'relu', ...init(1) }),
      tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2, ...init(2) }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8, activation: 'tanh', ...init(3) }),
      tf.layers.dense({ units: 3, ...init(4) }),
    ],
  });
}

function gates(tf: Tf): tfjs.LayersModel {
  const init = (seed: number) => ({
    kernelInitializer: tf.initializers.glorotNormal({ seed }),
    recurrentInitializer: tf.initializers.glorotNormal({ seed: seed + 10 }),
  });
  return tf.sequential({
    layers: [
      tf.layers.gru({ inputShape: [2, 4], units: 5, returnSequences: true, ...init(1) }),
      tf.layers.lstm({ units: 4, ...init(2) }),
      tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }) }),
    ],
  });
}

const dynamic = { sparsity: 0.7, updateEvery: 2, until: 100 } as const;
const methods: readonly SparsityMethod[] = [
  staticSparse({ sparsity: 0.7 }),
  set(dynamic),
  snfs(dynamic),
  rigl(dynamic),
  gradualMagnitude({ sparsity: 0.7, updateEvery: 2 }),
  snip({ sparsity: 0.7, batches: 2 }),
  lotteryTicket({ sparsity: 0.4, pruneShare: 0.3, rewindTo: 1 }),
  nm({ n: 2, m: 4 }),
  block({ ...dynamic, shape: [2, 2] }),
  constantFanIn(dynamic),
];

export const sparseCases: readonly SparseCase[] = [
  ...methods.map((method) => ({ name: method.method, method, model: convolutions })),
  { name: 'rigl on gates', method: rigl(dynamic), model: gates, optimizer: 'adam' },
  {
    name: 'rigl, gradients of two steps',
    method: rigl({ ...dynamic, averageGradients: 2 }),
    model: convolutions,
  },
];
