import type { RunsExportFormat, TableLayout } from '../../src/protocol/runsTable';
import { formatCount } from '../../src/protocol/format';
import { element, setShown, setText } from '../ui/dom';
import { button, link } from '../ui/toolkit';
import { columnList } from './columnList';
import { Popup } from './popup';
import type { TableModel } from './tableModel';

interface ToolbarContext {
  readonly model: TableModel;
  readonly layout: () => TableLayout;
  readonly change: (layout: Partial<TableLayout>) => void;
  export(format: RunsExportFormat): void;
  /** Puts the rows into the order that was held back. */
  reorder(): void;
}

const formats: readonly (readonly [RunsExportFormat, string])[] = [
  ['csv', 'CSV'],
  ['json', 'JSON'],
  ['markdown', 'Markdown'],
];
const plots = [
  ['none', 'No plot'],
  ['scatter', 'Scatter'],
  ['parallel', 'Parallel coordinates'],
] as const;

/** What is looked at, and how: search, groups, columns, plots and export. */
export class Toolbar {
  private readonly count = element('p', { id: 'count', role: 'status', class: 'note' });
  private readonly search = element('input', {
    id: 'search',
    type: 'search',
    placeholder: 'Search',
    'aria-label': 'Search in all columns',
    spellcheck: 'false',
  });
  private readonly group = element('select', { id: 'group' });
  private readonly plot = element(
    'select',
    { id: 'plot' },
    ...plots.map(([value, label]) => element('option', { value }, label)),
  );
  private readonly filterRow;
  private readonly archived = element('input', { type: 'checkbox', id: 'archived' });
  private readonly order;
  private readonly exportLabel = element('span', {}, 'Export');
  private groups = '';
  readonly root: HTMLElement;

  constructor(private readonly context: ToolbarContext) {
    const { change } = context;
    this.search.addEventListener('input', () => change({ search: this.search.value }));
    this.group.addEventListener('change', () => change({ group: this.group.value || undefined }));
    this.plot.addEventListener('change', () =>
      change({ plot: plots.find(([value]) => value === this.plot.value)?.[0] ?? 'none' }),
    );
    this.archived.addEventListener('change', () => change({ archived: this.archived.checked }));
    this.filterRow = button('filters', 'Filter', () => change({ filterRow: !context.layout().filterRow }));
    this.order = button('reorder', 'New Order', () => context.reorder());
    this.order.title = 'Rows have changed while the pointer or the focus was among them: sort them anew';
    const columns = new Popup('columns', 'Columns', () =>
      columnList(context.model.columns, () => context.layout(), change),
    );
    this.root = element(
      'header',
      {},
      element('div', { class: 'title-row' }, element('h1', {}, 'Runs'), this.count),
      element(
        'div',
        { class: 'tools' },
        this.search,
        this.filterRow,
        columns.root,
        element('label', {}, 'Group by ', this.group),
        element('label', {}, 'Plot ', this.plot),
        element('label', {}, this.archived, ' Archived'),
        element(
          'span',
          { class: 'exports', role: 'group', 'aria-label': 'Export' },
          this.exportLabel,
          ...formats.map(([format, label]) => link(`export-${format}`, label, () => context.export(format))),
        ),
        this.order,
      ),
    );
  }

  update(told: {
    readonly shown: number;
    readonly left: number;
    readonly reading: number;
    readonly selected: number;
    readonly heldBack: boolean;
  }): void {
    const { context } = this;
    const layout = context.layout();
    const all = context.model.size + told.left;
    const parts = [
      told.shown === all
        ? `${formatCount(all)} ${all === 1 ? 'run' : 'runs'}`
        : `${formatCount(told.shown)} of ${formatCount(all)} runs`,
      ...(told.selected > 0 ? [`${formatCount(told.selected)} selected`] : []),
      ...(told.left > 0 ? ['loading…'] : []),
      ...(told.left === 0 && told.reading > 0 ? [`reading the curves of ${formatCount(told.reading)}…`] : []),
    ];
    setText(this.count, parts.join(' · '));
    setShown(this.order, told.heldBack);
    setText(this.exportLabel, told.selected > 0 ? 'Export selected' : 'Export');
    if (this.search !== document.activeElement) this.search.value = layout.search ?? '';
    this.archived.checked = layout.archived === true;
    this.plot.value = layout.plot ?? 'none';
    this.filterRow.setAttribute('aria-pressed', String(layout.filterRow === true));
    this.offerGroups(layout.group ?? '');
  }

  private offerGroups(chosen: string): void {
    const { columns } = this.context.model;
    const order = ['Parameters', 'Run', 'Origin'] as const;
    const ids = order.flatMap((group) =>
      columns.filter((column) => column.group === group && !['id', 'notes', 'started'].includes(column.id)),
    );
    const text = ids.map(({ id }) => id).join('\n');
    if (text !== this.groups) {
      this.groups = text;
      this.group.replaceChildren(
        element('option', { value: '' }, 'nothing'),
        ...ids.map(({ id, title }) => element('option', { value: id }, title)),
      );
    }
    this.group.value = chosen;
  }
}
