/** Enough for some dozens of unknowns; it ends sooner where nothing moves any more. */
const mostSweeps = 1500;
const still = 1e-6;

/**
 * Weights of `amounts`, none negative, whose sums are as near to `seconds` as they can be, in shares of these (so that a
 * short step counts as much as a long one). Each weight is made the best that it can be in turn, until none moves
 * (coordinate descent: the problem is convex).
 *
 * @param amounts one row a measurement, one column a weight
 * @param towards draws each weight towards zero where measurements hardly tell: the share of all of a row's time that
 *   counts as much as a residual of the same share
 * @param trust how much each measurement counts beside the others
 */
export function fitWeights(
  amounts: readonly (readonly number[])[],
  seconds: readonly number[],
  towards = 0,
  trust: readonly number[] = seconds.map(() => 1),
): number[] {
  const count = amounts[0]?.length ?? 0;
  const rows = amounts.map((row, i) => row.map((each) => each / (seconds[i] ?? 1)));
  // In units in which each weight alone would explain a mean measurement.
  const units = Array.from({ length: count }, (_, a) => {
    const mean = Math.sqrt(rows.reduce((sum, row) => sum + (row[a] ?? 0) ** 2, 0) / rows.length);
    return mean > 0 ? 1 / mean : 0;
  });
  const scaled = rows.map((row) => row.map((each, a) => each * (units[a] ?? 0)));
  const dot = (a: number, b: number) =>
    scaled.reduce((sum, row, i) => sum + (trust[i] ?? 1) * (row[a] ?? 0) * (row[b] ?? 0), 0);
  const gram = units.map((_, a) => units.map((__, b) => dot(a, b)));
  const wanted = units.map((_, a) =>
    scaled.reduce((sum, row, i) => sum + (trust[i] ?? 1) * (row[a] ?? 0), 0),
  );
  const found = new Array<number>(count).fill(0);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let moved = 0;
    for (const [a, row] of gram.entries()) {
      const own = row[a] ?? 0;
      if (own === 0) continue;
      let others = 0;
      for (let b = 0; b < count; b++) if (b !== a) others += (row[b] ?? 0) * (found[b] ?? 0);
      const next = Math.max(0, ((wanted[a] ?? 0) - others) / (own + towards ** 2 * rows.length));
      moved = Math.max(moved, Math.abs(next - (found[a] ?? 0)));
      found[a] = next;
    }
    if (moved < still) break;
  }
  return found.map((each, a) => each * (units[a] ?? 0));
}
