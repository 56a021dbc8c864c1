/** Blocks of one stretch of memory, given out and taken back in any order. Sizes and addresses are in bytes. */
export class Arena {
  /** What is free, by address; neighbours are one. */
  private readonly free: { start: number; end: number }[];
  private readonly taken = new Map<number, number>();

  constructor(
    readonly start: number,
    readonly bytes: number,
  ) {
    this.free = [{ start, end: start + bytes }];
  }

  holds(address: number): boolean {
    return address >= this.start && address < this.start + this.bytes;
  }

  /** The smallest free block that is large enough; undefined where there is none. */
  take(bytes: number): number | undefined {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    let best: { start: number; end: number } | undefined;
    for (const block of this.free)
      if (block.end - block.start >= size && (!best || block.end - block.start < best.end - best.start))
        best = block;
    if (!best) return undefined;
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
    const after = this.free.findIndex((block) => block.start >= address);
    const at = after < 0 ? this.free.length : after;
    const [before, behind] = [this.free[at - 1], this.free[at]];
    if (before?.end === address && behind?.start === end) {
      before.end = behind.end;
      this.free.splice(at, 1);
    } else if (before?.end === address) before.end = end;
    else if (behind?.start === end) behind.start = address;
    else this.free.splice(at, 0, { start: address, end });
  }
}

/** Of every block, as of those that malloc gives. */
const alignment = 16;
