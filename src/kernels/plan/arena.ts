/** A stretch of memory. Addresses are in bytes. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * Gives out places in some stretches of memory and takes them back, in any order. Where none is large enough another
 * stretch is asked for, of that size: what a step left free when it was done without a plan takes it in.
 */
export class Arena {
  /** What is free, by address; neighbours of one stretch are one. */
  private readonly free: { start: number; end: number }[];
  private readonly taken = new Map<number, number>();

  /**
   * @param stretches to begin with, all of them free; those that are added last as long as these
   * @param more memory of at least so many bytes
   */
  constructor(
    private readonly stretches: Stretch[],
    private readonly more: (bytes: number) => number,
  ) {
    this.free = stretches.map(({ start, end }) => ({ start, end })).sort((a, b) => a.start - b.start);
  }

  holds(address: number): boolean {
    return this.stretches.some(({ start, end }) => address >= start && address < end);
  }

  /** The smallest free place that is large enough. */
  take(bytes: number): number {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    let best: { start: number; end: number } | undefined;
    for (const place of this.free)
      if (place.end - place.start >= size && (!best || place.end - place.start < best.end - best.start))
        best = place;
    if (!best) {
      best = this.grow(size);
    }
    const { start } = best;
    best.start += size;
    if (best.start === best.end) this.free.splice(this.free.indexOf(best), 1);
    this.taken.set(start, size);
    return start;
  }

  giveBack(address: number): void {
    const size = this.taken.get(address);
    if (size === undefined) throw new Error(`nothing was given out at ${address}`);
    this.taken.delete(address);
    const end = address + size;
    const at = this.placeFor(address);
    const [before, behind] = [this.free[at - 1], this.free[at]];
    const joinsBefore = before?.end === address && this.isOne(before.start, address);
    const joinsBehind = behind?.start === end && this.isOne(address, end);
    if (before && behind && joinsBefore && joinsBehind) {
      before.end = behind.end;
      this.free.splice(at, 1);
    } else if (before && joinsBefore) before.end = end;
    else if (behind && joinsBehind) behind.start = address;
    else this.free.splice(at, 0, { start: address, end });
  }

  private grow(size: number): { start: number; end: number } {
    const start = this.more(size);
    const place = { start, end: start + size };
    this.stretches.push({ ...place });
    this.free.splice(this.placeFor(start), 0, place);
    return place;
  }

  private placeFor(address: number): number {
    const after = this.free.findIndex((place) => place.start >= address);
    return after < 0 ? this.free.length : after;
  }

  /** Whether two addresses are of one stretch: two stretches may touch. */
  private isOne(a: number, b: number): boolean {
    return this.stretches.some(({ start, end }) => a >= start && a < end && b >= start && b < end);
  }
}

/** Of every place, as of those that malloc gives. */
const alignment = 16;
