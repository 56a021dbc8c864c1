import { decodeWords } from '../../src/protocol/codedWords';
import { layoutOf, wordsPerRow } from '../../src/protocol/maskLayout';
import {
  figuresPerWeight,
  type MaskPicture,
  type MaskRun,
  type MaskWeight,
  type ToMasksPanel,
} from '../../src/protocol/masksPanel';

/** What is known of a weight in a frame. */
export interface Figures {
  readonly active: number;
  readonly size: number;
  readonly grown: number;
  readonly dropped: number;
  readonly deadOutputs: number;
  readonly deadInputs: number;
}

/** A mask as it is painted: see maskLayout.ts. */
export interface ShownPicture extends Pick<MaskPicture, 'frame' | 'weight' | 'fanIn' | 'fanOut'> {
  readonly active: Uint32Array;
  readonly changed: Uint32Array;
}

export type Magnitudes = Extract<ToMasksPanel, { type: 'magnitudes' }>;

/** The masks of one run as the host has told them. */
export class RunMasks {
  run: MaskRun | undefined;
  weights: readonly MaskWeight[] = [];
  /** Of each frame, ascending. */
  steps = new Float64Array();
  problem: string | undefined;
  /** Why the run cannot be shown at all. */
  gone: string | undefined;
  readonly pictures = new Map<number, ShownPicture>();
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
    this.magnitudes.clear();
    this.noMagnitudes.clear();
  }

  /** @returns the picture whose place it takes; one that does not fit is dropped */
  show({ frame, weight, onLast, active, changed, fanIn, fanOut }: MaskPicture): ShownPicture | undefined {
    const last = this.pictures.get(weight);
    const described = this.weights[weight];
    if (!described || (onLast && !last)) return undefined;
    const layout = layoutOf(described);
    const length = wordsPerRow(layout) * layout.rows;
    const now = decodeWords(active, length, onLast ? last?.active : undefined);
    const changes = decodeWords(changed ?? active, length);
    if (!now || !changes) return undefined;
    this.pictures.set(weight, { frame, weight, active: now, changed: changes, fanIn, fanOut });
    return last;
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
