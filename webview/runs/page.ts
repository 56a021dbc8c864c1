import {
  runsTableStateSchema,
  toRunsTableSchema,
  type FromRunsTable,
  type RunColumn,
  type RunsExportFormat,
  type TableLayout,
  type ToRunsTable,
} from '../../src/protocol/runsTable';
import { element, setShown } from '../ui/dom';
import { Host } from '../ui/host';
import { layOut, type LaidOut } from './columns';
import { emptyState } from './emptyState';
import { Grid } from './grid';
import { GridHead } from './gridHead';
import { GridKeys } from './gridKeys';
import { HeldOrder } from './heldOrder';
import { Paced } from './paced';
import { Plots } from './plots';
import { Selection } from './selection';
import { SelectionBar } from './selectionBar';
import { TableModel, type Entry } from './tableModel';
import { Toolbar } from './toolbar';

/** Typing is not held up by what it filters. */
const layoutMilliseconds = 300;

/** The table of all runs: what the host tells goes into the model, and from there into grid and plots. */
export class RunsPage {
  private readonly host = new Host<typeof runsTableStateSchema, typeof toRunsTableSchema, FromRunsTable>(
    { page: 'runs' },
    runsTableStateSchema,
    toRunsTableSchema,
  );
  private readonly model = new TableModel();
  private readonly order = new HeldOrder<Entry>();
  private readonly selection = new Selection(() => this.selected());
  private readonly head = new GridHead({
    sort: (column, further) => this.sort(column, further),
    filter: ({ id }, text) => this.change({ filters: { ...this.layout.filters, [id]: text } }),
    toggleAll: () => this.selection.toggleAll(this.model.shownRuns().map(({ key }) => key)),
  });
  private readonly grid = new Grid(this.head);
  private readonly keys: GridKeys;
  private readonly toolbar: Toolbar;
  private readonly bar = new SelectionBar(this.model, (message) => this.host.send(message));
  private readonly plots: Plots;
  private readonly empty;
  /** To put thousands of rows into order takes many times as long as to take in a message of some. */
  private readonly arranging = new Paced(
    () => this.arrange(),
    (work, after) => window.setTimeout(() => requestAnimationFrame(work), after),
  );
  private layout: TableLayout = {};
  private columns: readonly LaidOut[] = [];
  private generation = 0;
  private left = 0;
  private reading = 0;
  private heldBack = false;
  private saving: number | undefined;
  private begun = false;

  constructor(app: HTMLElement) {
    const { model } = this;
    this.toolbar = new Toolbar({
      model,
      layout: () => this.layout,
      change: (layout) => this.change(layout),
      export: (format) => this.export(format),
      reorder: () => this.show(true),
    });
    this.keys = new GridKeys(this.grid, this.head, {
      entries: () => this.order.entries,
      columnCount: () => this.columns.length,
      open: (entry) => this.open(entry),
      toggle: (entry) => this.selection.toggleAll(keysOf(entry)),
      only: (entry) => this.selection.only(entry.id),
      extend: (entry, from) =>
        this.selection.extend(
          entry.id,
          this.order.entries.filter(({ kind }) => kind === 'run').map(({ id }) => id),
          from?.id,
        ),
      selectAll: () => this.selection.set(this.model.shownRuns().map(({ key }) => key)),
      selectNone: () => this.selection.set([]),
      filter: (column) => this.head.focusFilter(this.columns[column]?.column.id),
    });
    this.plots = new Plots({
      model,
      layout: () => this.layout,
      change: (layout) => this.change(layout),
      isSelected: (key) => this.selection.has(key),
      select: (keys) => this.selection.set(keys),
      open: (key) => this.host.send({ type: 'open', key }),
    });
    this.empty = element(
      'div',
      { id: 'empty', role: 'status' },
      element('p', {}, 'Reading the runs of this workspace…'),
    );
    // Below the grid: what appears with a selection moves no row.
    app.append(this.toolbar.root, this.plots.root, this.empty, this.grid.root, this.bar.root);
    for (const type of ['pointerleave', 'focusout'] as const)
      this.grid.root.addEventListener(type, () => setTimeout(() => this.heldBack && this.show(), 0));
    this.host.onMessage((message) => this.receive(message));
    this.show();
    this.grid.mount();
    this.host.send({ type: 'ready' });
  }

