/** Recent steps that medians are taken of. */
const kept = 101;

/** The last values of many, and their median. */
export class Recent {
  private values: number[] = [];
  /** Of all values since it was cleared. */
  count = 0;

  add(value: number): void {
    this.count++;
    this.values.push(value);
    if (this.values.length > kept) this.values.shift();
  }

  get median(): number | undefined {
    return [...this.values].sort((a, b) => a - b)[Math.floor(this.values.length / 2)];
  }

  clear(): void {
    this.values = [];
    this.count = 0;
  }
}
