import type { Evolution, Layer, LayerState } from '../evolution';
import { fullMask, type Mask } from '../mask';
import type { Part } from '../parts';

/** A part of a weight, with the share of it that is active in the end; undefined: it stays dense. */
export interface SpreadPart {
  readonly part: Part;
  readonly density: number | undefined;
}

/** A weight as the parts that a method treats each by itself. */
export interface SplitWeight {
  readonly size: number;
  readonly isOutput: boolean;
  readonly parts: readonly SpreadPart[];
}

/** A rule of whole weights, out of a rule of their parts: counts, drops and growth are each part's own. */
export function byParts(
  weights: readonly SplitWeight[],
  ruleOfParts: (parts: readonly Layer[]) => Evolution,
): Evolution {
  const sparse = weights.map(({ parts }) =>
    parts.flatMap(({ part, density }) => (density === undefined ? [] : [{ part, density }])),
  );
  const rule = ruleOfParts(
    sparse.flatMap((parts, i) =>
      parts.map(({ part: { matrix, size }, density }) => ({
        shape: matrix,
        size,
        density,
        isOutput: weights[i]?.isOutput ?? false,
      })),
    ),
  );
  const partsOf = (weight: number): Part[] => (sparse[weight] ?? []).map(({ part }) => part);
  const take = (values: Float32Array, weight: number) => partsOf(weight).map((part) => part.take(values));
  const states = ({ mask, weights: values, gradients }: LayerState, weight: number): LayerState[] =>
    partsOf(weight).map((part) => ({
      mask: part.take(mask),
      weights: part.take(values),
      gradients: gradients && part.take(gradients),
    }));
  const joined = (masks: readonly Mask[]): Mask[] => {
    let next = 0;
    return weights.map(({ size }, weight) => {
      const parts = partsOf(weight);
      if (parts[0]?.isWhole) return masks[next++] as Mask;
      const mask = fullMask(size);
      for (const part of parts) part.put(masks[next++] as Mask, mask);
      return mask;
    });
  };
  return {
    ...rule,
    planned(step) {
      const planned = rule.planned(step).values();
      return weights.map(({ parts }) =>
        parts.reduce(
          (sum, { part, density }) => sum + (density === undefined ? part.size : (planned.next().value ?? 0)),
          0,
        ),
      );
    },
    initial: (values, random) => joined(rule.initial(values.flatMap(take), random)),
    update: (step, layers, random) => joined(rule.update(step, layers.flatMap(states), random)),
  };
}
