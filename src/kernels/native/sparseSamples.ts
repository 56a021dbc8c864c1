import type * as tfjs from '@tensorflow/tfjs';
import type { Tensor, Tf } from '../register';
import { blockWidth } from './blocks';
import { weightsMoved } from './gathered';
import { sharedOperations } from './native';
import {
  sparseWork,
  type SparseFormat,
  type SparseKind,
  type SparseShape,
  type SparseWork,
} from './sparseCost';
import { setTopology, topologyOf } from './topology';
import { infoOf, sparseWindowOf, type ConvAttrs } from './window';

/** Rows, inputs and outputs of products that are done soon, yet longer than a call takes; and share of active weights. */
const matrices: readonly (readonly [rows: number, inputs: number, outputs: number, density: number])[] = [
  [1, 384, 256, 0.1],
  [4, 256, 384, 0.3],
  [8, 96, 32, 0.5],
  [32, 32, 128, 0.02],
  [64, 1024, 32, 0.2],
  [96, 128, 64, 0.05],
  [128, 64, 128, 0.4],
  [256, 16, 48, 0.1],
  [256, 48, 16, 0.2],
  [20, 300, 104, 0.1],
];

/** Images, their sides, channels and filters, and sides of windows. */
const convolutions: readonly (readonly [
  images: number,
  side: number,
  channels: number,
  filters: number,
  window: number,
  density: number,
])[] = [
  [2, 16, 1, 16, 5, 0.3],
  [2, 16, 4, 8, 3, 0.1],
  [2, 16, 3, 32, 3, 0.5],
  [2, 14, 16, 32, 3, 0.05],
  [1, 12, 16, 16, 5, 0.2],
  [4, 8, 32, 32, 3, 0.1],
  [4, 8, 32, 16, 3, 0.4],
  [4, 5, 48, 32, 3, 0.02],
  [1, 4, 96, 96, 3, 0.1],
  [4, 12, 16, 4, 3, 0.2],
];

const kernels: Readonly<Record<SparseWork, string>> = {
  forward: 'SparseProduct',
  inputGradient: 'SparseInputGradient',
  weightGradient: 'SparseWeightGradient',
};

const strides: ConvAttrs = { strides: 1, pad: 'same' };

/** Products that are measured to learn what others take. */
export function sparseSamples(tf: Tf): SparseSample[] {
  return [
    ...matrices.flatMap(([rows, inputs, outputs, density]) =>
      [1, blockWidth].map(
        (width) => new SparseSample(tf, [rows, inputs], [inputs, outputs], [rows, outputs], density, width),
      ),
    ),
    ...convolutions.map(([images, side, channels, filters, window, density]) => {
      const [x, y] = [channels, filters].map((each) => [images, side, side, each]);
      return new SparseSample(tf, x ?? [], [window, window, channels, filters], y ?? [], density, 1);
    }),
  ];
}

/** A sparse weight, and what it is multiplied with. */
export class SparseSample {
  readonly kind: SparseKind;
  readonly shape: SparseShape;
  /** Whether threads do it together, whichever way. */
  readonly isLarge: boolean;
  readonly works = sparseWork;
  private readonly weights: tfjs.Variable;
  private readonly x: Tensor;
  private readonly dy: Tensor;
  private readonly attrs: object;

  /** @param width of the blocks that active weights come in */
  constructor(
    private readonly tf: Tf,
    x: number[],
    weights: number[],
    y: number[],
    density: number,
    private readonly width: number,
  ) {
    // A name of its own: those of other variables do not depend on whether somebody measured.
    const name = `compute-lens/sample/${x.join('x')}/${weights.join('x')}/${width}`;
    this.weights = tf.tidy(() => tf.variable(tf.zeros(weights), false, name));
    this.x = tf.ones(x);
    this.dy = tf.ones(y);
    setTopology(tf, this.weights, spread(this.weights.size, density, width));
    const topology = topologyOf(this.weights);
    const active = topology?.active ?? 0;
    const outputs = weights.at(-1) ?? 1;
    const rows = this.dy.size / outputs;
    const info = weights.length === 4 ? infoOf(tf, x, weights, strides) : undefined;
    this.kind = info ? 'window' : 'matrix';
    const window = info && sparseWindowOf(info);
    const inputs = this.weights.size / outputs;
    this.shape = { rows, inputs, outputs, active, blocks: width === blockWidth, window };
    this.isLarge = rows * active >= sharedOperations;
    const through = info && { window: { ...strides, info } };
    this.attrs = { topology, transposed: false, rows, activation: 0, ...through };
  }

  formats(work: SparseWork): SparseFormat[] {
    if (this.width === blockWidth) return work === 'inputGradient' ? [] : ['blocks'];
    return ['dense', 'lists'];
  }

  /** Nanoseconds of one product. */
  time(work: SparseWork, format: SparseFormat): number {
    const { x, dy, weights, shape } = this;
    const inputs = { forward: { x, weights }, inputGradient: { dy, weights }, weightGradient: { x, dy } }[
      work
    ];
    const result = { forward: dy, inputGradient: x, weightGradient: weights }[work];
    const visited = format === 'dense' ? weights.size : shape.active;
    const attrs = { ...this.attrs, format, visited, shape: result.shape };
    // As after an update: the values of lists are gathered once a step, which is counted as part of the forward product.
    if (work === 'forward') weightsMoved();
    const begin = performance.now();
    const made = this.tf.engine().runKernel<Tensor>(kernels[work], inputs, attrs);
    const end = performance.now();
    made.dispose();
    return 1e6 * (end - begin);
  }

  dispose(): void {
    setTopology(this.tf, this.weights, undefined);
    this.tf.dispose([this.weights, this.x, this.dy]);
  }
}

/** A mask with this share of ones, in blocks of `width`, as even as it can be and in no order of rows or columns. */
function spread(size: number, density: number, width: number): Uint8Array {
  const blocks = Math.floor(size / width);
  const active = Math.round(density * blocks);
  const step = 0.6180339887;
  const places = Array.from({ length: blocks }, (_, i) => ({ i, at: (i * step) % 1 }));
  places.sort((a, b) => a.at - b.at);
  const mask = new Uint8Array(size);
  for (const { i } of places.slice(0, active)) mask.fill(1, i * width, (i + 1) * width);
  return mask;
}
