/** Enough for as few unknowns as there are here. */
const sweeps = 4000;

/**
 * Numbers from 0 on that make the sums of `rows`, each weighted with them, as near to `sums` as they can be, in shares of
 * these: one at a time is made the best that it can be, until none moves.
 */
export function fitShares(rows: readonly (readonly number[])[], sums: readonly number[]): number[] {
  const shares = rows.map((row, i) => row.map((each) => each / (sums[i] ?? 1)));
  const count = rows[0]?.length ?? 0;
  const found = new Array<number>(count).fill(0);
  const dot = (a: number, b: number) => shares.reduce((sum, row) => sum + (row[a] ?? 0) * (row[b] ?? 0), 0);
  const products = found.map((_, a) => found.map((_, b) => dot(a, b)));
  const wanted = found.map((_, a) => shares.reduce((sum, row) => sum + (row[a] ?? 0), 0));
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (let a = 0; a < count; a++) {
      const row = products[a] ?? [];
      const own = row[a] ?? 0;
      if (own === 0) continue;
      const others = row.reduce((sum, each, b) => (b === a ? sum : sum + each * (found[b] ?? 0)), 0);
      found[a] = Math.max(0, ((wanted[a] ?? 0) - others) / own);
    }
  return found;
}
