/** Which runs are selected, by their keys, and where a range begins. */
export class Selection {
  private readonly keys = new Set<string>();
  private anchor: string | undefined;

  /** @param changed called after each change */
  constructor(private readonly changed: () => void) {}

  get size(): number {
    return this.keys.size;
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }

  all(): string[] {
    return [...this.keys];
  }

  /** Those of some that are selected, in the order in which they were. */
  among(keys: Iterable<string>): string[] {
    const some = new Set(keys);
    return this.all().filter((key) => some.has(key));
  }

  set(keys: Iterable<string>): void {
    this.keys.clear();
    for (const key of keys) this.keys.add(key);
    this.anchor = undefined;
    this.changed();
  }

  /** Only this one, as with a click. */
  only(key: string): void {
    this.set([key]);
    this.anchor = key;
  }

  toggle(key: string): void {
    if (!this.keys.delete(key)) this.keys.add(key);
    this.anchor = key;
    this.changed();
  }

  /** All of some, or none of them where all are already, as with a group's box. */
  toggleAll(keys: readonly string[]): void {
    const all = keys.every((key) => this.keys.has(key));
    for (const key of keys)
      if (all) this.keys.delete(key);
      else this.keys.add(key);
    this.changed();
  }

  /**
   * From where the last one was selected to this one, in the order that is seen.
   *
   * @param otherwise where a range begins that has no beginning yet
   */
  extend(key: string, order: readonly string[], otherwise = key): void {
    const anchor = this.anchor ?? otherwise;
    const from = order.indexOf(anchor);
    const to = order.indexOf(key);
    if (from < 0 || to < 0) return this.only(key);
    this.set(order.slice(Math.min(from, to), Math.max(from, to) + 1));
    this.anchor = anchor;
  }

  /** Forgets what is no more. */
  keepOnly(exists: (key: string) => boolean): void {
    const gone = [...this.keys].filter((key) => !exists(key));
    if (gone.length === 0) return;
    for (const key of gone) this.keys.delete(key);
    this.changed();
  }
}
