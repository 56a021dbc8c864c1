import { formatFigure } from '../../src/protocol/formatRun';
import type { RunColumn } from '../../src/protocol/runsTable';
import { element, setText } from '../ui/dom';
import { isRightAligned, type LaidOut } from './columns';
import type { Spread } from './spread';
import type { Entry } from './tableModel';

/** What a line needs to know besides its entry. */
export interface RowContext {
  readonly columns: readonly LaidOut[];
  /** Counts layouts: cells are made anew when it changes. */
  readonly generation: number;
  /** Column that rows are grouped by. */
  readonly group: string | undefined;
  isSelected(entry: Entry): boolean | 'mixed';
}

/** One line of the grid; it is filled again and again as lines scroll by. */
export class GridRow {
  readonly root = element('div', { role: 'row', class: 'row' });
  private readonly check = element('input', { type: 'checkbox', tabindex: '-1' });
  private cells: HTMLElement[] = [];
  private generation = -1;
  private shown: Entry | undefined;
  index = -1;

  fill(entry: Entry, index: number, context: RowContext): void {
    if (this.generation !== context.generation) this.build(context);
    const { root, check } = this;
    const selected = context.isSelected(entry);
    this.index = index;
    root.dataset.index = String(index);
    root.dataset.key = entry.id;
    // The headings are the first row, and their filters the second.
    root.setAttribute('aria-rowindex', String(index + 3));
    root.setAttribute('aria-selected', String(selected === true));
    check.checked = selected === true;
    check.indeterminate = selected === 'mixed';
    root.style.transform = `translateY(${index * rowHeight}px)`;
    root.classList.toggle('odd', index % 2 === 1);
    if (this.shown === entry) return;
    this.shown = entry;
    root.classList.toggle('group', entry.kind === 'group');
    root.classList.toggle('live', entry.kind === 'run' && entry.row.live);
    if (entry.kind === 'group') root.setAttribute('aria-expanded', String(entry.expanded));
    else root.removeAttribute('aria-expanded');
    context.columns.forEach(({ column, place }, i) => {
      const cell = this.cells[i];
      if (!cell) return;
      const text =
        entry.kind === 'run'
          ? cellText(entry, column, place)
          : groupText(entry, column, place, context.group);
      setText(cell, text);
      cell.title = text.length > 14 ? text : '';
      if (column.id === 'status' && entry.kind === 'run') cell.dataset.status = text.split(':')[0];
      else delete cell.dataset.status;
    });
    const name = this.cells.find((_cell, i) => context.columns[i]?.column.id === 'name')?.textContent;
    check.setAttribute('aria-label', `Select ${name || 'row'}`);
  }

  cell(column: number): HTMLElement | undefined {
    return column < 0 ? this.check : this.cells[column];
  }

  private build({ columns, generation }: RowContext): void {
    this.generation = generation;
    this.shown = undefined;
    this.cells = columns.map(({ column, left }, i) => {
      const role = column.id === 'name' ? 'rowheader' : 'gridcell';
      const cell = element('div', {
        role,
        class: cellClass(column),
        'aria-colindex': String(i + 2),
        tabindex: '-1',
      });
      pin(cell, left);
      return cell;
    });
    const box = element(
      'div',
      { role: 'gridcell', class: 'cell check pinned', 'aria-colindex': '1' },
      this.check,
    );
    box.style.left = '0';
    this.root.replaceChildren(box, ...this.cells);
  }
}

/** In pixels of the page, as in runs.css. */
export const rowHeight = 26;

export function cellClass(column: RunColumn): string {
  return `cell${isRightAligned(column) ? ' number' : ''}`;
}

export function pin(cell: HTMLElement, left: number | undefined): void {
  if (left === undefined) return;
  cell.classList.add('pinned');
  cell.style.left = `${left}px`;
}

function cellText(entry: Extract<Entry, { kind: 'run' }>, { kind }: RunColumn, place: number): string {
  return formatFigure(kind, entry.row.cells[place] ?? null);
}

/** Of a group: its value where it is grouped by, how many it has, and means with their spread. */
function groupText(
  entry: Extract<Entry, { kind: 'group' }>,
  column: RunColumn,
  place: number,
  group: string | undefined,
): string {
  const value = formatFigure(column.kind, entry.value);
  if (column.id === group) return value === '' ? 'none' : value;
  if (column.id === 'name')
    return `${entry.expanded ? '▾' : '▸'} ${entry.count} ${entry.count === 1 ? 'run' : 'runs'}`;
  // A mean of seeds or of dates says nothing.
  const spread = column.kind === 'date' || column.group === 'Origin' ? undefined : entry.spread(place);
  return spread ? spreadText(spread, column) : '';
}

/** "0.972 ± 0.003": the spread is the standard deviation over the runs. */
function spreadText({ mean, deviation }: Spread, { kind }: RunColumn): string {
  const rounded = kind === 'count' ? Math.round(mean) : mean;
  const text = formatFigure(kind === 'number' ? 'metric' : kind, rounded);
  if (deviation === undefined || deviation === 0) return text;
  const spread = formatFigure(kind === 'number' ? 'metric' : kind, Number(deviation.toPrecision(2)));
  return `${text} ± ${spread}`;
}
