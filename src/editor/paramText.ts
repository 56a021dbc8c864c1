import type { ParamValue } from '../runs/record';

/** What typed text means for a parameter, or why it cannot be. */
export type Parsed = { readonly value: ParamValue } | { readonly problem: string };

/** Reads `text` as a value of the type of the parameter's default. */
export function parseParam(text: string, defaultValue: ParamValue): Parsed {
  if (typeof defaultValue === 'string') return { value: text };
  const trimmed = text.trim();
  if (typeof defaultValue === 'boolean') {
    if (trimmed === 'true' || trimmed === 'false') return { value: trimmed === 'true' };
    return { problem: 'true or false is expected.' };
  }
  const value = trimmed === '' ? NaN : Number(trimmed);
  return Number.isFinite(value)
    ? { value }
    : { problem: 'A number is expected, such as 0.001 or 3e-4, or several: 0.1 0.01.' };
}

/** Reads a seed: a whole number from 0 to 2^31 - 1. */
export function parseSeed(text: string): { readonly value: number } | { readonly problem: string } {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return /^\d+$/.test(trimmed) && value < 2 ** 31
    ? { value }
    : { problem: 'A whole number from 0 to 2147483647 is expected, or several: 0 1 2, or 0-2.' };
}

/**
 * Reads one value or several, "0.1 0.01" or "0.1, 0.01", of the type of the parameter's default. A text is one value:
 * it may hold anything. So is "1,5", which is none.
 */
export function parseValues(text: string, defaultValue: ParamValue): ParsedList<ParamValue> {
  const words = typeof defaultValue === 'string' ? [text] : wordsOf(text);
  return listOf(words.map((word) => parseParam(word, defaultValue)));
}

/** Reads one seed or several: "0 1 2", "0, 1, 2" or "0-2". */
export function parseSeeds(text: string): ParsedList<number> {
  return listOf(wordsOf(text).flatMap(seedsOf));
}

/** More seeds than anybody means. */
const longestRange = 1000;

function seedsOf(word: string): ReturnType<typeof parseSeed>[] {
  const range = /^(\d+)-(\d+)$/.exec(word);
  if (!range) return [parseSeed(word)];
  const [from, to] = [Number(range[1]), Number(range[2])];
  if (to < from || to - from >= longestRange) return [{ problem: `${word} is no range such as 0-4.` }];
  return Array.from({ length: to - from + 1 }, (_, i) => parseSeed(String(from + i)));
}

export type ParsedList<T> = { readonly values: readonly T[] } | { readonly problem: string };

function wordsOf(text: string): string[] {
  return text.trim().split(/,?\s+|;\s*/);
}

/** Each value once; the first problem where there is one. */
function listOf<T>(all: readonly ({ readonly value: T } | { readonly problem: string })[]): ParsedList<T> {
  const wrong = all.find((each): each is { readonly problem: string } => 'problem' in each);
  if (wrong) return { problem: wrong.problem };
  return { values: [...new Set(all.flatMap((each) => ('value' in each ? [each.value] : [])))] };
}

/** "lr=3e-4" -> name and text, for what is typed into the list of parameters. */
export function parseAssignment(typed: string): { readonly name: string; readonly text: string } | undefined {
  const match = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(typed);
  return match?.[1] === undefined ? undefined : { name: match[1], text: match[2] ?? '' };
}
