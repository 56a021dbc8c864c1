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
  return Number.isFinite(value) ? { value } : { problem: 'A number is expected, such as 0.001 or 3e-4.' };
}

/** Reads a seed: a whole number from 0 to 2^31 - 1. */
export function parseSeed(text: string): { readonly value: number } | { readonly problem: string } {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return /^\d+$/.test(trimmed) && value < 2 ** 31
    ? { value }
    : { problem: 'A whole number from 0 to 2147483647 is expected.' };
}

/** "lr=3e-4" -> name and text, for what is typed into the list of parameters. */
export function parseAssignment(typed: string): { readonly name: string; readonly text: string } | undefined {
  const match = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(typed);
  return match?.[1] === undefined ? undefined : { name: match[1], text: match[2] ?? '' };
}
