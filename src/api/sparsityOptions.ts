import * as v from 'valibot';
import { decays, distributions, growInits } from '../sparse';
import type * as methods from '../sparse/method';

/** From 0 to below 1. */
export const share = v.pipe(
  v.number('a number from 0 to below 1'),
  v.check((n) => n >= 0 && n < 1, 'a number from 0 to below 1'),
);

export const steps = v.pipe(
  v.number('a whole number above 0'),
  v.check((n) => Number.isInteger(n) && n > 0, 'a whole number above 0'),
);

const ofLayer = v.custom<number | 'dense'>(
  (value) => value === 'dense' || v.is(share, value),
  "a sparsity from 0 to below 1, or 'dense'",
);
export const spread = {
  distribution: v.optional(v.picklist(distributions, 'uniform, er or erk'), 'erk'),
  layers: v.optional(v.record(v.string(), ofLayer), {}),
  keepDense: v.optional(v.array(v.string(), 'a list of names or patterns'), []),
  denseFirstLayer: v.optional(v.boolean('true or false')),
  depthwise: v.optional(v.boolean('true or false'), false),
  embeddings: v.optional(v.boolean('true or false'), false),
};
const until = v.pipe(
  v.number('a share of training up to 1, or a number of steps'),
  v.check((n) => n > 0, 'above 0'),
);
export const dynamics = {
  dropFraction: v.optional(share, 0.3),
  updateEvery: v.optional(steps, 100),
  from: v.optional(v.pipe(v.number('a step'), v.minValue(0, 'from 0 on')), 0),
  until: v.optional(until, 0.75),
  decay: v.optional(v.picklist(decays, 'cosine, linear or constant'), 'cosine'),
  growInit: v.optional(v.picklist(growInits, growInits.join(', ')), 'zeros'),
  growScale: v.optional(
    v.pipe(
      v.number('a number'),
      v.check((n) => Number.isFinite(n), 'a number'),
    ),
    1,
  ),
};
export const sparsity = share;
export const averageGradients = v.optional(steps, 1);
export const scope = v.optional(v.picklist(['global', 'layer'], "'global' or 'layer'"), 'global');

/**
 * Options with their defaults.
 *
 * @throws Error that names the method, the field, what was given and what it takes
 */
export function checkedOptions<T extends v.ObjectEntries>(
  method: string,
  entries: T,
  options: unknown,
): v.InferOutput<v.StrictObjectSchema<T, undefined>> {
  const schema = v.strictObject(entries);
  const checked = v.safeParse(schema, options);
  if (checked.success) return checked.output;
  const issue = checked.issues[0];
  const field = v.getDotPath(issue);
  if (field === null)
    throw new Error(`${method}: takes an object of options, such as ${method}({ sparsity: 0.9 }).`);
  if (issue.type === 'strict_object' && issue.expected === 'never')
    throw new Error(`${method}: "${field}" is not an option; there are ${Object.keys(entries).join(', ')}.`);
  if (issue.type === 'strict_object') throw new Error(`${method}: "${field}" is missing.`);
  throw new Error(`${method}: ${field} is ${shown(issue.input)}; it takes ${issue.message}.`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value));
}

/** @throws Error where new weights are to begin with gradients, and the method takes none */
export function refuseGradients(method: string, growInit: methods.Dynamics['growInit']): void {
  if (growInit.startsWith('gradient'))
    throw new Error(
      `${method}: growInit is "${growInit}", and no gradients are taken; it takes zeros, normal or uniform.`,
    );
}
