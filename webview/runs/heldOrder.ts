/** What is in a list, by its own id. */
interface Listed {
  readonly id: string;
}

/**
 * An order that holds still under the pointer: while it is held, what is there stays where it is, what is new comes
 * last, and what is gone closes up.
 */
export class HeldOrder<T extends Listed> {
  private order: readonly T[] = [];

  get entries(): readonly T[] {
    return this.order;
  }

  /** @returns whether the list is now in another order than `fresh` */
  take(fresh: readonly T[], held: boolean): boolean {
    if (!held) {
      this.order = fresh;
      return false;
    }
    const left = new Map(fresh.map((entry) => [entry.id, entry]));
    const kept: T[] = [];
    for (const { id } of this.order) {
      const entry = left.get(id);
      if (entry === undefined) continue;
      kept.push(entry);
      left.delete(id);
    }
    this.order = [...kept, ...left.values()];
    return this.order.some(({ id }, i) => fresh[i]?.id !== id);
  }
}
