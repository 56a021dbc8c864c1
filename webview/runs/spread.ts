/** Mean and standard deviation (of the sample) of the values that are there. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | undefined;
  readonly count: number;
}

/** Undefined where there is no finite value. */
export function meanAndSpread(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  if (known.length === 0) return undefined;
  // Welford's recurrence: a small spread of large values is not lost.
  let mean = 0;
  let squares = 0;
  for (const [i, value] of known.entries()) {
    const before = value - mean;
    mean += before / (i + 1);
    squares += before * (value - mean);
  }
  const deviation = known.length > 1 ? Math.sqrt(squares / (known.length - 1)) : undefined;
  return { mean, deviation, count: known.length };
}
