import type { SeriesPoints } from '../../src/protocol/runPanel';

/** Values by step, steps ascending. */
export interface Curve {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** The points of a run's series, by key. */
export class Curves {
  private readonly byKey = new Map<string, Curve>();

  hydrate(series: readonly SeriesPoints[]): void {
    this.byKey.clear();
    this.replace(series);
  }

  replace(series: readonly SeriesPoints[]): void {
    for (const { key, x, y } of series) this.byKey.set(key, { x, y });
  }

  /** A step at or before the last one renews the curve from there on: a resumed run trains it again. */
  append(series: readonly SeriesPoints[]): void {
    for (const { key, x, y } of series) {
      const old = this.byKey.get(key);
      const first = x[0];
      if (!old || first === undefined) {
        if (first !== undefined) this.byKey.set(key, { x, y });
        continue;
      }
      let kept = old.x.length;
      while (kept > 0 && (old.x[kept - 1] ?? 0) >= first) kept--;
      this.byKey.set(key, { x: joined(old.x, kept, x), y: joined(old.y, kept, y) });
    }
  }

  get(key: string): Curve | undefined {
    return this.byKey.get(key);
  }

  /** Keys of the series that have points. */
  keys(): string[] {
    return [...this.byKey].filter(([, { x }]) => x.length > 0).map(([key]) => key);
  }
}

function joined(head: Float64Array, count: number, tail: Float64Array): Float64Array {
  const all = new Float64Array(count + tail.length);
  all.set(head.subarray(0, count));
  all.set(tail, count);
  return all;
}

/** "train/loss" -> split "train", quantity "loss". */
export function splitKey(key: string): { split: string; quantity: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { split: 'train', quantity: key }
    : { split: key.slice(0, slash), quantity: key.slice(slash + 1) };
}

/** Quantities of some series, loss first, each with its keys, training first. */
export function groupByQuantity(keys: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const key of [...keys].sort(compareKeys)) {
    const { quantity } = splitKey(key);
    groups.set(quantity, [...(groups.get(quantity) ?? []), key]);
  }
  return groups;
}

function compareKeys(a: string, b: string): number {
  const left = splitKey(a);
  const right = splitKey(b);
  return (
    Number(right.quantity === 'loss') - Number(left.quantity === 'loss') ||
    left.quantity.localeCompare(right.quantity) ||
    Number(right.split === 'train') - Number(left.split === 'train') ||
    left.split.localeCompare(right.split)
  );
}

/**
 * Exponential moving average that starts unbiased (Kingma and Ba 2015, section 3, has the correction).
 *
 * @param weight of the past per step, in [0, 1); a gap of n steps counts as n, so that thinned curves look the same
 * @returns as long as `y`; what is not finite stays as it is and leaves the average alone
 */
export function smoothed({ x, y }: Curve, weight: number): Float64Array {
  const result = new Float64Array(y.length);
  let sum = 0;
  let total = 0;
  let last: number | undefined;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] ?? NaN;
    if (!Number.isFinite(value)) {
      result[i] = value;
      continue;
    }
    const step = x[i] ?? 0;
    const past = last === undefined ? 0 : weight ** (step - last);
    last = step;
    sum = past * sum + (1 - weight) * value;
    total = past * total + (1 - weight);
    result[i] = sum / total;
  }
  return result;
}

/** What a chart draws: steps first, then one column a line; null is a gap, undefined a step the line knows nothing of. */
export type Columns = [number[], ...(number | null | undefined)[][]];

/**
 * Brings lines onto common steps.
 *
 * @param positiveOnly drops what a logarithmic axis cannot show
 */
export function aligned(lines: readonly Curve[], positiveOnly = false): Columns {
  const steps: number[] = [];
  const columns: (number | null | undefined)[][] = lines.map(() => []);
  const at = lines.map(() => 0);
  for (;;) {
    let step = Infinity;
    lines.forEach(({ x }, line) => {
      step = Math.min(step, x[at[line] ?? 0] ?? Infinity);
    });
    if (step === Infinity) return [steps, ...columns];
    steps.push(step);
    lines.forEach(({ x, y }, line) => {
      const i = at[line] ?? 0;
      if (x[i] !== step) {
        columns[line]?.push(undefined);
        return;
      }
      at[line] = i + 1;
      const value = y[i] ?? NaN;
      columns[line]?.push(Number.isFinite(value) && (!positiveOnly || value > 0) ? value : null);
    });
  }
}
