/** Arguments that a `@cost` tag gives to a function, by name. */
export interface CostTag {
  /** Of the function that the comment stands above; "default" for a default export without a name. */
  readonly functionName: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Line of the tag, from 1. */
  readonly line: number;
  /** Why the tag cannot be read. */
  readonly problem?: string;
}

const taggedFunction =
  /\/\*\*((?:(?!\*\/)[\s\S])*?@cost(?:(?!\*\/)[\s\S])*?)\*\/\s*(?:export\s+)?(?:(default)\s+)?(?:async\s+)?(?:function\s*\*?\s*([\w$]+)?|(?:const|let|var)\s+([\w$]+))/g;

/** All `@cost name=value ...` tags of a source text; values are JSON, or bare words. */
export function costTags(source: string): CostTag[] {
  return [...source.matchAll(taggedFunction)].map((match) => {
    const [, comment = '', isDefault, declared, assigned] = match;
    const at = comment.indexOf('@cost');
    const line = source.slice(0, match.index + '/**'.length + at).split('\n').length;
    const text = (comment.slice(at + '@cost'.length).split(/\n\s*\*\s*@/)[0] ?? '').replace(/\n\s*\*/g, '\n');
    return {
      functionName: declared ?? assigned ?? (isDefault ? 'default' : ''),
      line,
      ...parseArguments(text),
    };
  });
}

function parseArguments(text: string): Pick<CostTag, 'args' | 'problem'> {
  const args: Record<string, unknown> = {};
  let rest = text.trim();
  while (rest !== '') {
    const name = /^([A-Za-z_$][\w$]*)\s*=\s*/.exec(rest);
    if (!name) return { args, problem: `@cost takes name=value, not "${rest.split(/\s/)[0]}"` };
    rest = rest.slice(name[0].length);
    const length = valueLength(rest);
    const value = rest.slice(0, length);
    try {
      args[name[1] as string] = /^[[{"\d-]|^(true|false|null)$/.test(value) ? JSON.parse(value) : value;
    } catch {
      return { args, problem: `@cost ${name[1]}=${value}: the value is not JSON` };
    }
    rest = rest.slice(length).trim();
  }
  return { args };
}

/** Up to the blank after the value; blanks inside brackets and quotes belong to it. */
function valueLength(text: string): number {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const each = text.charAt(i);
    if (each === '"' && text.charAt(i - 1) !== '\\') quoted = !quoted;
    else if (quoted) continue;
    else if ('[{'.includes(each)) depth++;
    else if (']}'.includes(each)) depth--;
    else if (depth === 0 && /\s/.test(each)) return i;
  }
  return text.length;
}
