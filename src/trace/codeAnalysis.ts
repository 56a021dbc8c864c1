import { parse, type Node, type Pattern, type Program } from 'acorn';
import { fieldsIn, type Field } from './experimentFields';
import type { Insertion } from './sourceLines';

/** A function that a module exports. */
export interface ExportedFunction {
  readonly name: string;
  /** In the compiled code; line and column from 1. */
  readonly line: number;
  readonly column: number;
  /** Names of its parameters; of a destructured one, those of its fields. */
  readonly params: readonly (string | readonly string[])[];
}

/** Compiled code in which no loop runs for ever, and where its exported functions are. */
export interface AnalysedCode {
  readonly code: string;
  readonly insertions: readonly Insertion[];
  readonly functions: readonly ExportedFunction[];
  /** The fields that are given to `defineExperiment`. */
  readonly experimentFields: readonly Field[];
}

/** Name of the function that each loop calls; it returns whether to leave. */
export const loopGuard = '__computeLensLoop';

/** Larger bundles hold libraries, whose loops are theirs. */
const largestGuarded = 2_000_000;

interface Edit {
  readonly at: number;
  readonly text: string;
}
type FunctionNode = Extract<Node, { type: string }> & { readonly params: readonly Pattern[] };

/** Finds the exported functions of an ES module, and puts a guard into each of its loops. */
export function analyseCode(code: string): AnalysedCode {
  const program = parse(code, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    allowHashBang: true,
  });
  const edits: Edit[] = [];
  const experimentFields: Field[] = [];
  if (code.length <= largestGuarded)
    visit(program, (node) => {
      edits.push(...guards(node));
      experimentFields.push(...fieldsIn(node));
    });
  return { ...apply(code, edits), functions: exportedFunctions(program), experimentFields };
}

function guards(node: Node): Edit[] {
  if (!/^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(node.type)) return [];
  const { body, loc } = node as Node & { readonly body: Node };
  const call = `if(${loopGuard}(${loc?.start.line},${(loc?.start.column ?? 0) + 1}))break;`;
  if (body.type === 'BlockStatement') return [{ at: body.start + 1, text: call }];
  return [
    { at: body.start, text: `{${call}` },
    { at: body.end, text: '}' },
  ];
}

function apply(code: string, edits: readonly Edit[]): { code: string; insertions: Insertion[] } {
  const insertions: Insertion[] = [];
  let edited = '';
  let done = 0;
  let line = 1;
  let lineStart = 0;
  for (const { at, text } of [...edits].sort((a, b) => a.at - b.at)) {
    const between = code.slice(done, at);
    for (let i = between.indexOf('\n'); i >= 0; i = between.indexOf('\n', i + 1)) {
      line++;
      lineStart = done + i + 1;
    }
    const before = insertions
      .filter((each) => each.line === line)
      .reduce((sum, { length }) => sum + length, 0);
    insertions.push({ line, column: at - lineStart + before, length: text.length });
    edited += between + text;
    done = at;
  }
  return { code: edited + code.slice(done), insertions };
}

function exportedFunctions(program: Program): ExportedFunction[] {
  const declared = new Map<string, { node: Node; params: readonly Pattern[] }>();
  const exported: [name: string, local: string][] = [];
  const declare = (statement: Node) => {
    if (statement.type === 'FunctionDeclaration') {
      const { id, params } = statement as unknown as { id: { name: string } | null; params: Pattern[] };
      if (id) declared.set(id.name, { node: statement, params });
    } else if (statement.type === 'VariableDeclaration') {
      const { declarations } = statement as unknown as { declarations: { id: Pattern; init: Node | null }[] };
      for (const { id, init } of declarations)
        if (id.type === 'Identifier' && init && /^(Arrow)?FunctionExpression$/.test(init.type))
          declared.set(id.name, { node: statement, params: (init as FunctionNode).params });
    }
  };
  for (const statement of program.body) {
    if (statement.type === 'ExportNamedDeclaration') {
      for (const { exported: as, local } of statement.specifiers) exported.push([nameOf(as), nameOf(local)]);
    } else declare(statement);
  }
  return exported.flatMap(([name, local]) => {
    const found = declared.get(local);
    if (!found) return [];
    const { line = 1, column = 0 } = found.node.loc?.start ?? {};
    return [{ name, line, column: column + 1, params: found.params.map(parameterNames) }];
  });
}

function nameOf(node: { readonly type: string; name?: string; value?: unknown }): string {
  return node.name ?? String(node.value);
}

function parameterNames(pattern: Pattern): string | string[] {
  switch (pattern.type) {
    case 'Identifier':
      return pattern.name;
    case 'AssignmentPattern':
      return parameterNames(pattern.left);
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        property.type === 'Property' && property.key.type === 'Identifier' ? property.key.name : [],
      );
    default:
      return '';
  }
}

function visit(node: Node, visitor: (node: Node) => void): void {
  visitor(node);
  for (const value of Object.values(node) as unknown[])
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof child === 'object' && child !== null && typeof (child as Node).type === 'string')
        visit(child as Node, visitor);
}
