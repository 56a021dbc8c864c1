import { upperBound, type Curve } from './curves';

/** Part of the horizontal axis, in its unit. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A value that no axis can show, at its place. */
export interface Mark {
  readonly x: number;
  readonly kind: 'NaN' | 'Infinity' | '-Infinity';
}

/** What is drawn of one line: null is a gap. Its marks are where values are no finite numbers. */
export interface SeenLine {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly marks: readonly Mark[];
  /** Whether there are numbers that the axis cannot show. */
  readonly leftOut: boolean;
}

/**
 * What can be seen of a curve in a range: all of its points where they are few; else in each column its lowest and its
 * highest value, at places that all curves have in common.
 *
 * @param columns that there are to draw in
 * @param positiveOnly leaves out what a logarithmic axis cannot show
 */
export function seen(curve: Curve, range: Range, columns: number, positiveOnly = false): SeenLine {
  const { x } = curve;
  // One point beyond either edge, so that the line goes on to it.
  const from = Math.max(0, upperBound(x, range.min) - 1);
  const to = Math.min(x.length, upperBound(x, range.max) + 1);
  const width = (range.max - range.min) / columns;
  const sight = new Sight(curve, positiveOnly);
  if (to - from <= 3 * columns || !(width > 0)) for (let i = from; i < to; i++) sight.add(i, x[i] as number);
  else
    for (let i = from; i < to;) {
      const start = range.min + width * Math.floor(((x[i] as number) - range.min) / width);
      let end = i + 1;
      while (end < to && (x[end] as number) < start + width) end++;
      sight.addColumn(i, end, start, width);
      i = end;
    }
  return sight;
}

/** Gathers what is seen of a curve, point by point or column by column. */
class Sight implements SeenLine {
  readonly x: number[] = [];
  readonly y: (number | null)[] = [];
  readonly marks: Mark[] = [];
  leftOut = false;

  constructor(
    private readonly curve: Curve,
    private readonly positiveOnly: boolean,
  ) {}

  /** @param place where the value is drawn */
  add(i: number, place: number): void {
    const value = this.curve.y[i] as number;
    this.x.push(place);
    this.y.push(this.fits(value) ? value : null);
    if (!Number.isFinite(value))
      this.marks.push({ x: this.curve.x[i] as number, kind: String(value) as Mark['kind'] });
  }

  /** The extremes of some points, and the first of them that has no place on the axis. */
  addColumn(from: number, to: number, start: number, width: number): void {
    const { y } = this.curve;
    let low = -1;
    let high = -1;
    let odd = -1;
    for (let i = from; i < to; i++) {
      const value = y[i] as number;
      if (!this.fits(value)) {
        if (odd < 0 || (Number.isFinite(y[odd]) && !Number.isFinite(value))) odd = i;
        continue;
      }
      if (low < 0 || value < (y[low] as number)) low = i;
      if (high < 0 || value >= (y[high] as number)) high = i;
    }
    if (low >= 0) this.add(Math.min(low, high), start + 0.25 * width);
    if (low !== high) this.add(Math.max(low, high), start + 0.75 * width);
    if (odd >= 0) this.add(odd, start + 0.9 * width);
  }

  private fits(value: number): boolean {
    if (!Number.isFinite(value)) return false;
    if (!this.positiveOnly || value > 0) return true;
    this.leftOut = true;
    return false;
  }
}

/** What a chart draws: places first, then one column a line; undefined is a place that the line knows nothing of. */
export type Columns = [number[], ...(number | null | undefined)[][]];

interface AlignedLine {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number | null>;
}

/** Brings lines onto common places. */
export function aligned(lines: readonly AlignedLine[]): Columns {
  const places: number[] = [];
  const columns: (number | null | undefined)[][] = lines.map(() => []);
  const at = new Int32Array(lines.length);
  for (;;) {
    let place = Infinity;
    for (let line = 0; line < lines.length; line++)
      place = Math.min(place, lines[line]?.x[at[line] as number] ?? Infinity);
    if (place === Infinity) return [places, ...columns];
    places.push(place);
    for (let line = 0; line < lines.length; line++) {
      const { x, y } = lines[line] as AlignedLine;
      const i = at[line] as number;
      if (x[i] !== place) {
        columns[line]?.push(undefined);
        continue;
      }
      at[line] = i + 1;
      columns[line]?.push(y[i]);
    }
  }
}

/** Value of a curve at a place, or the last one before it; undefined before its first point. */
export function valueAt({ x, y }: Curve, place: number): number | undefined {
  return y[upperBound(x, place) - 1];
}
