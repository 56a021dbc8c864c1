import path from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';

/** A place in a file of the user's own; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Text that was inserted into compiled code: how much, and before which column (from 0) of which line (from 1). */
export interface Insertion {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Finds the user's own lines behind positions in the code that was compiled from them. */
export class SourceLines {
  private readonly map: TraceMap;
  private readonly found = new Map<string, Place | undefined>();
  private readonly insertions = new Map<number, Insertion[]>();

  /**
   * @param identifier what stack frames call the compiled code
   * @param sourceMap JSON text; its sources are relative to `folder`
   */
  constructor(
    readonly identifier: string,
    sourceMap: string,
    private readonly folder: string,
    insertions: readonly Insertion[] = [],
  ) {
    this.map = new TraceMap(sourceMap);
    for (const insertion of insertions)
      this.insertions.set(insertion.line, [...(this.insertions.get(insertion.line) ?? []), insertion]);
  }

  /** The user's place of a position in compiled code (line and column from 1), if it is in a file of the user's own. */
  place(line: number, column: number): Place | undefined {
    const key = `${line}:${column}`;
    if (!this.found.has(key)) this.found.set(key, this.find(line, column - 1));
    return this.found.get(key);
  }

  private find(line: number, column: number): Place | undefined {
    let original = column;
    for (const insertion of this.insertions.get(line) ?? [])
      if (insertion.column < column) original -= Math.min(insertion.length, column - insertion.column);
    const {
      source,
      line: sourceLine,
      column: sourceColumn,
    } = originalPositionFor(this.map, {
      line,
      column: Math.max(0, original),
    });
    if (source === null || /(^|[\\/])node_modules[\\/]/.test(source)) return undefined;
    return { file: path.resolve(this.folder, source), line: sourceLine, column: sourceColumn + 1 };
  }
}
