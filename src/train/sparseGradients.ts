import type * as tfjs from '@tensorflow/tfjs';
import type { Evolution, Mask } from '../sparse';
import type { SparseWeight } from './sparseWeights';
import type { Tf } from './tfInstance';

/** Gradients as optimizers are given them. */
export type Gradients =
  tfjs.NamedTensorMap | { readonly name: string; readonly tensor: tfjs.Tensor | null }[];

/** Gradients of the sparse weights of one optimizer: masked for it, or kept in full for an update of the masks. */
export class SparseGradients {
  private readonly masks: (tfjs.Variable | undefined)[];
  /** Moving averages, of methods that have them. */
  private readonly averages: tfjs.Variable[] = [];
  /** Sums of the gradients of the last steps. */
  private readonly sums: (tfjs.Tensor | undefined)[];
  /** The backend whose kernels mask gradients by themselves, unless these are wanted in full. */
  private maskedBy: 'wasm' | undefined;
  private readonly places: ReadonlyMap<string, number>;

  constructor(
    private readonly tf: Tf,
    private readonly weights: readonly SparseWeight[],
    private readonly rule: Evolution,
  ) {
    const { momentum } = rule;
    this.masks = weights.map(() => undefined);
    this.sums = weights.map(() => undefined);
    this.places = new Map(weights.map(({ variable }, i) => [variable.name, i]));
    if (momentum !== undefined)
      this.averages = weights.map(({ variable }) =>
        tf.tidy(() => tf.variable(tf.zerosLike(variable), false, `${variable.name}/average`)),
      );
  }

  /** Variables that follow from masks: a checkpoint need not hold them. */
  get derived(): readonly tfjs.Variable[] {
    return this.masks.filter((mask) => mask !== undefined);
  }

  /** Whether there are gradients that no kernel masks: those of other backends, and those kept in full. */
  private get needsMasks(): boolean {
    const { momentum, averageGradients = 1 } = this.rule;
    return this.maskedBy === undefined || momentum !== undefined || averageGradients > 1;
  }

  /** From now on gradients are masked like this. */
  setMasks(masks: readonly Mask[]): void {
    const { tf } = this;
    this.maskedBy = tf.getBackend() === 'wasm' ? 'wasm' : undefined;
    for (const [i, { variable, shape }] of this.weights.entries()) {
      const mask = masks[i] as Mask;
      tf.setTopology(variable, mask);
      if (!this.needsMasks) continue;
      const values = new Float32Array(mask);
      const known = this.masks[i];
      if (known) tf.assignValues(known, values);
      else
        this.masks[i] = tf.tidy(() =>
          tf.variable(tf.tensor(values, [...shape]), false, `${variable.name}/mask`),
        );
    }
  }

  /** Keeps the gradients of a step in full. */
  keep(gradients: Gradients): void {
    const { tf, sums, averages } = this;
    const { momentum } = this.rule;
    for (const { name, tensor } of listed(gradients)) {
      const i = this.places.get(name);
      if (i === undefined || !tensor) continue;
      const average = averages[i];
      if (average && momentum !== undefined) {
        tf.tidy(() =>
          tf.assignInPlace(average, tf.add(tf.mul(average, momentum), tf.mul(tensor, 1 - momentum))),
        );
        continue;
      }
      const before = sums[i];
      sums[i] = tf.keep(before ? tf.add(before, tensor) : tensor.clone());
      before?.dispose();
    }
  }

  /**
   * Hands gradients on to `apply`, zero where masks are.
   *
   * @param full whether they were asked for in full
   */
  masked(gradients: Gradients, full: boolean, apply: (masked: Gradients) => void): void {
    const { tf } = this;
    if (!full && tf.getBackend() === this.maskedBy) return apply(gradients);
    const made: tfjs.Tensor[] = [];
    const mask = (name: string, tensor: tfjs.Tensor): tfjs.Tensor => {
      const own = this.masks[this.places.get(name) ?? -1];
      if (!own) return tensor;
      const product = tf.mul(tensor, own);
      made.push(product);
      return product;
    };
    const result = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => ({ name, tensor: tensor && mask(name, tensor) }))
      : Object.fromEntries(Object.entries(gradients).map(([name, tensor]) => [name, mask(name, tensor)]));
    try {
      apply(result);
    } finally {
      tf.dispose(made);
    }
  }

  /** What was kept, copied out of the backend: averages, or sums; zeros of weights without a gradient. */
  async read(): Promise<Float32Array[]> {
    return Promise.all(
      this.weights.map(async ({ size }, i) => {
        const kept = this.averages[i] ?? this.sums[i];
        return kept ? kept.data<'float32'>() : new Float32Array(size);
      }),
    );
  }

  /** Sums so far, for a checkpoint; undefined where there are none. */
  async readSums(): Promise<(Float32Array | undefined)[]> {
    return Promise.all(this.sums.map(async (sum) => sum?.data<'float32'>()));
  }

  setSums(sums: readonly (Float32Array | undefined)[]): void {
    this.forget();
    for (const [i, values] of sums.entries())
      if (values) this.sums[i] = this.tf.keep(this.tf.tensor(values, [...(this.weights[i]?.shape ?? [])]));
  }

  /** Lets go of sums: the next step begins anew. */
  forget(): void {
    for (const [i, sum] of this.sums.entries()) {
      sum?.dispose();
      this.sums[i] = undefined;
    }
  }

  dispose(): void {
    this.forget();
    this.tf.dispose([...this.averages, ...this.derived]);
    for (const { variable } of this.weights) this.tf.setTopology(variable, undefined);
  }
}

function listed(gradients: Gradients) {
  return Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
}
