import type { ExportedFunction } from './codeAnalysis';
import type { CostTag } from './costTag';
import type { SourceLines } from './sourceLines';

/** The tag above a function: the last one before its line with no other function between. */
export function tagOf(
  tags: readonly CostTag[],
  functions: readonly ExportedFunction[],
  lines: SourceLines,
  line: number,
): CostTag | undefined {
  const starts = functions.flatMap((each) => lines.place(each.line, each.column)?.line ?? []);
  return [...tags]
    .reverse()
    .find((tag) => tag.line <= line && !starts.some((start) => start >= tag.line && start < line));
}

/** What a tag gives a function, in the order and form of its parameters. */
export function argumentsOf(params: ExportedFunction['params'], tag: CostTag | undefined): unknown[] {
  if (!tag) return [];
  const { args } = tag;
  return params.map((param) =>
    typeof param === 'string'
      ? args[param]
      : Object.fromEntries(param.filter((name) => name in args).map((name) => [name, args[name]])),
  );
}

/** What a tag gives and a function does not take. */
export function unknownArguments(params: ExportedFunction['params'], tag: CostTag | undefined): string[] {
  const known = new Set(['inputShape', ...params.flat()]);
  return Object.keys(tag?.args ?? {}).filter((arg) => !known.has(arg));
}
