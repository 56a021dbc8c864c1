/** How much longer than the work itself a pause after it is. */
const pauseFactor = 4;

/** Work that leaves the page time for other things: what took long is not done again until longer after. */
export class Paced {
  private isDue = false;
  private pausesUntil = 0;

  /** @param later does something after so many milliseconds, or a little after them */
  constructor(
    private readonly work: () => void,
    private readonly later: (work: () => void, milliseconds: number) => void,
  ) {}

  /** Does it as soon as it may, once, however often it is asked for meanwhile. */
  soon(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.later(() => this.run(), Math.max(0, this.pausesUntil - performance.now()));
  }

  private run(): void {
    this.isDue = false;
    const began = performance.now();
    this.work();
    const ended = performance.now();
    this.pausesUntil = ended + pauseFactor * (ended - began);
  }
}
