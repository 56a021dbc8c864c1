import type { Place, SourceLines } from './sourceLines';

/** Where the caller is in the user's own files, innermost first; at most this deep in the stack. */
export class CallSites {
  /** Of the module that is being traced. */
  lines: SourceLines | undefined;
  private readonly interned = new Map<string, readonly Place[]>();

  /** @param depth frames of the whole stack to look at */
  places(depth: number): readonly Place[] {
    const { lines } = this;
    if (!lines) return none;
    const positions = stackPositions(lines.identifier, depth);
    if (positions.length === 0) return none;
    const key = positions.join(' ');
    const known = this.interned.get(key);
    if (known) return known;
    const places = positions.flatMap((position) => {
      const [line = 0, column = 0] = position.split(':').map(Number);
      return lines.place(line, column) ?? [];
    });
    this.interned.set(key, places);
    return places;
  }

  reset(lines: SourceLines | undefined): void {
    this.lines = lines;
    this.interned.clear();
  }
}

const none: readonly Place[] = [];

function stackPositions(identifier: string, depth: number): string[] {
  const { stackTraceLimit } = Error;
  const before: unknown = Reflect.get(Error, 'prepareStackTrace');
  const holder: { stack?: string[] } = {};
  Error.stackTraceLimit = depth;
  Error.prepareStackTrace = (_error, sites) =>
    sites
      .filter((site) => site.getFileName() === identifier)
      .map((site) => `${site.getLineNumber()}:${site.getColumnNumber()}`);
  Error.captureStackTrace(holder, stackPositions);
  const positions = holder.stack ?? [];
  Reflect.set(Error, 'prepareStackTrace', before);
  Error.stackTraceLimit = stackTraceLimit;
  return positions;
}
