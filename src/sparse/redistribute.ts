/** A layer that weights can be given to. */
export interface Receiver {
  /** Any number from 0 on: what a layer is given is in proportion to it. */
  readonly share: number;
  /** No more than this fit. */
  readonly free: number;
}

/**
 * `total` weights shared among layers in proportion; what does not fit into a layer goes to the others. Whole numbers,
 * rounded by the largest remainder, that sum to `total` if so many fit at all.
 */
export function redistribute(total: number, layers: readonly Receiver[]): number[] {
  const given = layers.map(() => 0);
  let left = Math.min(
    total,
    layers.reduce((sum, { free }) => sum + free, 0),
  );
  while (left > 0) {
    const open = layers.map(({ free }, i) => free > (given[i] as number));
    const sum = layers.reduce((all, { share }, i) => all + (open[i] ? share : 0), 0);
    const ofOpen = open.filter(Boolean).length;
    const wanted = layers.map(({ share }, i) => {
      if (!open[i]) return 0;
      return left * (sum > 0 ? share / sum : 1 / ofOpen);
    });
    const rounded = largestRemainder(wanted, left);
    let gave = 0;
    for (const [i, { free }] of layers.entries()) {
      const taken = Math.min(rounded[i] as number, free - (given[i] as number));
      given[i] = (given[i] as number) + taken;
      gave += taken;
    }
    left -= gave;
  }
  return given;
}

/** `total` weights shared so that every layer keeps the same part of its own. */
export function evenly(total: number, layers: readonly { readonly size: number }[]): number[] {
  return redistribute(
    total,
    layers.map(({ size }) => ({ share: size, free: size })),
  );
}

function largestRemainder(wanted: readonly number[], total: number): number[] {
  const rounded = wanted.map(Math.floor);
  let missing = total - rounded.reduce((sum, count) => sum + count, 0);
  const byRemainder = wanted
    .map((value, i) => ({ i, remainder: value - Math.floor(value) }))
    .filter(({ i }) => (wanted[i] as number) > 0)
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder) {
    if (missing <= 0) break;
    rounded[i] = (rounded[i] as number) + 1;
    missing--;
  }
  return rounded;
}
