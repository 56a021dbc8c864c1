import type * as tfjs from '@tensorflow/tfjs';
import type { Tensor, Tf } from '../register';
import { blockWidth } from './blocks';
import {
  sparseWork,
  type SparseCosts,
  type SparseFormat,
  type SparseProfile,
  type SparseWork,
} from './sparseCost';
import { setTopology, topologyOf } from './topology';

/** Small enough to be done soon, large enough that a call itself is nothing. */
const [inputs, outputs] = [512, 256];
const [few, many] = [32, 160];
const density = 0.1;
const repetitions = 12;

const kernels: Readonly<Record<SparseWork, string>> = {
  forward: 'SparseProduct',
  inputGradient: 'SparseInputGradient',
  weightGradient: 'SparseWeightGradient',
};

/**
 * What products take on the wasm backend with the threads that it has, measured in about a tenth of a second. To be
 * kept by whoever asks: another measurement gives other numbers, and another choice other bits.
 *
 * @throws Error where the backend in use is another
 */
export function measureSparseProfile(tf: Tf): SparseProfile {
  if (tf.getBackend() !== 'wasm')
    throw new Error(
      `measureSparseProfile: it is of the wasm backend; the one in use is "${tf.getBackend()}".`,
    );
  const weight = tf.tidy(() => tf.variable(tf.zeros([inputs, outputs]), false));
  try {
    return Object.fromEntries(sparseWork.map((work) => [work, costs(tf, work, weight)])) as SparseProfile;
  } finally {
    setTopology(tf, weight, undefined);
    weight.dispose();
  }
}

function costs(tf: Tf, work: SparseWork, weights: tfjs.Variable): SparseCosts {
  const active = Math.round(density * weights.size);
  const places = (width: number) =>
    Uint8Array.from({ length: weights.size }, (_, i) =>
      Number((Math.floor(i / width) * active) % weights.size < active),
    );
  const spread = places(1);
  const none = new Uint8Array(weights.size);
  const time = (format: SparseFormat, mask: Uint8Array, rows: number) => {
    setTopology(tf, weights, mask);
    return fastest(tf, work, format, rows, weights);
  };
  const dense = time('dense', spread, many) / (inputs * outputs * many);
  const turned = time('lists', none, many) / (many * (inputs + outputs));
  const own = (rows: number) => time('lists', spread, rows) - turned * rows * (inputs + outputs);
  const [small, large] = [own(few), own(many)];
  const each = Math.max(0, (large - small) / (active * (many - few)));
  const weight = Math.max(0, large / active - many * each);
  const block = work === 'inputGradient' ? each : time('blocks', places(blockWidth), many) / (active * many);
  return { dense, each, weight, turned, block };
}

/** Nanoseconds. */
function fastest(
  tf: Tf,
  work: SparseWork,
  format: SparseFormat,
  rows: number,
  weights: tfjs.Variable,
): number {
  return tf.tidy(() => {
    const topology = topologyOf(weights);
    const [x, dy] = [tf.ones([rows, inputs]), tf.ones([rows, outputs])];
    const given: Record<SparseWork, Record<string, Tensor>> = {
      forward: { x, weights },
      inputGradient: { dy, weights },
      weightGradient: { x, dy },
    };
    const shape = { forward: [rows, outputs], inputGradient: [rows, inputs], weightGradient: weights.shape }[
      work
    ];
    const visited = format === 'dense' ? weights.size : (topology?.active ?? 0);
    const attrs = { topology, format, transposed: false, rows, visited, shape, activation: 0 };
    let best = Infinity;
    for (let i = 0; i < repetitions; i++) {
      const begin = performance.now();
      tf.engine()
        .runKernel<Tensor>(kernels[work], given[work], attrs as never)
        .dispose();
      best = Math.min(best, performance.now() - begin);
    }
    return 1e6 * best;
  });
}
