/** Lines of an edit before it, 0-based, and how many lines stand there now. */
export interface LineEdit {
  readonly startLine: number;
  readonly endLine: number;
  readonly newText: string;
}

/**
 * Where a line is after an edit.
 *
 * @param line 0-based
 * @returns undefined where the edit touched the line itself
 */
export function shiftedLine(line: number, { startLine, endLine, newText }: LineEdit): number | undefined {
  if (line < startLine) return line;
  const added = newText.split(/\r\n|\r|\n/).length - 1;
  if (line > endLine) return line + added - (endLine - startLine);
  return undefined;
}
