import type * as tfjs from '@tensorflow/tfjs';
import { keptOf, type Layout, type Mask, type NM } from '../sparse';
import type { Gradients } from './sparseGradients';
import type { SparseWeight } from './sparseWeights';
import type { Tf } from './tfInstance';

/** A weight with what it would be without its mask. */
interface Dense {
  readonly weight: SparseWeight;
  readonly variable: tfjs.Variable;
}

/**
 * SR-STE (Zhou et al. 2021): the model multiplies by masked weights, the optimizer updates dense ones by the same
 * gradients and a pull on those that are masked, `decay * (1 - mask) * w`. Masks follow the dense weights in every step.
 */
export class SrSte {
  private readonly dense: ReadonlyMap<string, Dense>;

  constructor(
    private readonly tf: Tf,
    weights: readonly SparseWeight[],
    private readonly method: NM,
  ) {
    this.dense = new Map(
      weights.map((weight) => {
        const { variable } = weight;
        const dense = tf.tidy(() => tf.variable(tf.zerosLike(variable), false, `${variable.name}/dense`));
        return [variable.name, { weight, variable: dense }];
      }),
    );
  }

  /** Takes the dense weights that training begins with, and masks the model's. */
  begin(weights: readonly Float32Array[]): void {
    for (const [i, each] of [...this.dense.values()].entries()) {
      this.tf.assignValues(each.variable, weights[i] as Float32Array);
      this.mask(each);
    }
  }

  /** One update of the dense weights, by `apply`; afterwards the model has the masked ones. */
  apply(gradients: Gradients, apply: (gradients: Gradients) => void): void {
    const { tf, dense, method } = this;
    tf.tidy(() => {
      const pulled = (name: string, gradient: tfjs.Tensor): tfjs.Tensor => {
        const each = dense.get(name);
        if (!each) return gradient;
        const masked = tf.sub(1, this.maskOf(each));
        const pull = tf.mul(tf.mul(masked, each.variable), method.decay);
        each.weight.variable.assign(copyOf(tf, each.variable));
        return tf.add(gradient, pull);
      };
      apply(
        Array.isArray(gradients)
          ? gradients.map(({ name, tensor }) => ({ name, tensor: tensor && pulled(name, tensor) }))
          : Object.fromEntries(
              Object.entries(gradients).map(([name, tensor]) => [name, pulled(name, tensor)]),
            ),
      );
      for (const each of dense.values()) {
        each.variable.assign(copyOf(tf, each.weight.variable));
        this.mask(each);
      }
    });
  }

  async readMasks(): Promise<Mask[]> {
    return Promise.all(
      [...this.dense.values()].map(async (each) => {
        const mask = this.tf.tidy(() => this.maskOf(each));
        const values = await mask.data();
        mask.dispose();
        return Uint8Array.from(values);
      }),
    );
  }

  dispose(): void {
    for (const { variable } of this.dense.values()) variable.dispose();
  }

  private mask(each: Dense): void {
    const { tf } = this;
    tf.tidy(() => each.weight.variable.assign(tf.mul(each.variable, this.maskOf(each))));
  }

  /** Of all gates of a weight. */
  private maskOf({ weight: { parts, layout }, variable }: Dense): tfjs.Tensor {
    const { tf } = this;
    const densities = parts.map(({ density }) => density);
    if (densities.every((density) => density === densities[0]))
      return this.maskAt(variable, layout.axes, densities[0]);
    const gates = tf.split(variable, parts.length, -1);
    return tf.concat(
      gates.map((gate, i) => this.maskAt(gate, layout.axes, densities[i])),
      -1,
    );
  }

  private maskAt(tensor: tfjs.Tensor, axes: Layout['axes'], density: number | undefined): tfjs.Tensor {
    const { tf } = this;
    if (density === undefined) return tf.onesLike(tensor);
    const { shape, size } = tensor;
    const [rows, columns] = [shape.at(-2) as number, shape.at(-1) as number];
    const turn = (of: tfjs.Tensor) => (axes === 'outputInput' ? tf.transpose(of, [0, 2, 1]) : of);
    const matrices =
      axes === 'depthwise'
        ? [1, size / rows / columns, rows * columns]
        : [size / rows / columns, rows, columns];
    const mask = this.largest(turn(tf.reshape(tensor, matrices)), keptOf(density, this.method.m));
    return tf.reshape(turn(mask), shape);
  }

  /**
   * 1 where fewer than n of its group of m are larger, the earlier one counting as larger among equals; in a last group
   * that is smaller, in proportion.
   *
   * @param tensor of [matrices, inputs, outputs]
   */
  private largest(tensor: tfjs.Tensor, n: number): tfjs.Tensor {
    const { tf } = this;
    const { m } = this.method;
    const [matrices, inputs, outputs] = tensor.shape as [number, number, number];
    const groups = Math.ceil(inputs / m);
    // Padding is smaller than any magnitude.
    const padded = tf.pad(tf.abs(tensor), [[0, 0], [0, groups * m - inputs], [0, 0]], -1); // prettier-ignore
    const slices = tf.unstack(tf.reshape(padded, [matrices * groups, m, outputs]), 1);
    const rest = inputs % m;
    const ofRest = Math.ceil((n * rest) / m);
    const limits = Array.from({ length: matrices * groups }, (_, group) => {
      return rest > 0 && group % groups === groups - 1 ? ofRest : n;
    });
    const limit = rest > 0 ? tf.tensor2d(limits, [matrices * groups, 1]) : n;
    const kept = slices.map((own, i) => {
      const larger = slices.flatMap((other, j) => {
        if (i === j) return [];
        return [tf.cast(j < i ? tf.greaterEqual(other, own) : tf.greater(other, own), 'float32')];
      });
      return tf.less(larger.length > 0 ? tf.addN(larger) : tf.zerosLike(own), limit);
    });
    const mask = tf.reshape(tf.cast(tf.stack(kept, 1), 'float32'), [matrices, groups * m, outputs]);
    return tf.slice(mask, [0, 0, 0], [matrices, inputs, outputs]);
  }
}

/** In memory of its own: an update in place of the one must not reach the other. */
function copyOf(tf: Tf, tensor: tfjs.Tensor): tfjs.Tensor {
  return tf.add(tensor, 0);
}
