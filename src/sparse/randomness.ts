/** Where random numbers come from; the caller's generator, so that a seed decides all of them. */
export interface Randomness {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number in [0, n), uniform. */
  int(n: number): number;
}

/** `count` of the numbers in `values`, each as likely as another; `values` is reordered. */
export function sample(values: Int32Array, count: number, random: Randomness): Int32Array {
  for (let i = 0; i < count; i++) {
    const j = i + random.int(values.length - i);
    const chosen = values[j] as number;
    values[j] = values[i] as number;
    values[i] = chosen;
  }
  return values.subarray(0, count);
}
