import fs from 'node:fs';

/** What is no code: strings, templates without code in them, and comments. */
const opaque = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** Where an experiment file names a field; line and column count from 1. Undefined where that cannot be told. */
export function fieldPlace(file: string, field: string): { line: number; column: number } | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const at = fieldIn(text, field);
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Index of the field among those of the object that `defineExperiment` is given. */
function fieldIn(text: string, field: string): number | undefined {
  const code = text.replace(opaque, (found) => found.replace(/[^\n]/g, ' '));
  const begin = /\bdefineExperiment\s*(?:<[^(]*>)?\(\s*\{/.exec(code);
  if (!begin) return undefined;
  const key = new RegExp(`^\\s*(?:async\\s+)?(${field})\\s*[:,(}]`);
  let depth = 0;
  for (let i = begin.index + begin[0].length - 1; i < code.length; i++) {
    const letter = code.charAt(i);
    if ('{[('.includes(letter)) depth++;
    else if ('}])'.includes(letter)) depth--;
    if (depth === 0) return undefined;
    if (depth !== 1 || !(letter === '{' || letter === ',')) continue;
    const found = key.exec(code.slice(i + 1, i + 1 + 200));
    if (found) return i + 1 + found[0].indexOf(field);
  }
  return undefined;
}
