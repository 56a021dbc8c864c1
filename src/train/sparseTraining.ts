import type * as tfjs from '@tensorflow/tfjs';
import { Random } from '../data/random';
import {
  countActive,
  differing,
  either,
  fullMask,
  ruleOfWeights,
  type Evolution,
  type Mask,
  type SparsityMethod,
} from '../sparse';
import { SparseAccount, type WeightReport } from './sparseAccount';
import { SparseGradients, type Gradients } from './sparseGradients';
import { freshSlot, reordered, restoreSnapshot, slotsOf, takeSnapshot, type Snapshot } from './sparseSlots';
import { SrSte } from './srSte';
import { sparseWeights, type SparseWeight } from './sparseWeights';
import type { Tf } from './tfInstance';

export interface SparseOptions {
  /** Decides everything random. Default 0. */
  readonly seed?: number;
  /** Steps of the whole training, of which `until` and the like can be shares. */
  readonly totalSteps?: number | undefined;
}

/** Masks as they are after a step. */
export interface MaskUpdate {
  readonly step: number;
  readonly masks: readonly Mask[];
}

/** A sparse training in figures. FLOPs are counted, in the accounting of the papers, two a multiply-accumulate. */
export interface SparseReport {
  readonly method: string;
  /** Share of the sparse weights that are active. */
  readonly density: number;
  /** Share of them that ever were. */
  readonly everActive: number;
  readonly updates: number;
  readonly weights: readonly WeightReport[];
  /** Of these weights on disk. */
  readonly bytes: number;
  /** Of one sample. */
  readonly forwardFlops: number;
  readonly denseForwardFlops: number;
  /** Of the training so far, and of the same steps done dense. */
  readonly trainingFlops: number;
  readonly denseTrainingFlops: number;
  /** Whether shapes tell the work of every layer. */
  readonly allCounted: boolean;
}

/** All of a sparse training that weights and optimizer do not say. */
export interface SparseState {
  readonly step: number;
  readonly updates: number;
  readonly countedFlops: number;
  readonly countedDenseFlops: number;
  readonly masks: readonly Mask[];
  readonly everActive: readonly Mask[];
  readonly sums: readonly (Float32Array | undefined)[];
  readonly snapshot: Snapshot | undefined;
}

const owner = Symbol.for('compute-lens.sparse');

/**
 * Makes training of a model sparse, whichever way it is trained: gradients are masked before the optimizer sees them,
 * and after a step at which an update of the masks is due, `afterStep` decides and sets the new ones. Weights stay
 * dense in layout, and are zero, with their optimizer's slots, where their mask is zero.
 */
export class SparseTraining {
  /** Of all sparse trainings of the process: variables whose next gradients are needed in full. */
  private static readonly wanted = new Set<tfjs.Variable>();
  readonly weights: readonly SparseWeight[];
  readonly account: SparseAccount;
  /** Updates of weights so far, counted from 1, those that an update of masks replaced included. */
  step = 0;
  masks: readonly Mask[];
  /** Updates of masks so far. */
  updates = 0;
  /** FLOPs so far in the accounting of the papers, and what the same steps would have been dense. */
  countedFlops = 0;
  countedDenseFlops = 0;
  /** Weights that were ever active. */
  everActive: readonly Mask[];
  private readonly rule: Evolution;
  private readonly gradients: SparseGradients;
  private readonly srSte: SrSte | undefined;
  private readonly applyGradients: (gradients: Gradients) => void;
  private readonly seed: number;
  private active: readonly number[];
  private snapshot: Snapshot | undefined;
  private inside = false;
  /** A step was done after which `afterStep` has something to do. */
  private waiting = false;
  /** Counts changes of how many weights are active. */
  private shape = 0;

  /**
   * @throws Error where the method does not fit the model
   */
  constructor(
    private readonly tf: Tf,
    private readonly model: tfjs.LayersModel,
    private readonly optimizer: tfjs.Optimizer,
    readonly method: SparsityMethod,
    { seed = 0, totalSteps }: SparseOptions = {},
  ) {
    if (SparseTraining.of(optimizer)) throw new Error('The training of this optimizer is sparse already.');
    const { sparse, dense } = sparseWeights(model, method);
    this.weights = sparse;
    this.account = new SparseAccount(sparse, dense);
    this.rule = ruleOfWeights(method, sparse, totalSteps);
    this.seed = seed;
    this.masks = sparse.map(({ size }) => fullMask(size));
    this.everActive = sparse.map(({ size }) => new Uint8Array(size));
    this.active = sparse.map(({ size }) => size);
    this.gradients = new SparseGradients(tf, sparse, this.rule);
    if (method.method === 'nm' && method.decay > 0) this.srSte = new SrSte(tf, sparse, method);
    // Looked up at each call: others may watch the class.
    const { prototype } = optimizer.constructor as { prototype: tfjs.Optimizer };
    this.applyGradients = (gradients) => prototype.applyGradients.call(optimizer, gradients as never);
    const hooked = (gradients: Gradients) => this.around(() => this.apply(gradients));
    Object.defineProperty(optimizer, 'applyGradients', { value: hooked, configurable: true, writable: true });
    Object.defineProperty(optimizer, owner, { value: this, configurable: true });
  }

