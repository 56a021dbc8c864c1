import type { LayerCost } from './modelCost';

/** A layer of one model or of both. */
export interface LayerPair {
  readonly now?: LayerCost | undefined;
  readonly before?: LayerCost | undefined;
}

/**
 * Which layer of one model is which of another: the pairing in the order of both that agrees best. Names that
 * TensorFlow.js counts through mean little where a layer was put in between, so class, size and shape decide.
 */
export function pairLayers(now: readonly LayerCost[], before: readonly LayerCost[]): LayerPair[] {
  // best[i][j]: of the layers from i and from j on.
  const best = Array.from({ length: now.length + 1 }, () => new Float64Array(before.length + 1));
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  const paired = (i: number, j: number) =>
    likeness(now[i] as LayerCost, before[j] as LayerCost) + at(i + 1, j + 1);
  for (let i = now.length - 1; i >= 0; i--)
    for (let j = before.length - 1; j >= 0; j--)
      (best[i] as Float64Array)[j] = Math.max(paired(i, j), at(i + 1, j), at(i, j + 1));
  const pairs: LayerPair[] = [];
  let i = 0;
  let j = 0;
  while (i < now.length || j < before.length) {
    const value = at(i, j);
    if (i < now.length && j < before.length && value > 0 && value === paired(i, j))
      pairs.push({ now: now[i++], before: before[j++] });
    else if (j < before.length && (i === now.length || value === at(i, j + 1)))
      pairs.push({ before: before[j++] });
    else pairs.push({ now: now[i++] });
  }
  return pairs;
}

/** Negative for two that cannot be the same. */
function likeness(a: LayerCost, b: LayerCost): number {
  if (a.className !== b.className) return -1;
  const same = (one: unknown, other: unknown) => Number(String(one) === String(other));
  return 4 + same(a.params, b.params) + same(a.outputShape, b.outputShape) + same(a.name, b.name);
}
