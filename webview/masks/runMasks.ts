import {
  figuresPerWeight,
  type MaskRun,
  type MaskWeight,
  type ToMasksPanel,
} from '../../src/protocol/masksPanel';
import type { MaskDegrees, MaskPicture } from './maskStore';

/** What is known of a weight in a frame. */
export interface Figures {
  readonly active: number;
  readonly size: number;
  readonly grown: number;
  readonly dropped: number;
  readonly deadOutputs: number;
  readonly deadInputs: number;
}

export interface Magnitudes {
  /** Of the masks where they are shown: those at the checkpoint's step. */
  readonly frame: number;
  /** A byte a cell, 255 for the largest. */
  readonly values: Uint8Array;
  readonly largest: number;
  /** Of the checkpoint. */
  readonly step: number;
}

/** The masks of one run as the host has told them. */
export class RunMasks {
  run: MaskRun | undefined;
  weights: readonly MaskWeight[] = [];
  /** Of each frame, ascending. */
  steps = new Float64Array();
  problem: string | undefined;
  /** Why the run cannot be shown at all. */
  gone: string | undefined;
  readonly pictures = new Map<number, MaskPicture>();
  readonly degrees = new Map<number, MaskDegrees>();
  readonly magnitudes = new Map<number, Magnitudes>();
  /** Why there are none, by weight. */
  readonly noMagnitudes = new Map<number, string>();
  private figures = new Uint32Array();

  hydrate(message: Extract<ToMasksPanel, { type: 'hydrate' }>): void {
    this.run = message.run;
    this.weights = message.weights;
    this.steps = message.frames.steps;
    this.figures = message.frames.figures;
    this.problem = message.problem;
    this.gone = undefined;
    this.pictures.clear();
    this.degrees.clear();
    this.magnitudes.clear();
    this.noMagnitudes.clear();
  }

  append({ run, frames }: Extract<ToMasksPanel, { type: 'append' }>): void {
    this.run = run;
    if (frames.steps.length === 0) return;
    const steps = new Float64Array(this.steps.length + frames.steps.length);
    steps.set(this.steps);
    steps.set(frames.steps, this.steps.length);
    const figures = new Uint32Array(this.figures.length + frames.figures.length);
    figures.set(this.figures);
    figures.set(frames.figures, this.figures.length);
    this.steps = steps;
    this.figures = figures;
  }

  /** The frame that holds at a step, the newest one without a step; -1 where there is none at all. */
  frameAt(step: number | undefined): number {
    const last = this.steps.length - 1;
    if (step === undefined) return last;
    let frame = last;
    while (frame > 0 && (this.steps[frame] ?? 0) > step) frame--;
    return frame;
  }

  figuresAt(frame: number, weight: number): Figures {
    const at = (frame * this.weights.length + weight) * figuresPerWeight;
    const [active = 0, grown = 0, dropped = 0, deadOutputs = 0, deadInputs = 0] = this.figures.subarray(
      at,
      at + figuresPerWeight,
    );
    return { active, size: this.sizeOf(weight), grown, dropped, deadOutputs, deadInputs };
  }

  /** Of all recorded weights together. */
  totalAt(frame: number): { active: number; size: number } {
    let [active, size] = [0, 0];
    for (let weight = 0; weight < this.weights.length; weight++) {
      active += this.figuresAt(frame, weight).active;
      size += this.sizeOf(weight);
    }
    return { active, size };
  }

  /** By its name; -1 where the run has none of it. */
  indexOf(name: string | undefined): number {
    return this.weights.findIndex((weight) => weight.name === name);
  }

  private sizeOf(weight: number): number {
    return this.weights[weight]?.shape.reduce((product, each) => product * each, 1) ?? 0;
  }
}
