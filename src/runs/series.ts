/** Several times what a screen has columns, so that there is more to see where one zooms in. */
const defaultCapacity = 16_384;
/** What a stretch may keep: its lowest, its highest, and a mark of what is no finite number. */
const mostKept = 3;

/** What is new of a curve, for one reader: what it was told of steps after `after` is void, these points follow. */
export interface SeriesChange {
  /** -1 where all of the curve is told anew. */
  readonly after: number;
  readonly x: Float64Array<ArrayBuffer>;
  readonly y: Float64Array<ArrayBuffer>;
}

/** How far one reader was told. */
export interface SeriesPlace {
  version: number;
  count: number;
  revision: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
  /** How many values came before. */
  readonly ordinal: number;
}

/**
 * One curve of a run, bounded in memory however long the run. Every point kept was measured: where there are too many,
 * each stretch of steps keeps its lowest, its highest, and the first of what is no finite number, so that spikes stay
 * to be seen. The last value is always there.
 */
export class Series {
  private x = new Float64Array(256);
  private y = new Float64Array(256);
  private ordinal = new Float64Array(256);
  private count = 0;
  /** Values so far, those that were dropped aside. */
  private added = 0;
  private version = 0;
  private revision = 0;
  /** A stretch is this many values; 1 until the capacity was first reached. */
  private stretch = 1;
  private open: Point[] = [];
  /** The last value, which a stretch that is complete may not have kept. */
  private newest: Point | undefined;

  /** @param capacity points kept at most, 8 or more */
  constructor(
    readonly key: string,
    private readonly capacity = defaultCapacity,
  ) {
    if (!(Number.isInteger(capacity) && capacity >= 8))
      throw new RangeError(`the capacity of a series is a whole number from 8 on; found ${capacity}`);
  }

  /** Adds a value. A step at or before the last one, as after a resume, first drops everything from it on. */
  add(step: number, value: number): void {
    this.dropFrom(step);
    this.revision++;
    this.newest = { x: step, y: value, ordinal: this.added++ };
    this.open.push(this.newest);
    if (this.added % this.stretch === 0) this.closeStretch();
  }

  /** Drops what is at or after a step. */
  dropFrom(step: number): void {
    const last = this.last();
    if (!last || last.x < step) return;
    this.newest = undefined;
    this.revision++;
    while ((this.open.at(-1)?.x ?? -Infinity) >= step) this.added = this.open.pop()?.ordinal ?? 0;
    const before = this.count;
    while (this.count > 0 && (this.x[this.count - 1] as number) >= step) this.count--;
    if (this.count === before) return;
    this.version++;
    this.added = this.count === 0 ? 0 : (this.ordinal[this.count - 1] as number) + 1;
  }

  /** All points, steps ascending. */
  points(): { x: Float64Array; y: Float64Array } {
    return this.from(0);
  }

  /** The last point; undefined where there is none. */
  last(): { x: number; y: number } | undefined {
    const last = this.newest ?? this.open.at(-1);
    const i = this.count - 1;
    return last ?? (i < 0 ? undefined : { x: this.x[i] as number, y: this.y[i] as number });
  }

  /** What is new since `place`, which is moved on; undefined where nothing is. */
  since(place: SeriesPlace): SeriesChange | undefined {
    if (place.revision === this.revision) return undefined;
    const kept = place.version === this.version ? place.count : 0;
    place.version = this.version;
    place.count = this.count;
    place.revision = this.revision;
    return { after: kept === 0 ? -1 : (this.x[kept - 1] as number), ...this.from(kept) };
  }

  private from(first: number): { x: Float64Array<ArrayBuffer>; y: Float64Array<ArrayBuffer> } {
    const tail = extremes(this.open);
    const lastKept = tail.at(-1)?.ordinal ?? (this.count > 0 ? this.ordinal[this.count - 1] : -1);
    if (this.newest && lastKept !== this.newest.ordinal) tail.push(this.newest);
    const stored = this.count - first;
    const x = new Float64Array(stored + tail.length);
    const y = new Float64Array(stored + tail.length);
    x.set(this.x.subarray(first, this.count));
    y.set(this.y.subarray(first, this.count));
    tail.forEach((point, i) => {
      x[stored + i] = point.x;
      y[stored + i] = point.y;
    });
    return { x, y };
  }

  private closeStretch(): void {
    const kept = extremes(this.open);
    this.open = [];
    if (this.count + mostKept > this.capacity) this.thin();
    for (const point of kept) this.store(point);
  }

  private store({ x, y, ordinal }: Point): void {
    if (this.count === this.x.length) {
      this.x = grown(this.x);
      this.y = grown(this.y);
      this.ordinal = grown(this.ordinal);
    }
    this.x[this.count] = x;
    this.y[this.count] = y;
    this.ordinal[this.count] = ordinal;
    this.count++;
  }

  /** Doubles the stretches until at least a quarter of the places is free. */
  private thin(): void {
    this.version++;
    while (this.count > 0.75 * this.capacity || this.count + mostKept > this.capacity) {
      this.stretch *= 2;
      const { count } = this;
      let group: Point[] = [];
      this.count = 0;
      const keep = () => extremes(group).forEach((point) => this.store(point));
      for (let i = 0; i < count; i++) {
        const point = { x: this.x[i] as number, y: this.y[i] as number, ordinal: this.ordinal[i] as number };
        const before = group.at(-1)?.ordinal ?? point.ordinal;
        if (Math.floor(before / this.stretch) !== Math.floor(point.ordinal / this.stretch)) {
          keep();
          group = [];
        }
        group.push(point);
      }
      keep();
    }
  }
}

/** A place before the first point. */
export function placeBeforeAll(): SeriesPlace {
  return { version: 0, count: 0, revision: 0 };
}

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(2 * values.length);
  more.set(values);
  return more;
}

/** The lowest, the highest, and the first that is no finite number, in the order of their steps. */
function extremes(points: readonly Point[]): Point[] {
  if (points.length <= 2) return [...points];
  let low: Point | undefined;
  let high: Point | undefined;
  let odd: Point | undefined;
  for (const point of points) {
    if (!Number.isFinite(point.y)) odd ??= point;
    else {
      if (!low || point.y < low.y) low = point;
      if (!high || point.y >= high.y) high = point;
    }
  }
  return [...new Set([low, high, odd])]
    .filter((point) => point !== undefined)
    .sort((a, b) => a.ordinal - b.ordinal);
}
