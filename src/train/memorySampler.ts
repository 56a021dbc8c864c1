/** Often at first, so that short runs know something; then seldom. */
const [firstMilliseconds, lastMilliseconds] = [1000, 10_000];

/** Tells now and then how much memory the process holds. Asked after every step, which costs a look at the clock. */
export class MemorySampler {
  private dueAt = -Infinity;
  private pause = firstMilliseconds;

  /** @param record is called with the bytes of the resident set */
  constructor(
    private readonly record: (bytes: number) => void,
    private readonly now: () => number = () => performance.now(),
    private readonly read: () => number = () => process.memoryUsage.rss(),
  ) {}

  look(): void {
    const now = this.now();
    if (now < this.dueAt) return;
    this.record(this.read());
    this.dueAt = now + this.pause;
    this.pause = Math.min(lastMilliseconds, 2 * this.pause);
  }
}