  /** The sparse training that an optimizer takes part in. */
  static of(optimizer: tfjs.Optimizer): SparseTraining | undefined {
    return (optimizer as unknown as Record<symbol, SparseTraining | undefined>)[owner];
  }

  /** Sets the first masks; to be awaited before the first step. */
  async begin(): Promise<MaskUpdate> {
    if (this.rule.rewindTo === 0) await this.takeSnapshot();
    const weights = await this.readWeights();
    this.srSte?.begin(weights);
    const masks = this.rule.initial(weights, this.random());
    this.set(masks);
    return { step: this.step, masks };
  }

  /** Whether the coming step must be done as it comes: it is not like the others. */
  get irregular(): boolean {
    return this.srSte !== undefined || this.keeps(this.step + 1) || this.isHeld(this.step + 1);
  }

  /** Tells kinds of coming steps apart that do different work on the same shapes. */
  get signature(): string {
    const { step, rule } = this;
    const held = this.isHeld(step + 1) ? ' held' : '';
    return `; masks ${this.shape}${held}${this.keeps(step + 1) && rule.momentum === undefined ? ' kept' : ''}`;
  }

  /** What can be said of the training so far. */
  report(): SparseReport {
    const { method, masks, active, account, countedFlops, countedDenseFlops, updates } = this;
    const size = masks.reduce((sum, mask) => sum + mask.length, 0);
    const ever = this.everActive.reduce((sum, mask) => sum + countActive(mask), 0);
    return {
      method: method.method,
      density: active.reduce((sum, count) => sum + count, 0) / size,
      everActive: ever / size,
      updates,
      weights: account.weights(masks),
      bytes: account.bytes(masks),
      forwardFlops: account.flops(active).sparseForward,
      denseForwardFlops: account.flops(active).denseForward,
      trainingFlops: countedFlops,
      denseTrainingFlops: countedDenseFlops,
      allCounted: account.complete,
    };
  }

  /** Does one training step; `train` ends in the optimizer, or in a plan that does all that it would. */
  around<T>(train: () => T): T {
    if (this.inside) return train();
    if (this.waiting)
      throw new Error(
        'Masks are to be updated: await sparse.afterStep() after every step of a sparse training.',
      );
    this.inside = true;
    this.step++;
    try {
      return train();
    } finally {
      this.inside = false;
      this.waiting = this.rule.due(this.step) !== undefined || this.step === this.rule.rewindTo;
      this.announce();
    }
  }

  /**
   * Updates the masks where the last step was one at which they are due; to be awaited after every step.
   *
   * @param examples in the batch of that step, for the count of FLOPs
   */
  async afterStep(examples = 1): Promise<MaskUpdate | undefined> {
    this.countedFlops += examples * this.stepFlops();
    this.countedDenseFlops += examples * this.account.step('sparse', this.full);
    if (!this.waiting) return undefined;
    if (this.step === this.rule.rewindTo) await this.takeSnapshot();
    const update = await this.update();
    this.waiting = false;
    return update;
  }

  /** For `model.fit`: `callbacks: sparse.callback()`. */
  callback(): { onBatchEnd: () => Promise<void> } {
    return { onBatchEnd: async () => void (await this.afterStep()) };
  }

  /** Variables that a checkpoint need not hold. */
  get derived(): readonly tfjs.Variable[] {
    return this.gradients.derived;
  }

  async capture(): Promise<SparseState> {
    const { step, updates, countedFlops, countedDenseFlops, masks, everActive, snapshot } = this;
    const sums = await this.gradients.readSums();
    return { step, updates, countedFlops, countedDenseFlops, masks, everActive, snapshot, sums };
  }

  /** Goes on where {@link capture} was taken; weights, optimizer and variables are back in place already. */
  restore(state: SparseState): void {
    const sizes = (masks: readonly Mask[]) => masks.map(({ length }) => length).join();
    if (sizes(state.masks) !== sizes(this.masks))
      throw new Error('The sparse weights are not those of the checkpoint: model or sparsity have changed.');
    const { step, updates, countedFlops, countedDenseFlops, everActive, snapshot, sums } = state;
    Object.assign(this, { step, updates, countedFlops, countedDenseFlops, everActive, snapshot });
    this.gradients.setSums(sums);
    this.adopt(state.masks);
  }

