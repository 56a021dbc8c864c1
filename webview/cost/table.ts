import type { CostColumn, CostRow, CostView } from '../../src/protocol/costPanel';
import { formatBytes, formatCount } from '../../src/protocol/format';
import { formatShare, formatWork } from '../../src/protocol/formatCost';
import { formatStep } from '../../src/protocol/formatPrediction';
import { element, setShown } from '../ui/dom';
import { changeText } from './changes';
import { changeOf, sorted, type Sort } from './rows';
import { RowWindow } from './rowWindow';

interface TableContext {
  openLayer(name: string): void;
  sort(sort: Sort | undefined): void;
}

const titles: Readonly<Record<CostColumn, string>> = {
  name: 'Layer',
  line: 'Line',
  output: 'Output',
  params: 'Params',
  forward: 'Forward',
  backward: 'Backward',
  optimizer: 'Optimizer',
  activationBytes: 'Activations',
  seconds: 'Predicted time',
  all: 'Share',
  change: 'Change',
};

/** The layers of a model with what each costs: any column sorts, a row leads to its line. */
export class LayerTable {
  private readonly head = element('tr');
  private readonly body = element('tbody');
  private columns: CostColumn[] = [];
  private readonly table = element(
    'table',
    { 'aria-labelledby': 'layersTitle' },
    element('thead', {}, this.head),
    this.body,
  );
  private readonly frame = element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Table of layers' },
    this.table,
  );
  private readonly window = new RowWindow(this.frame, this.body);
  readonly root: HTMLElement;

  constructor(private readonly context: TableContext) {
    this.root = element(
      'section',
      { class: 'layers', 'aria-labelledby': 'layersTitle' },
      element('h2', { id: 'layersTitle' }, 'Layers'),
      this.frame,
    );
  }

  update({ shown, convention, other }: CostView, sort: Sort | undefined): void {
    setShown(this.root, shown !== undefined && shown.rows.length > 0);
    if (!shown) return;
    const isSparse = shown.rows.some(({ sparse }) => sparse);
    this.columns = (Object.keys(titles) as CostColumn[]).filter(
      (column) =>
        (column !== 'change' || other?.totals !== undefined) &&
        (column !== 'seconds' || shown.timing !== undefined),
    );
    this.head.replaceChildren(...this.columns.map((column) => this.heading(column, sort)));
    const all = shown.rows.reduce((sum, { now }) => sum + (now?.all ?? 0), 0);
    const style = { all, convention, isSparse };
    this.table.setAttribute('aria-rowcount', String(shown.rows.length + 1));
    this.window.show(sorted(shown.rows, sort).map((row) => () => this.row(row, style)));
  }

  private heading(column: CostColumn, sort: Sort | undefined): HTMLElement {
    const isSorted = sort?.column === column;
    const order = isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none';
    const made = element(
      'button',
      { type: 'button', class: 'sort', 'data-column': column },
      titles[column],
      element('span', { 'aria-hidden': 'true' }, isSorted ? (sort.descending ? ' ▼' : ' ▲') : ''),
    );
    made.addEventListener('click', () => {
      const descends = column !== 'name' && column !== 'line';
      const next = isSorted ? !sort.descending : descends;
      // The third time it is the order of the model again.
      this.context.sort(isSorted && sort.descending !== descends ? undefined : { column, descending: next });
      this.head.querySelector<HTMLElement>(`[data-column="${column}"]`)?.focus();
    });
    return element(
      'th',
      { scope: 'col', 'aria-sort': order, ...(isText(column) ? {} : { class: 'number' }) },
      made,
    );
  }

  private row(
    row: CostRow,
    style: { all: number; convention: CostView['convention']; isSparse: boolean },
  ): HTMLTableRowElement {
    const { now, line, name } = row;
    const state = now ? (row.before ? 'kept' : 'new') : 'gone';
    const made = element('tr', { 'data-layer': name, ...(line !== undefined && { class: 'opens' }) });
    made.append(
      ...this.columns.map((column) =>
        element(
          'td',
          isText(column) ? {} : { class: 'number' },
          column === 'name' ? this.name(row) : cellText(row, column, style),
        ),
      ),
    );
    if (this.columns.includes('change')) made.dataset.state = state;
    if (line !== undefined)
      made.addEventListener('click', ({ target }) => {
        const selects = !(target as Element).closest('button') && String(getSelection() ?? '') !== '';
        if (!selects) this.context.openLayer(name);
      });
    return made;
  }

  /** A button, so that keys reach what a click on the row does. */
  private name({ name, line, className }: CostRow): Node {
    const title = className && !name.includes(className) ? ` ${className}` : '';
    const label = line === undefined ? {} : { 'aria-label': `${name}, go to line ${line}` };
    const shown =
      line === undefined
        ? element('span', {}, name)
        : element('button', { type: 'button', class: 'link', ...label }, name);
    return element('span', {}, shown, element('span', { class: 'class' }, title));
  }
}

function isText(column: CostColumn): boolean {
  return column === 'name' || column === 'output';
}

function cellText(
  row: CostRow,
  column: CostColumn,
  { all, convention, isSparse }: { all: number; convention: CostView['convention']; isSparse: boolean },
): string {
  const { now, before, sparse } = row;
  switch (column) {
    case 'name':
      return row.name;
    case 'line':
      return row.line === undefined ? '' : String(row.line);
    case 'output':
      return row.outputShape.join('×');
    case 'change':
      if (!now) return 'removed';
      if (!before) return 'added';
      return changeOf(row) === 0 ? 'as before' : `${changeText(now.all, before.all)}`;
    default:
  }
  if (!now) return '';
  switch (column) {
    case 'params':
      return formatCount(now.params);
    case 'forward':
      return isSparse && sparse
        ? `${formatWork(now.forward, convention)}, ${formatWork(sparse.forward, convention)} sparse`
        : formatWork(now.forward, convention);
    case 'activationBytes':
      return formatBytes(now.activationBytes);
    case 'seconds':
      return now.seconds === undefined ? '' : formatStep(now.seconds);
    case 'all':
      return formatShare(all > 0 ? now.all / all : 0);
    default:
      return formatWork(now[column], convention);
  }
}
