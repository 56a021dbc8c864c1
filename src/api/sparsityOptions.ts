import * as v from 'valibot';

/** From 0 to below 1. */
export const share = v.pipe(
  v.number('a number from 0 to below 1'),
  v.check((n) => n >= 0 && n < 1, 'a number from 0 to below 1'),
);

export const steps = v.pipe(
  v.number('a whole number above 0'),
  v.check((n) => Number.isInteger(n) && n > 0, 'a whole number above 0'),
);

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
