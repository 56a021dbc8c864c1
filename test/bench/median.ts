export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** @param fraction 0.95: the 95th percentile */
export function quantile(ascending: readonly number[], fraction: number): number {
  return ascending[Math.min(ascending.length - 1, Math.ceil(fraction * ascending.length) - 1)] ?? NaN;
}
