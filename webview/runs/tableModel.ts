import {
  aggregationFn_count,
  columnFilteringFeature,
  columnGroupingFeature,
  constructAggregationFn,
  constructTable,
  createExpandedRowModel,
  createFilteredRowModel,
  createGroupedRowModel,
  createSortedRowModel,
  rowAggregationFeature,
  rowExpandingFeature,
  rowSortingFeature,
  tableFeatures,
  type ColumnDef,
} from '@tanstack/table-core';
import { storeReactivityBindings } from '@tanstack/table-core/store-reactivity-bindings';
import { formatFigure } from '../../src/protocol/formatRun';
import type { Cell, RunColumn, RunRow, TableLayout } from '../../src/protocol/runsTable';
import { isNumeric, numberOf, parseFilter, type Predicate } from './filter';
import { meanAndSpread, type Spread } from './spread';

/** One line of the table: a run, or a group of runs. */
export type Entry =
  | { readonly kind: 'run'; readonly id: string; readonly row: RunRow; readonly level: number }
  | {
      readonly kind: 'group';
      readonly id: string;
      readonly value: Cell;
      readonly count: number;
      readonly expanded: boolean;
      readonly keys: readonly string[];
      /** By place of the column. */
      spread(place: number): Spread | undefined;
    };

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnFilteringFeature,
  filteredRowModel: createFilteredRowModel(),
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  columnGroupingFeature,
  groupedRowModel: createGroupedRowModel(),
  rowAggregationFeature,
  aggregationFns: { count: aggregationFn_count },
  rowExpandingFeature,
  expandedRowModel: createExpandedRowModel(),
});
type Features = typeof features;

/** A hidden column with all text of a run, to be searched. */
const searchId = ' search';

const spreadOf = constructAggregationFn({
  aggregate: ({ rows, getValue }) =>
    meanAndSpread(rows.map((row) => numberOf(getValue(row) as Cell | undefined))),
});

/** The runs as they are sorted, filtered and grouped. */
export class TableModel {
  private readonly rows = new Map<string, RunRow>();
  private readonly texts = new WeakMap<RunRow, string>();
  readonly columns: RunColumn[] = [];
  private readonly table;
  private data: RunRow[] = [];

  constructor() {
    this.table = constructTable<Features, RunRow>({
      features,
      columns: this.definitions(),
      data: this.data,
      getRowId: ({ key }) => key,
      autoResetExpanded: false,
      groupedColumnMode: false,
    });
  }

  get size(): number {
    return this.rows.size;
  }

  row(key: string): RunRow | undefined {
    return this.rows.get(key);
  }

  all(): readonly RunRow[] {
    return this.data;
  }

  place(id: string): number {
    return this.columns.findIndex((column) => column.id === id);
  }

  column(id: string | undefined): RunColumn | undefined {
    return this.columns.find((column) => column.id === id);
  }

  clear(): void {
    this.rows.clear();
    this.columns.length = 0;
    this.take([], [], []);
  }

  /** News of the host: further columns, rows that are new or changed, runs that are gone. */
  take(columns: readonly RunColumn[], rows: readonly RunRow[], gone: readonly string[]): void {
    this.columns.push(...columns);
    for (const key of gone) this.rows.delete(key);
    for (const row of rows) this.rows.set(row.key, row);
    this.data = [...this.rows.values()];
    this.table.setOptions((options) => ({
      ...options,
      data: this.data,
      ...(columns.length > 0 || this.columns.length === 0 ? { columns: this.definitions() } : {}),
    }));
  }

  /** Sorts, filters and groups as the layout says. */
  arrange(layout: TableLayout): void {
    const filters: { id: string; value: Predicate }[] = [];
    for (const [id, text] of Object.entries(layout.filters ?? {})) {
      const column = this.column(id);
      const filter = column && parseFilter(text, column);
      if (typeof filter === 'function') filters.push({ id, value: filter });
    }
    const search = layout.search?.trim().toLowerCase() ?? '';
    if (search !== '') {
      const words = search.split(/\s+/);
      filters.push({ id: searchId, value: (text) => words.every((word) => String(text).includes(word)) });
    }
    const archived = this.column('archived');
    if (archived && layout.archived !== true)
      filters.push({ id: 'archived', value: (cell) => cell !== true });
    this.table.setColumnFilters(filters);
    const known = (layout.sort ?? []).filter(({ id }) => this.column(id));
    this.table.setSorting(known);
    this.table.setGrouping(this.column(layout.group) ? [layout.group as string] : []);
  }

  toggleGroup(id: string): void {
    this.table.getRow(id, true).toggleExpanded();
  }

  /** The lines of the table in their order. */
  entries(): Entry[] {
    const group = this.table.store.state.grouping[0];
    const place = group === undefined ? -1 : this.place(group);
    return this.table.getRowModel().rows.map((row): Entry => {
      if (group === undefined || row.subRows.length === 0)
        return { kind: 'run', id: row.id, row: row.original, level: group === undefined ? 1 : 2 };
      const leaves = row.getLeafRows();
      return {
        kind: 'group',
        id: row.id,
        value: leaves[0]?.original.cells[place] ?? null,
        count: leaves.length,
        expanded: row.getIsExpanded(),
        keys: leaves.map(({ original }) => original.key),
        spread: (place) => {
          const column = this.columns[place];
          return column && isNumeric(column) ? row.getValue<Spread>(column.id) : undefined;
        },
      };
    });
  }

  /** Runs that pass the filters, in order, those of closed groups too. */
  shownRuns(): RunRow[] {
    return this.table
      .getSortedRowModel()
      .flatRows.filter(({ subRows }) => subRows.length === 0)
      .map(({ original }) => original);
  }

  private definitions(): ColumnDef<Features, RunRow, unknown>[] {
    const made = this.columns.map((column, place): ColumnDef<Features, RunRow, unknown> => ({
      id: column.id,
      accessorFn: ({ cells }) => comparable(cells[place] ?? null),
      sortFn: (a, b) => compare(a.getValue<Compared>(column.id), b.getValue<Compared>(column.id)),
      // What is not known comes last in either order.
      sortUndefined: 'last',
      filterFn: ({ original }, _id, fits: Predicate) => fits(original.cells[place] ?? null),
      getGroupingValue: ({ cells }) => cells[place] ?? null,
      ...(isNumeric(column) && { aggregationFn: spreadOf }),
    }));
    return [
      ...made,
      {
        id: searchId,
        accessorFn: (row) => this.text(row),
        filterFn: (row, id, fits: Predicate) => fits(row.getValue<string>(id)),
      },
    ];
  }

  private text(row: RunRow): string {
    let text = this.texts.get(row);
    if (text === undefined) {
      text = this.columns
        .map(({ kind }, place) => formatFigure(kind, row.cells[place] ?? null))
        .join('\n')
        .toLowerCase();
      this.texts.set(row, text);
    }
    return text;
  }
}

type Compared = number | string | Spread | undefined;

/** Ascending: numbers, then text. Groups by their means. */
function compare(a: Compared, b: Compared): number {
  const left = typeof a === 'object' ? a.mean : a;
  const right = typeof b === 'object' ? b.mean : b;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return collator.compare(left, right);
  return typeof left === 'number' ? -1 : 1;
}
const collator = new Intl.Collator(undefined, { numeric: true });

/** Undefined for what is not known or not a number. */
function comparable(cell: Cell): number | string | undefined {
  if (cell === null || cell === '' || cell === 'NaN') return undefined;
  return typeof cell === 'boolean' ? Number(cell) : (numberOf(cell) ?? String(cell));
}