  private receive(message: ToRunsTable): void {
    switch (message.type) {
      case 'begin':
        this.model.clear();
        this.layout = message.layout;
        this.begun = false;
        this.selection.set(this.host.view.selected ?? []);
        break;
      case 'rows': {
        const { id, columns, rows, gone, left, reading } = message;
        this.model.take(columns, rows, gone);
        this.left = left;
        this.reading = reading;
        this.begun = true;
        if (left === 0) this.selection.keepOnly((key) => this.model.row(key) !== undefined);
        if (columns.length > 0) this.generation++;
        this.arranging.soon();
        requestAnimationFrame(() => this.host.send({ type: 'acknowledge', id }));
        break;
      }
      case 'select':
        this.selection.set(message.keys);
        break;
    }
  }

  private change(layout: Partial<TableLayout>): void {
    const next = { ...this.layout, ...layout };
    this.layout = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
    if ('shown' in layout || 'pinned' in layout || 'group' in layout) this.generation++;
    this.arrange(true);
    window.clearTimeout(this.saving);
    this.saving = window.setTimeout(
      () => this.host.send({ type: 'layout', layout: this.layout }),
      layoutMilliseconds,
    );
  }

  /** Sorts by a column; by one further with Shift; the third time not at all. */
  private sort({ id, kind }: RunColumn, further: boolean): void {
    const before = this.layout.sort ?? [];
    const mine = before.find((each) => each.id === id);
    const descends = kind !== 'text' && kind !== 'tags';
    const next = mine ? (mine.desc === descends ? [{ id, desc: !descends }] : []) : [{ id, desc: descends }];
    this.change({ sort: further ? [...before.filter((each) => each.id !== id), ...next] : next });
  }

  /** @param asked by the user, who wants to see it at once */
  private arrange(asked = false): void {
    this.model.arrange(this.layout);
    this.show(asked);
  }

  private show(asked = false): void {
    const current = this.keys?.current?.id;
    const held = !asked && this.isEngaged() && this.order.entries.length > 0;
    this.heldBack = this.order.take(this.model.entries(), held);
    if (this.columns.length === 0 || this.generation !== this.drawn) {
      this.drawn = this.generation;
      this.columns = layOut(this.model.columns, this.layout);
      this.head.build(this.columns, this.layout);
    } else this.head.update(this.columns, this.layout);
    this.keys.moved(current);
    this.draw();
    this.plots.update();
  }
  private drawn = -1;

  /** Lines, marks and counts as they are now, without a new order. */
  private draw(): void {
    this.grid.show(this.order.entries, {
      columns: this.columns,
      generation: this.drawn,
      group: this.layout.group,
      isSelected: (entry) => this.isSelected(entry),
    });
    this.keys.restore();
    const runs = this.model.shownRuns();
    // What a filter hides stays selected, but nothing is done to what is not seen.
    const chosen = runs.flatMap(({ key }) => (this.selection.has(key) ? key : []));
    this.head.mark(runs.length > 0 && chosen.length === runs.length, chosen.length > 0);
    const { left, reading, heldBack } = this;
    this.toolbar.update({ shown: runs.length, left, reading, heldBack, selected: chosen.length });
    this.bar.update(this.selection.among(chosen));
    const nothing = this.begun && runs.length === 0 && left === 0;
    setShown(this.grid.root, this.begun && !nothing);
    setShown(this.empty, !this.begun || nothing);
    if (nothing)
      emptyState(this.empty, this.model.size > 0, {
        showAll: () => this.change({ search: undefined, filters: undefined, archived: true }),
        newExperiment: () => this.host.send({ type: 'newExperiment' }),
      });
  }

  private selected(): void {
    this.host.keep({ selected: this.selection.all() });
    this.draw();
    this.plots.update();
  }

  private isSelected(entry: Entry): boolean | 'mixed' {
    const keys = keysOf(entry);
    const some = keys.filter((key) => this.selection.has(key)).length;
    return some === keys.length ? true : some > 0 ? 'mixed' : false;
  }

  /** The pointer or the focus is among the rows: they must not move. */
  private isEngaged(): boolean {
    const { root } = this.grid;
    return root.matches(':hover') || root.querySelector('.body :focus') !== null;
  }

  private open(entry: Entry): void {
    if (entry.kind === 'run') this.host.send({ type: 'open', key: entry.id });
    else {
      this.model.toggleGroup(entry.id);
      this.show(true);
    }
  }

  private export(format: RunsExportFormat): void {
    const shown = this.model.shownRuns().map(({ key }) => key);
    const chosen = shown.filter((key) => this.selection.has(key));
    const keys = chosen.length > 0 ? chosen : shown;
    this.host.send({ type: 'export', format, keys, columns: this.columns.map(({ column }) => column.id) });
  }
}

function keysOf(entry: Entry): readonly string[] {
  return entry.kind === 'run' ? [entry.id] : entry.keys;
}
