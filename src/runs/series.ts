/** More than a screen has columns. */
const defaultCapacity = 4096;

export interface SeriesUpdate {
  /** Whether the points follow those told before, or stand for all of them. */
  readonly kind: 'append' | 'replace';
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * One curve of a run, bounded in memory however long the run. Every point kept was measured: where there are too many,
 * each stretch of steps keeps its lowest and its highest (and what is not a number), so that spikes stay to be seen.
 */
export class Series {
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private count = 0;
  /** Points told by {@link takeUpdate}, or -1 where all must be told anew. */
  private told = 0;
  /** A stretch is this many points; 1 until the capacity was first reached. */
  private stretch = 1;
  private open: { x: number; y: number }[] = [];

  /** @param capacity points kept at most, a multiple of 4 */
  constructor(
    readonly key: string,
    private readonly capacity = defaultCapacity,
  ) {
    if (!(capacity >= 4 && capacity % 4 === 0))
      throw new RangeError(`the capacity of a series is a multiple of 4; found ${capacity}`);
    this.x = new Float64Array(capacity);
    this.y = new Float64Array(capacity);
  }

  /** Adds a value. A step at or before the last one, as after a resume, first drops everything from it on. */
  add(step: number, value: number): void {
    this.dropFrom(step);
    this.open.push({ x: step, y: value });
    if (this.open.length < this.stretch) return;
    this.closeStretch();
    if (this.count === this.capacity) this.thin();
  }

  /** Makes points of what was still gathering, as at a run's end. */
  settle(): void {
    this.closeStretch();
    if (this.count === this.capacity) this.thin();
  }

  /** All points, steps ascending. Of a long curve the last stretch follows once it is complete, or settled. */
  points(): { x: Float64Array; y: Float64Array } {
    return { x: this.x.slice(0, this.count), y: this.y.slice(0, this.count) };
  }

  /** What is new since the last call, for one reader. Undefined where nothing is. */
  takeUpdate(): SeriesUpdate | undefined {
    const from = Math.max(0, this.told);
    const kind = this.told < 0 ? 'replace' : 'append';
    if (kind === 'append' && from === this.count) return undefined;
    this.told = this.count;
    return { kind, x: this.x.slice(from, this.count), y: this.y.slice(from, this.count) };
  }

  private dropFrom(step: number): void {
    while (this.open.length > 0 && (this.open.at(-1)?.x ?? 0) >= step) this.open.pop();
    const before = this.count;
    while (this.count > 0 && (this.x[this.count - 1] ?? 0) >= step) this.count--;
    if (this.count < before && this.told > this.count) this.told = -1;
  }

  private closeStretch(): void {
    for (const point of extremes(this.open)) {
      if (this.count === this.capacity) this.thin();
      this.x[this.count] = point.x;
      this.y[this.count] = point.y;
      this.count++;
    }
    this.open = [];
  }

  /** Of four points each the two extremes: half as many, and stretches of twice the length. */
  private thin(): void {
    let kept = 0;
    for (let i = 0; i < this.count; i += 4) {
      const group: { x: number; y: number }[] = [];
      for (let j = i; j < Math.min(i + 4, this.count); j++)
        group.push({ x: this.x[j] as number, y: this.y[j] as number });
      for (const point of extremes(group)) {
        this.x[kept] = point.x;
        this.y[kept] = point.y;
        kept++;
      }
    }
    this.count = kept;
    this.told = -1;
    this.stretch = this.stretch === 1 ? 4 : this.stretch * 2;
  }
}

/** The lowest and the highest of some points in the order of their steps; what is no finite number goes first. */
function extremes(points: readonly { x: number; y: number }[]): readonly { x: number; y: number }[] {
  if (points.length <= 2) return points;
  const odd = points.find((point) => !Number.isFinite(point.y));
  let low = points[0] as { x: number; y: number };
  let high = low;
  for (const point of points) {
    if (point.y < low.y || !Number.isFinite(low.y)) low = point;
    if (point.y > high.y || !Number.isFinite(high.y)) high = point;
  }
  if (odd) high = odd;
  if (low === high) low = points.find((point) => point !== high) as { x: number; y: number };
  return low.x < high.x ? [low, high] : [high, low];
}
