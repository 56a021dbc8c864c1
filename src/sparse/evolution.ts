import type { StepKind } from './accounting';
import type { Mask } from './mask';
import type { Randomness } from './randomness';

/** A sparse weight as rules see it. */
export interface Layer {
  /** `[..., input, output]` */
  readonly shape: readonly number[];
  readonly size: number;
  /** Share of its weights that are active in the end. */
  readonly density: number;
  /** Its outputs are the model's: none of them may go. */
  readonly isOutput: boolean;
}

/** What a rule decides on, of one layer. */
export interface LayerState {
  readonly mask: Mask;
  readonly weights: Float32Array;
  /** Of the loss, dense, where the rule asked for it: of this step, or averaged. */
  readonly gradients?: Float32Array | undefined;
}

/** What is due at a step. */
export interface Due {
  /** Gradients of the weights in full are needed. */
  readonly gradients: boolean;
  /** The update takes the place of the weight step. */
  readonly replacesStep: boolean;
}

/** What becomes of the weights after an update, beside zeros where the mask is zero. */
export type Rewind = 'initial' | 'random' | undefined;

/** What nobody knows of the active weights before training. */
export interface Uncertain {
  /** `shares`: how many of all there are each layer has; `counts`: whether there are a few more or fewer. */
  readonly of: 'shares' | 'counts';
  /** In words. */
  readonly why: string;
}

/** How masks change while training: the rule of one method. Steps count from 1; nothing is kept between calls. */
export interface Evolution {
  /** Masks at the beginning. `weights` are the initial ones. */
  initial(weights: readonly Float32Array[], random: Randomness): Mask[];
  due(step: number): Due | undefined;
  /** Masks after the update at `step`. */
  update(step: number, layers: readonly LayerState[], random: Randomness): Mask[];
  /**
   * How many weights of each layer are active after the update at `step`, known before training; 0: at the beginning,
   * Infinity: in the end.
   */
  planned(step: number): number[];
  /** Why training may come to other numbers than `planned`; absent: it does not. */
  readonly uncertain?: Uncertain | undefined;
  /** What a step costs in the papers' accounting. */
  stepKind(step: number): StepKind;
  /** Whether weights stay as they are at a step that is no update. */
  holds?(step: number): boolean;
  /** The last steps whose dense gradients are averaged for an update; absent: 1. */
  readonly averageGradients?: number;
  /** Decay of a moving average of dense gradients, of every step, that stands in for them. */
  readonly momentum?: number;
  /** What the weights are set to after the update at this step. */
  rewind?(step: number): Rewind;
  /** The step whose weights a rewind returns to; 0: the initial ones. */
  readonly rewindTo?: number;
}
