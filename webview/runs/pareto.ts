/** Which end of an axis is the better one. */
export type Better = 'less' | 'more';

/** A point; one with a coordinate that is not finite is on no front. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Pareto front: the points to which no other is at least as good on both axes and better on one. Of equal points all
 * are on it.
 *
 * @returns their places in `points`, from the best x to the worst
 */
export function paretoFront(
  points: readonly Point[],
  better: { readonly x: Better; readonly y: Better },
): number[] {
  // As costs: less is better on both.
  const x = (i: number) => (better.x === 'less' ? 1 : -1) * (points[i] as Point).x;
  const y = (i: number) => (better.y === 'less' ? 1 : -1) * (points[i] as Point).y;
  const finite = points.flatMap((point, i) =>
    Number.isFinite(point.x) && Number.isFinite(point.y) ? [i] : [],
  );
  finite.sort((a, b) => x(a) - x(b) || y(a) - y(b) || a - b);
  const front: number[] = [];
  let lowest = Infinity;
  for (const i of finite) {
    const last = front.at(-1);
    const equal = last !== undefined && x(i) === x(last) && y(i) === y(last);
    if (!equal && y(i) >= lowest) continue;
    front.push(i);
    lowest = y(i);
  }
  return front;
}
