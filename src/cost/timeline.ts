/** What is held at the peak of a step, and for whom. */
export interface HeldPart {
  /**
   * `weights`: of the model, with what its optimizer keeps; `batch`: examples and labels; `before`: made before the step
   * began; `forward`, `backward`, `optimizer`, `data`: made by kernels of that phase.
   */
  readonly what: 'weights' | 'batch' | 'before' | 'forward' | 'backward' | 'optimizer' | 'data';
  /** Layer that it was made for, where it was made for one. */
  readonly layer?: string | undefined;
  readonly bytes: number;
}

/** A training step from its first kernel to its last, in columns: an entry stands for kernels in a row of one phase and layer. */
export interface StepTimeline {
  /** Examples in the batch. */
  readonly batch: number;
  /** Layers by name. */
  readonly layers: readonly string[];
  /** Index in `phases`. */
  readonly phase: readonly number[];
  /** Index in `layers`; -1 outside of all. */
  readonly layer: readonly number[];
  readonly kernels: readonly number[];
  /** Matrix and elementwise work, two FLOPs a MAC. */
  readonly flops: readonly number[];
  readonly bytesMoved: readonly number[];
  /** The most bytes that are held while they run. */
  readonly heldBytes: readonly number[];
  /** Largest first; they add up to the peak. */
  readonly atPeak: readonly HeldPart[];
}

/** The entry of the peak; the first, where it is reached more than once. */
export function peakIndex({ heldBytes }: Pick<StepTimeline, 'heldBytes'>): number {
  return heldBytes.reduce((best, bytes, i) => (bytes > (heldBytes[best] ?? 0) ? i : best), 0);
}
