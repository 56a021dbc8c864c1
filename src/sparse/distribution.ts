export const distributions = ['uniform', 'er', 'erk'] as const;
/** How a sparsity of the whole is shared among layers. */
export type Distribution = (typeof distributions)[number];

/**
 * Density of each layer, so that all of them together have `sparsity`.
 *
 * `er` (Erdős–Rényi; Mocanu et al. 2018) gives a layer eps * (fan-in + fan-out) / (fan-in * fan-out), `erk` (Evci et al.
 * 2020) counts the sides of a convolution's kernel too: eps * sum(shape) / product(shape). A layer that would become
 * denser than dense is dense, and eps is solved again for the others.
 *
 * @param shapes of the weights; the last two dimensions are input and output channels
 */
export function densities(
  shapes: readonly (readonly number[])[],
  sparsity: number,
  distribution: Distribution,
): number[] {
  if (distribution === 'uniform') return shapes.map(() => 1 - sparsity);
  const sizes = shapes.map(product);
  const shares = shapes.map((shape) => {
    const sides = distribution === 'erk' ? shape : shape.slice(-2);
    return sides.reduce((sum, side) => sum + side, 0) / product(sides);
  });
  const budget = (1 - sparsity) * sizes.reduce((sum, size) => sum + size, 0);
  const dense = new Set<number>();
  for (;;) {
    let left = budget;
    let divisor = 0;
    for (const [i, size] of sizes.entries())
      if (dense.has(i)) left -= size;
      else divisor += (shares[i] as number) * size;
    const eps = divisor > 0 ? Math.max(0, left) / divisor : 0;
    const full = shares.flatMap((share, i) => (!dense.has(i) && eps * share > 1 ? [i] : []));
    if (full.length === 0) return shares.map((share, i) => (dense.has(i) ? 1 : eps * share));
    for (const i of full) dense.add(i);
  }
}

export function product(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all * one, 1);
}
