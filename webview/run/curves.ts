import type { SeriesChange } from '../../src/protocol/runPanel';

/** Values by step, or by what was reached there; `x` ascends. */
export interface Curve {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

const none: Curve = { x: new Float64Array(), y: new Float64Array() };

/** Curves by key, kept at what the host tells. */
export class Curves {
  private readonly byKey = new Map<string, Curve>();
  /** Counts changes, so that what was worked out of a curve is worked out once. */
  revision = 0;

  clear(): void {
    this.byKey.clear();
    this.revision++;
  }

  apply(changes: readonly SeriesChange[]): void {
    if (changes.length > 0) this.revision++;
    for (const { key, after, x, y } of changes) {
      const old = this.byKey.get(key) ?? none;
      const kept = upperBound(old.x, after);
      this.byKey.set(key, kept === 0 ? { x, y } : { x: joined(old.x, kept, x), y: joined(old.y, kept, y) });
    }
  }

  get(key: string): Curve {
    return this.byKey.get(key) ?? none;
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

/** Index of the first of ascending values that is above `value`. */
export function upperBound(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
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
  for (const key of [...new Set(keys)].sort(compareKeys)) {
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
  if (weight === 0) return y;
  const result = new Float64Array(y.length);
  let sum = 0;
  let total = 0;
  let last: number | undefined;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] as number;
    if (!Number.isFinite(value)) {
      result[i] = value;
      continue;
    }
    const step = x[i] as number;
    const gap = last === undefined ? Infinity : step - last;
    const past = gap === 1 ? weight : weight ** gap;
    last = step;
    sum = past * sum + (1 - weight) * value;
    total = past * total + (1 - weight);
    result[i] = sum / total;
  }
  return result;
}
