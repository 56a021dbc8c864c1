import type { CallExpression, Node } from 'acorn';
import type { Place, SourceLines } from './sourceLines';

/** A field of an experiment in compiled code; line and column from 1. */
export interface Field {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** The fields that are given to `defineExperiment`, if that is what is called here. */
export function fieldsIn(node: Node): Field[] {
  if (node.type !== 'CallExpression') return [];
  const { callee, arguments: given } = node as CallExpression;
  const called = callee.type === 'MemberExpression' ? callee.property : callee;
  const [fields] = given;
  // Bundled with another of that name, it has a number.
  if (called.type !== 'Identifier' || !/^defineExperiment\d*$/.test(called.name)) return [];
  if (fields?.type !== 'ObjectExpression') return [];
  return fields.properties.flatMap((property) => {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') return [];
    const { line = 1, column = 0 } = property.loc?.start ?? {};
    return { name: property.key.name, line, column: column + 1 };
  });
}

/** Where the user wrote them, by name. */
export function fieldPlaces(fields: readonly Field[], lines: SourceLines): ReadonlyMap<string, Place> {
  return new Map(
    fields.flatMap(({ name, line, column }) => {
      const place = lines.place(line, column);
      return place ? [[name, place] as const] : [];
    }),
  );
}
