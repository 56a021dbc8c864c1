import type * as tfjs from '@tensorflow/tfjs';
import {
  countActive,
  differing,
  either,
  fullMask,
  grownPlaces,
  grownValues,
  type Growth,
  type LayerState,
  type Mask,
  type Randomness,
} from '../sparse';
import { freshSlot, restoreSnapshot, slotsOf, type Snapshot } from './sparseSlots';
import type { SparseWeight } from './sparseWeights';
import type { Tf } from './tfInstance';

/** Masks as they are after a step. */
export interface MaskUpdate {
  readonly step: number;
  readonly masks: readonly Mask[];
}

/** The masks of a training, and what they do to weights and slots. */
export class SparseMasks {
  masks: readonly Mask[];
  /** Weights that were ever active. */
  everActive: readonly Mask[];
  /** How many of each weight are. */
  active: readonly number[];
  /** How often that has changed. */
  recounts = 0;

  constructor(
    private readonly tf: Tf,
    private readonly model: tfjs.LayersModel,
    private readonly optimizer: tfjs.Optimizer,
    private readonly weights: readonly SparseWeight[],
  ) {
    this.masks = weights.map(({ size }) => fullMask(size));
    this.everActive = weights.map(({ size }) => new Uint8Array(size));
    this.active = weights.map(({ size }) => size);
  }

  /** Takes other masks, of weights that are zero already where these are. */
  adopt(masks: readonly Mask[]): void {
    const active = masks.map(countActive);
    if (active.some((count, i) => count !== this.active[i])) this.recounts++;
    this.active = active;
    this.masks = masks;
    this.everActive = this.everActive.map((ever, i) => either(ever, masks[i] as Mask));
  }

  /** Takes other masks, and sets to zero what they cut off and what they let grow. */
  set(masks: readonly Mask[]): void {
    const { tf, optimizer } = this;
    for (const [i, { variable }] of this.weights.entries()) {
      const changed = differing(this.masks[i] as Mask, masks[i] as Mask);
      tf.fillAt(variable, changed, 0);
      for (const slot of slotsOf(optimizer, variable)) tf.fillAt(slot, changed, freshSlot(optimizer));
    }
    this.adopt(masks);
  }

  /** Gives weights that have grown since these states their first values, where these are not zero. */
  fillGrown(growth: Growth, before: readonly LayerState[], random: Randomness): void {
    if (growth.growInit === 'zeros') return;
    for (const [i, { variable }] of this.weights.entries()) {
      const state = before[i] as LayerState;
      const places = grownPlaces(state.mask, this.masks[i] as Mask);
      this.tf.fillAt(variable, places, grownValues(growth, places, state, random));
    }
  }

  /** Takes other masks, and returns to the weights of a snapshot where these are one. */
  rewind(masks: readonly Mask[], snapshot: Snapshot): void {
    const byName = new Map(this.weights.map(({ variable }, i) => [variable.name, masks[i] as Mask]));
    restoreSnapshot(this.tf, this.model, this.optimizer, snapshot, byName);
    this.adopt(masks);
  }
}
