import { densities } from './distribution';
import type { SparsityMethod } from './method';

export type WeightKind = 'dense' | 'conv' | 'depthwise' | 'recurrent' | 'embedding' | 'other';

/** A weight of a model, or a gate of one, by what decides whether it is sparse. */
export interface SpreadWeight {
  /** Unique in its model, such as `dense_1/kernel` or `lstm_1/kernel/f`. */
  readonly name: string;
  /** The weight that a gate is of. */
  readonly weight?: string;
  readonly layer: string;
  readonly kind: WeightKind;
  readonly shape: readonly number[];
  readonly size: number;
}

/**
 * Density of each weight or gate, in the end; undefined: it is none of the method's and stays dense. The sparsity of the method
 * is that of all its weights together, those with a sparsity of their own apart.
 *
 * @param weights in the order of the model
 * @throws Error where a pattern names no weight, or nothing is left to be sparse
 */
export function spread(method: SparsityMethod, weights: readonly SpreadWeight[]): (number | undefined)[] {
  const own = Object.entries(method.layers);
  for (const pattern of [...own.map(([pattern]) => pattern), ...method.keepDense])
    if (!weights.some((weight) => matches(pattern, weight)))
      throw new Error(
        `sparsity: "${pattern}" is the name of no layer or weight; there are ${weights.map(({ name }) => name).join(', ')}.`,
      );
  const first = weights.find((weight) => isEligible(method, weight));
  const fixed = weights.map((weight) => {
    const said = own.filter(([pattern]) => matches(pattern, weight)).at(-1)?.[1];
    if (typeof said === 'number') return 1 - said;
    const dense = said === 'dense' || method.keepDense.some((pattern) => matches(pattern, weight));
    if (dense || !isEligible(method, weight)) return 'dense';
    return method.denseFirstLayer && weight.layer === first?.layer ? 'dense' : undefined;
  });
  const shared = weights.filter((_, i) => fixed[i] === undefined);
  const given =
    method.method === 'nm'
      ? shared.map(() => method.n / method.m)
      : densities(
          shared.map(({ shape }) => shape),
          method.sparsity,
          method.distribution,
        );
  if (fixed.every((density) => density === 'dense'))
    throw new Error(
      `sparsity: the model has no weight that ${method.method} could make sparse; there are ${weights.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'none'}.`,
    );
  let at = 0;
  return fixed.map((density) => {
    if (density === 'dense') return undefined;
    return density ?? given[at++];
  });
}

function isEligible(method: SparsityMethod, { kind, shape }: SpreadWeight): boolean {
  switch (kind) {
    case 'dense':
    case 'conv':
    case 'recurrent':
      return shape.length >= 2;
    case 'depthwise':
      return method.depthwise;
    case 'embedding':
      return method.embeddings;
    case 'other':
      return false;
  }
}

/** `*` stands for any text, `?` for one character; a pattern is of the name of a layer, a weight or a gate. */
function matches(pattern: string, { name, weight = name, layer }: SpreadWeight): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const whole = new RegExp(`^${expression}$`);
  return [name, weight, layer].some((each) => whole.test(each));
}
