import type { CostColumn, CostRow } from '../../src/protocol/costPanel';

export interface Sort {
  readonly column: CostColumn;
  readonly descending: boolean;
}

/** What a row is sorted by: a text or a number, the largest figure of a layer that is gone. */
export function keyOf(row: CostRow, column: CostColumn): string | number {
  const figures = row.now ?? row.before;
  switch (column) {
    case 'name':
      return row.name;
    case 'line':
      return row.line ?? Infinity;
    case 'output':
      return row.outputShape.reduce((product, length) => product * length, 1);
    case 'change':
      return Math.abs(changeOf(row));
    default:
      return figures?.[column] ?? 0;
  }
}

/** FLOPs of all phases that the row has more than before. */
export function changeOf({ now, before }: CostRow): number {
  return (now?.all ?? 0) - (before?.all ?? 0);
}

/** In the order of the model where none is asked for; equals stay in that order. */
export function sorted(rows: readonly CostRow[], sort: Sort | undefined): CostRow[] {
  if (!sort) return [...rows];
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(keyOf(a, sort.column), keyOf(b, sort.column)));
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'string' || typeof b === 'string')
    return String(a).localeCompare(String(b), 'en', { numeric: true });
  return a === b ? 0 : a - b;
}
