import type { Range } from './sight';

/** Less than this of everything is not zoomed into. */
const smallestShare = 1e-6;

/** Which part of the horizontal axis all charts show. */
export class Viewport {
  private chosen: Range | undefined;
  private whole: Range = { min: 0, max: 1 };

  constructor(private readonly changed: () => void) {}

  /** From the first to the last place that there is anything to see at. */
  extend(whole: Range): void {
    this.whole = whole.max > whole.min ? whole : { min: whole.min - 0.5, max: whole.min + 0.5 };
  }

  get range(): Range {
    return this.chosen ?? this.whole;
  }

  get zoomed(): boolean {
    return this.chosen !== undefined;
  }

  show({ min, max }: Range): void {
    const { whole } = this;
    const all = whole.max - whole.min;
    const size = Math.min(all, Math.max(max - min, smallestShare * all));
    if (!(size < all)) {
      this.reset();
      return;
    }
    const start = Math.min(Math.max(min, whole.min), whole.max - size);
    this.chosen = { min: start, max: start + size };
    this.changed();
  }

  /** @param factor below 1 zooms in; the place `around` stays where it is */
  zoom(factor: number, around: number): void {
    const { min, max } = this.range;
    this.show({ min: around + (min - around) * factor, max: around + (max - around) * factor });
  }

  /** @param share of what is in sight, to the right where positive */
  pan(share: number): void {
    if (!this.zoomed) return;
    const { min, max } = this.range;
    const by = share * (max - min);
    this.show({ min: min + by, max: max + by });
  }

  reset(): void {
    if (!this.chosen) return;
    this.chosen = undefined;
    this.changed();
  }
}
