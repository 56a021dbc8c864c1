import * as v from 'valibot';

/** What a column is about, as the list of columns groups them. */
export const columnGroups = ['Run', 'Parameters', 'Metrics', 'Compute', 'Origin'] as const;

/** How cells of a column are compared, filtered and shown. */
const columnKinds = [
  'text',
  'tags',
  'flag',
  'number',
  'metric',
  'count',
  'fraction',
  'seconds',
  'flops',
  'joules',
  'grams',
  'money',
  'date',
] as const;
export type ColumnKind = (typeof columnKinds)[number];

const runColumnSchema = v.object({
  id: v.string(),
  /** As its heading has it. */
  title: v.string(),
  /** Its name in exports, with the unit: `time_seconds`. */
  exportName: v.string(),
  group: v.picklist(columnGroups),
  kind: v.picklist(columnKinds),
  /** What the figure is and where it comes from, for a tooltip. */
  hint: v.string(),
  /** Shown unless the user says otherwise. */
  usual: v.boolean(),
  /** Whether less is better; absent where neither is. */
  better: v.optional(v.picklist(['less', 'more'])),
});
export type RunColumn = v.InferOutput<typeof runColumnSchema>;

/** What is not known is null; dates are milliseconds since the Unix epoch; tags are one text, separated by commas. */
const cell = v.union([v.number(), v.string(), v.boolean(), v.null()]);
export type Cell = v.InferOutput<typeof cell>;

const runRowSchema = v.object({
  /** Folder of the run. */
  key: v.string(),
  /** As many as there are columns, or fewer where the last ones are new. */
  cells: v.array(cell),
  live: v.boolean(),
});
export type RunRow = v.InferOutput<typeof runRowSchema>;

/** A number that JSON has no word for, as text, so that it is not taken for one that is missing. */
export function packNumber(value: number | undefined): Cell {
  if (value === undefined) return null;
  return Number.isFinite(value) ? value : String(value);
}

const direction = v.picklist(['less', 'more']);

/** How the table is looked at; kept for each workspace. */
export const tableLayoutSchema = v.object({
  sort: v.optional(v.array(v.object({ id: v.string(), desc: v.boolean() }))),
  search: v.optional(v.string()),
  filters: v.optional(v.record(v.string(), v.string())),
  filterRow: v.optional(v.boolean()),
  /** Column that rows are grouped by. */
  group: v.optional(v.string()),
  /** Columns that are shown or hidden against their usual. */
  shown: v.optional(v.record(v.string(), v.boolean())),
  pinned: v.optional(v.array(v.string())),
  archived: v.optional(v.boolean()),
  plot: v.optional(v.picklist(['none', 'scatter', 'parallel'])),
  x: v.optional(v.string()),
  y: v.optional(v.string()),
  xBetter: v.optional(direction),
  yBetter: v.optional(direction),
  axes: v.optional(v.array(v.string())),
});
export type TableLayout = v.InferOutput<typeof tableLayoutSchema>;

// ---- to webview

export const toRunsTableSchema = v.variant('type', [
  /** First of all: forget what was there. */
  v.object({ type: v.literal('begin'), layout: tableLayoutSchema }),
  v.object({
    type: v.literal('rows'),
    /** To be acknowledged; the host sends no further rows before. */
    id: v.number(),
    /** Those that are new since the last message, at the end of the others. */
    columns: v.array(runColumnSchema),
    rows: v.array(runRowSchema),
    gone: v.array(v.string()),
    /** Rows that are still to come, and digests that are still being read. */
    left: v.number(),
    reading: v.number(),
  }),
  /** Select these runs, as after a command of the editor. */
  v.object({ type: v.literal('select'), keys: v.array(v.string()) }),
]);
export type ToRunsTable = v.InferOutput<typeof toRunsTableSchema>;

// ---- from webview

const keys = v.pipe(v.array(v.string()), v.minLength(1));

export const fromRunsTableSchema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('acknowledge'), id: v.number() }),
  v.object({ type: v.literal('layout'), layout: tableLayoutSchema }),
  v.object({ type: v.literal('open'), key: v.string() }),
  v.object({ type: v.literal('compare'), keys }),
  v.object({ type: v.literal('diff'), keys: v.tuple([v.string(), v.string()]) }),
  v.object({ type: v.literal('rerun'), key: v.string(), changed: v.boolean() }),
  v.object({ type: v.literal('archive'), keys, archived: v.boolean() }),
  v.object({ type: v.literal('delete'), keys }),
  v.object({ type: v.literal('tag'), keys, add: v.array(v.string()), remove: v.array(v.string()) }),
  v.object({ type: v.literal('note'), key: v.string(), notes: v.string() }),
  v.object({
    type: v.literal('export'),
    format: v.picklist(['csv', 'json', 'markdown']),
    keys: v.array(v.string()),
    columns: v.array(v.string()),
  }),
  v.object({ type: v.literal('newExperiment') }),
]);
export type FromRunsTable = v.InferOutput<typeof fromRunsTableSchema>;
export type RunsExportFormat = Extract<FromRunsTable, { type: 'export' }>['format'];

export const runsTableStateSchema = v.object({
  /** Always "runs": tells the state of this page from that of others. */
  page: v.literal('runs'),
  selected: v.optional(v.array(v.string())),
});
