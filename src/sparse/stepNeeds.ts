import type { Evolution } from './evolution';

/** What the steps of a training do with gradients, by its rule. Steps count from 1. */
export class StepNeeds {
  constructor(private readonly rule: Evolution) {}

  /** Whether gradients are needed in full: for a moving average of every step's, or for an update. */
  inFull(step: number): boolean {
    return this.rule.momentum !== undefined || this.forUpdate(step);
  }

  /** Whether gradients in full of this very step are kept for an update. */
  forUpdate(step: number): boolean {
    const { averageGradients = 1, momentum } = this.rule;
    if (momentum !== undefined) return false;
    for (let ahead = 0; ahead < averageGradients; ahead++)
      if (this.rule.due(step + ahead)?.gradients) return true;
    return false;
  }

  /** Whether weights stay as they are. */
  holdsWeights(step: number): boolean {
    return this.rule.due(step)?.replacesStep ?? this.rule.holds?.(step) ?? false;
  }
}