  /** Training goes on dense: zeros may grow again. */
  dispose(): void {
    this.want(false);
    this.gradients.dispose();
    this.srSte?.dispose();
    Reflect.deleteProperty(this.optimizer, 'applyGradients');
    Reflect.deleteProperty(this.optimizer, owner);
  }

  private apply(gradients: Gradients): void {
    const { step } = this;
    const full = this.needsFull(step);
    if (full) this.gradients.keep(gradients);
    if (this.isHeld(step)) return;
    if (this.srSte) this.srSte.apply(gradients, this.applyGradients);
    else this.gradients.masked(gradients, full, this.applyGradients);
  }

  private async update(): Promise<MaskUpdate | undefined> {
    const { rule, step, masks, srSte } = this;
    const due = rule.due(step);
    if (!due) return undefined;
    this.updates++;
    const weights = await this.readWeights();
    const gradients = due.gradients ? await this.gradients.read() : [];
    const next = srSte
      ? await srSte.readMasks()
      : rule.update(
          step,
          weights.map((values, i) => ({ mask: masks[i] as Mask, weights: values, gradients: gradients[i] })),
          this.random(),
        );
    const rewind = rule.rewind?.(step);
    if (rewind) this.rewind(next, rewind === 'random');
    else this.set(next);
    this.gradients.forget();
    return { step, masks: next };
  }

  /** Sets masks, and to zero what they cut off and what they let grow. */
  private set(masks: readonly Mask[]): void {
    const { tf, optimizer } = this;
    if (!this.srSte)
      for (const [i, { variable }] of this.weights.entries()) {
        const changed = differing(this.masks[i] as Mask, masks[i] as Mask);
        tf.fillAt(variable, changed, 0);
        for (const slot of slotsOf(optimizer, variable)) tf.fillAt(slot, changed, freshSlot(optimizer));
      }
    this.adopt(masks);
  }

  /** Returns to the weights of the snapshot, where masks are one. */
  private rewind(masks: readonly Mask[], random: boolean): void {
    if (!this.snapshot) throw new Error('there are no weights to return to');
    const snapshot = random ? reordered(this.snapshot, this.random('initial')) : this.snapshot;
    const byName = new Map(this.weights.map(({ variable }, i) => [variable.name, masks[i] as Mask]));
    restoreSnapshot(this.tf, this.model, this.optimizer, snapshot, byName);
    this.adopt(masks);
  }

  private adopt(masks: readonly Mask[]): void {
    const active = masks.map(countActive);
    if (active.some((count, i) => count !== this.active[i])) this.shape++;
    this.active = active;
    this.masks = masks;
    this.everActive = this.everActive.map((ever, i) => either(ever, masks[i] as Mask));
    if (!this.srSte) this.gradients.setMasks(masks);
    this.announce();
  }

  /** Says before a step whether gradients are needed in full: they are taken before the optimizer is asked. */
  private announce(): void {
    this.want(this.srSte !== undefined || this.needsFull(this.step + 1));
  }

  private want(full: boolean): void {
    const { wanted } = SparseTraining;
    for (const { variable } of this.weights)
      if (full) wanted.add(variable);
      else wanted.delete(variable);
    this.tf.wantDenseGradients(wanted.size > 0 ? [...wanted] : undefined);
  }

  private needsFull(step: number): boolean {
    return this.rule.momentum !== undefined || this.keeps(step);
  }

  private stepFlops(): number {
    return this.account.step(this.rule.stepKind(this.step), this.active);
  }

  private get full(): number[] {
    return this.weights.map(({ size }) => size);
  }

  /** Whether gradients of a step are kept in full for an update. */
  private keeps(step: number): boolean {
    const { averageGradients = 1, momentum } = this.rule;
    if (momentum !== undefined) return false;
    for (let ahead = 0; ahead < averageGradients; ahead++)
      if (this.rule.due(step + ahead)?.gradients) return true;
    return false;
  }

  /** Whether weights stay as they are in a step. */
  private isHeld(step: number): boolean {
    return this.rule.due(step)?.replacesStep ?? this.rule.holds?.(step) ?? false;
  }

  private async takeSnapshot(): Promise<void> {
    this.snapshot = await takeSnapshot(this.tf, this.model, this.optimizer);
  }

  private async readWeights(): Promise<Float32Array[]> {
    return Promise.all(this.weights.map(async ({ variable }) => (await variable.data<'float32'>()).slice()));
  }

  /** Of this step alone: nothing of it must be kept from step to step. */
  private random(stream = 'masks'): Random {
    return Random.from(this.seed, 'sparsity', stream, this.step);
  }
}
