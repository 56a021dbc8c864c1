import type * as tfjs from '@tensorflow/tfjs';
import { Random } from '../data/random';
import { ruleOfWeights, StepNeeds, type Evolution, type Mask, type SparsityMethod } from '../sparse';
import { leaveGradients, takeGradients, takerOf } from './optimizerHook';
import { SparseAccount } from './sparseAccount';
import { SparseGradients, type Gradients } from './sparseGradients';
import { SparseMasks, type MaskUpdate } from './sparseMasks';
import { sparseReport, type SparseReport } from './sparseReport';
import { reordered, takeSnapshot, type Snapshot } from './sparseSlots';
import type { SparseState } from './sparseState';
import { sparseWeights, type SparseWeight } from './sparseWeights';
import { SrSte } from './srSte';
import type { Tf } from './tfInstance';
import { wantInFull } from './wantedGradients';

export interface SparseOptions {
  /** Decides everything random. Default 0. */
  readonly seed?: number;
  /** Steps of the whole training, of which `until` and the like can be shares. */
  readonly totalSteps?: number | undefined;
}

/**
 * Makes training of a model sparse, whichever way it is trained: gradients are masked before the optimizer sees them,
 * and after a step at which an update of the masks is due, `afterStep` decides and sets the new ones. Weights stay
 * dense in layout, and are zero, with their optimizer's slots, where their mask is zero.
 */
export class SparseTraining {
  readonly weights: readonly SparseWeight[];
  readonly account: SparseAccount;
  /** Updates of weights so far, counted from 1, those that an update of masks replaced included. */
  step = 0;
  /** Updates of masks so far. */
  updates = 0;
  /** FLOPs so far in the accounting of the papers, and what the same steps would have been dense. */
  countedFlops = 0;
  countedDenseFlops = 0;
  private readonly topology: SparseMasks;
  private readonly rule: Evolution;
  private readonly needs: StepNeeds;
  private readonly gradients: SparseGradients;
  private readonly srSte: SrSte | undefined;
  private readonly applyGradients: (gradients: Gradients) => void;
  private readonly seed: number;
  private snapshot: Snapshot | undefined;
  private inside = false;
  /** A step was done after which `afterStep` has something to do. */
  private waiting = false;

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
    this.needs = new StepNeeds(this.rule);
    this.topology = new SparseMasks(tf, model, optimizer, sparse);
    this.gradients = new SparseGradients(tf, sparse, this.rule);
    if (method.method === 'nm' && method.decay > 0) this.srSte = new SrSte(tf, sparse, method);
    this.applyGradients = takeGradients(optimizer, this, (gradients) =>
      this.around(() => this.apply(gradients)),
    );
  }

  /** The sparse training that an optimizer takes part in. */
  static of(optimizer: tfjs.Optimizer): SparseTraining | undefined {
    return takerOf(optimizer) as SparseTraining | undefined;
  }

  /** Sets the first masks; to be awaited before the first step. */
  async begin(): Promise<MaskUpdate> {
    if (this.rule.rewindTo === 0) await this.takeSnapshot();
    const weights = await this.readWeights();
    this.srSte?.begin(weights);
    const masks = this.rule.initial(weights, this.random());
    if (this.srSte) this.topology.adopt(masks);
    else this.topology.set(masks);
    this.changed();
    return { step: this.step, masks };
  }

  get masks(): readonly Mask[] {
    return this.topology.masks;
  }

  /** Whether the coming step must be done as it comes: it is not like the others. */
  get irregular(): boolean {
    const { step, needs, srSte } = this;
    return srSte !== undefined || needs.forUpdate(step + 1) || needs.holdsWeights(step + 1);
  }

  /** Tells kinds of coming steps apart that do different work on the same shapes. */
  get signature(): string {
    const { step, needs, topology } = this;
    const held = needs.holdsWeights(step + 1) ? ' held' : '';
    const kept = needs.forUpdate(step + 1) ? ' kept' : '';
    return `; masks ${topology.recounts}${held}${kept}`;
  }

  /** How many of each weight are active. */
  get active(): readonly number[] {
    return this.topology.active;
  }

  /** What can be said of the training so far. */
  report(): SparseReport {
    return sparseReport(this.method.method, this.topology, this.account, this);
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
    const { account, rule, step, topology } = this;
    this.countedFlops += examples * account.step(rule.stepKind(step), topology.active);
    this.countedDenseFlops += examples * account.denseStep;
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
    const { step, updates, countedFlops, countedDenseFlops, snapshot } = this;
    const { masks, everActive } = this.topology;
    const sums = await this.gradients.readSums();
    return { step, updates, countedFlops, countedDenseFlops, masks, everActive, snapshot, sums };
  }

  /**
   * Goes on where {@link capture} was taken; weights, optimizer and variables are back in place already.
   *
   * @throws Error where that was of other weights
   */
  restore({ masks, everActive, sums, ...others }: SparseState): void {
    const sizes = (each: readonly Mask[]) => each.map(({ length }) => length).join();
    if (sizes(masks) !== sizes(this.masks))
      throw new Error('The sparse weights are not those of the checkpoint: model or sparsity have changed.');
    Object.assign(this, others);
    this.gradients.setSums(sums);
    this.topology.everActive = everActive;
    this.topology.adopt(masks);
    this.changed();
  }

  /** Training goes on dense: zeros may grow again. */
  dispose(): void {
    wantInFull(this.tf, this.weights, false);
    this.gradients.dispose();
    this.srSte?.dispose();
    leaveGradients(this.optimizer);
  }

  private apply(gradients: Gradients): void {
    const { step, needs } = this;
    const full = needs.inFull(step);
    if (full) this.gradients.keep(gradients);
    if (needs.holdsWeights(step)) return;
    if (this.srSte) this.srSte.apply(gradients, this.applyGradients);
    else this.gradients.masked(gradients, full, this.applyGradients);
  }

  private async update(): Promise<MaskUpdate | undefined> {
    const { rule, step, masks } = this;
    const due = rule.due(step);
    if (!due) return undefined;
    this.updates++;
    if (this.srSte) this.topology.adopt(await this.srSte.readMasks());
    else {
      const weights = await this.readWeights();
      const gradients = due.gradients ? await this.gradients.read() : [];
      const states = weights.map((values, i) => {
        return { mask: masks[i] as Mask, weights: values, gradients: gradients[i] };
      });
      const next = rule.update(step, states, this.random());
      const rewind = rule.rewind?.(step);
      if (rewind) this.topology.rewind(next, this.snapshotFor(rewind));
      else this.topology.set(next);
      if ('growInit' in this.method) this.topology.fillGrown(this.method, states, this.random('grown'));
    }
    this.changed();
    this.gradients.forget();
    return { step, masks: this.masks };
  }

  /** Says what has changed to those who act on it in the coming step. */
  private changed(): void {
    if (!this.srSte) this.gradients.setMasks(this.masks);
    this.announce();
  }

  /** Says before a step whether gradients are needed in full: they are taken before the optimizer is asked. */
  private announce(): void {
    wantInFull(this.tf, this.weights, this.srSte !== undefined || this.needs.inFull(this.step + 1));
  }

  private snapshotFor(rewind: 'initial' | 'random'): Snapshot {
    if (!this.snapshot) throw new Error('there are no weights to return to');
    return rewind === 'random' ? reordered(this.snapshot, this.model, this.random('initial')) : this.snapshot;
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
