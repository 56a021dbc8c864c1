import type { RunColumn, TableLayout } from '../../src/protocol/runsTable';
import { element, setShown } from '../ui/dom';
import type { LaidOut } from './columns';
import { isNumeric, parseFilter } from './filter';
import { cellClass, pin } from './gridRow';

interface HeadContext {
  sort(column: RunColumn, further: boolean): void;
  filter(column: RunColumn, text: string): void;
  toggleAll(): void;
}

/** Headings that sort, and below them, on demand, a field for each column to filter by. */
export class GridHead {
  private readonly titles = element('div', { role: 'row', class: 'row titles', 'aria-rowindex': '1' });
  private readonly fields = element('div', { role: 'row', class: 'row fields', 'aria-rowindex': '2' });
  private readonly all = element('input', {
    type: 'checkbox',
    tabindex: '-1',
    'aria-label': 'Select all runs shown',
  });
  private inputs = new Map<string, HTMLInputElement>();
  readonly root = element('div', { role: 'rowgroup', class: 'head' }, this.titles, this.fields);

  constructor(private readonly context: HeadContext) {
    this.all.addEventListener('click', () => context.toggleAll());
  }

  /** How high it stands over the rows, in pixels. */
  get height(): number {
    return this.root.offsetHeight;
  }

  cell(column: number): HTMLElement | undefined {
    return column < 0 ? this.all : (this.titles.children[column + 1] as HTMLElement | undefined);
  }

  /** Columns are others, or in another order. */
  build(columns: readonly LaidOut[], layout: TableLayout): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.filter;
    const box = element(
      'div',
      { role: 'columnheader', class: 'cell check pinned', 'aria-colindex': '1' },
      this.all,
    );
    box.style.left = '0';
    this.titles.replaceChildren(box, ...columns.map((each, i) => this.title(each, i)));
    const corner = element('div', { role: 'gridcell', class: 'cell check pinned', 'aria-colindex': '1' });
    corner.style.left = '0';
    this.inputs = new Map();
    this.fields.replaceChildren(corner, ...columns.map((each, i) => this.field(each, i)));
    this.update(columns, layout);
    if (focused !== undefined) this.inputs.get(focused)?.focus();
  }

  /** The same columns, looked at in another way. */
  update(columns: readonly LaidOut[], layout: TableLayout): void {
    setShown(this.fields, layout.filterRow === true);
    columns.forEach(({ column }, i) => {
      const cell = this.titles.children[i + 1] as HTMLElement;
      const place = (layout.sort ?? []).findIndex(({ id }) => id === column.id);
      const sort = layout.sort?.[place];
      cell.setAttribute('aria-sort', sort ? (sort.desc ? 'descending' : 'ascending') : 'none');
      const mark = cell.querySelector('.mark') as HTMLElement;
      const order = (layout.sort?.length ?? 0) > 1 ? String(place + 1) : '';
      mark.textContent = sort ? ` ${sort.desc ? '▼' : '▲'}${order}` : '';
      cell.classList.toggle('filtered', (layout.filters?.[column.id] ?? '') !== '');
      const input = this.inputs.get(column.id);
      const text = layout.filters?.[column.id] ?? '';
      if (input && input !== document.activeElement) input.value = text;
      if (input) say(input, column);
    });
  }

  /** Whether all, some or none of the runs that are shown are selected. */
  mark(all: boolean, some: boolean): void {
    this.all.checked = all;
    this.all.indeterminate = some && !all;
  }

  focusFilter(id: string | undefined): void {
    (this.inputs.get(id ?? '') ?? [...this.inputs.values()][0])?.focus();
  }

  private title({ column, left }: LaidOut, i: number): HTMLElement {
    const cell = element(
      'div',
      {
        role: 'columnheader',
        class: `${cellClass(column)} title`,
        'aria-colindex': String(i + 2),
        'aria-sort': 'none',
        tabindex: '-1',
        title: column.hint,
        'data-column': column.id,
      },
      element('span', { class: 'text' }, column.title),
      element('span', { class: 'mark', 'aria-hidden': 'true' }),
    );
    cell.addEventListener('click', ({ shiftKey }) => this.context.sort(column, shiftKey));
    pin(cell, left);
    return cell;
  }

  private field({ column, left }: LaidOut, i: number): HTMLElement {
    const input = element('input', {
      type: 'text',
      'data-filter': column.id,
      'aria-label': `Filter ${column.title}`,
      placeholder: isNumeric(column) ? (column.kind === 'date' ? '>2026-01-31' : '>0.9, 1..3') : 'contains',
      spellcheck: 'false',
    });
    input.addEventListener('input', () => {
      say(input, column);
      this.context.filter(column, input.value);
    });
    this.inputs.set(column.id, input);
    const cell = element(
      'div',
      { role: 'gridcell', class: 'cell field', 'aria-colindex': String(i + 2) },
      input,
    );
    pin(cell, left);
    return cell;
  }
}

/** Says of what was typed whether it is a filter. */
function say(input: HTMLInputElement, column: RunColumn): void {
  const filter = parseFilter(input.value, column);
  const problem = typeof filter === 'object' ? filter.problem : '';
  input.setAttribute('aria-invalid', String(problem !== ''));
  input.title = problem;
}
