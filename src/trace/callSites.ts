import type { Place, SourceLines } from './sourceLines';

/** Where the caller is in the user's own files, innermost first; at most this deep in the stack. */
export class CallSites {
  /** Of the module that is being traced. */
  lines: SourceLines | undefined;
  private readonly interned = new Map<string, readonly Place[]>();

  /** @param depth frames of the whole stack to look at */
  places(depth: number): readonly Place[] {
    return this.placesOf((identifier) => stackPositions(identifier, depth));
  }

  /** Where `new` is said of an object whose constructor is running, and not where its class is written. */
  placesOfCreation(made: object, depth: number): readonly Place[] {
    return this.placesOf((identifier) => stackPositions(identifier, depth, classNames(made)));
  }

  private placesOf(positionsIn: (identifier: string) => string[]): readonly Place[] {
    const { lines } = this;
    if (!lines) return none;
    const positions = positionsIn(lines.identifier);
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

function stackPositions(identifier: string, depth: number, constructors?: ReadonlySet<string>): string[] {
  const { stackTraceLimit } = Error;
  const before: unknown = Reflect.get(Error, 'prepareStackTrace');
  const holder: { stack?: string[] } = {};
  Error.stackTraceLimit = depth;
  Error.prepareStackTrace = (_error, sites) =>
    (constructors ? outside(sites, constructors) : sites)
      .filter((site) => site.getFileName() === identifier)
      .map((site) => `${site.getLineNumber()}:${site.getColumnNumber()}`);
  Error.captureStackTrace(holder, stackPositions);
  const positions = holder.stack ?? [];
  Reflect.set(Error, 'prepareStackTrace', before);
  Error.stackTraceLimit = stackTraceLimit;
  return positions;
}

/** Without the constructors at the top of these classes. */
function outside(sites: NodeJS.CallSite[], classes: ReadonlySet<string>): NodeJS.CallSite[] {
  const isOne = (site: NodeJS.CallSite) => site.isConstructor() && classes.has(site.getFunctionName() ?? '');
  const first = sites.findIndex(isOne);
  const end = sites.findIndex((site, i) => i > first && !isOne(site));
  return first < 0 || end < 0 ? sites : sites.slice(end);
}

/** Of an object's class and all that it extends. */
function classNames(made: object): Set<string> {
  const names = new Set<string>();
  for (
    let each = made.constructor as { name?: unknown } | null;
    typeof each === 'function';
    each = Object.getPrototypeOf(each) as typeof each
  )
    names.add(String(each.name));
  return names;
}
