import type { RunColumn, TableLayout } from '../../src/protocol/runsTable';
import { isNumeric } from './filter';

/** A column as it is laid out. */
export interface LaidOut {
  readonly column: RunColumn;
  /** Of its cell in a row's cells. */
  readonly place: number;
  /** In pixels of the page. */
  readonly width: number;
  /** Distance from the left edge, of a pinned column. */
  readonly left: number | undefined;
}

/** Room of the check boxes at the left, which always stay. */
export const checkWidth = 34;
const widths: Partial<Record<RunColumn['kind'], number>> = {
  text: 100,
  tags: 110,
  flag: 84,
  date: 134,
  flops: 104,
};
/** A mean with its spread takes more. */
const groupWidths: Partial<Record<RunColumn['kind'], number>> = {
  flops: 176,
  joules: 136,
  seconds: 116,
  metric: 132,
  grams: 136,
};
const wide: Readonly<Record<string, number>> = {
  name: 190,
  status: 112,
  notes: 240,
  file: 220,
  id: 280,
  device: 220,
};

/** Whether a column is shown: as the user said, else as is usual. */
export function isShown({ id, usual }: RunColumn, { shown }: TableLayout): boolean {
  return shown?.[id] ?? usual;
}

/** The name stays in sight unless the user unpins it. */
export function isPinned({ id }: RunColumn, { pinned = ['name'] }: TableLayout): boolean {
  return pinned.includes(id);
}

/** What rows are grouped by stands beside the name. */
function stays(column: RunColumn, layout: TableLayout): boolean {
  return isPinned(column, layout) || column.id === layout.group;
}

const groupOrder: readonly RunColumn['group'][] = ['Run', 'Parameters', 'Metrics', 'Compute', 'Origin'];

/** Columns that are shown, the pinned ones first. */
export function layOut(columns: readonly RunColumn[], layout: TableLayout): LaidOut[] {
  const shown = columns
    .map((column, place) => ({ column, place }))
    .filter(({ column }) => isShown(column, layout) || column.id === layout.group)
    .sort(
      (a, b) => groupOrder.indexOf(a.column.group) - groupOrder.indexOf(b.column.group) || a.place - b.place,
    );
  const pinned = shown.filter(({ column }) => stays(column, layout));
  const others = shown.filter(({ column }) => !stays(column, layout));
  let left = checkWidth;
  return [
    ...pinned.map((each) => {
      const width = widthOf(each.column, layout);
      const laidOut = { ...each, width, left };
      left += width;
      return laidOut;
    }),
    ...others.map((each) => ({ ...each, width: widthOf(each.column, layout), left: undefined })),
  ];
}

/** So that heading and figures are read whole. */
function widthOf(column: RunColumn, { group }: TableLayout): number {
  const spread = group === undefined ? 0 : (groupWidths[column.kind] ?? 0);
  const usual = wide[column.id] ?? widths[column.kind] ?? 84;
  return Math.min(260, Math.max(usual, spread, 30 + 7 * column.title.length));
}

export function isRightAligned(column: RunColumn): boolean {
  return isNumeric(column) && column.kind !== 'date';
}
