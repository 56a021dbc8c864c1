import type { RunColumn, RunRow, TableLayout } from '../../src/protocol/runsTable';
import { element, setShown } from '../ui/dom';
import { button } from '../ui/toolkit';
import { isShown } from './columns';
import { isNumeric } from './filter';
import type { Better } from './pareto';
import { Popup } from './popup';
import { scaleOf } from './scale';
import type { Axis } from './scatter';
import type { TableModel } from './tableModel';

/** More axes than this are not read. */
const usualAxes = 8;

/** A column with the end of its axis that the user, or its nature, calls better. */
export type Chosen = RunColumn & { readonly better?: Better | undefined };

/** What is drawn: as chosen, else accuracy against compute. */
export function plotChoices(
  model: TableModel,
  layout: TableLayout,
): { plot: TableLayout['plot']; x: Chosen | undefined; y: Chosen | undefined; axes: RunColumn[] } {
  const has = (column: RunColumn) => varies(model, column);
  const first = (...ids: readonly string[]) =>
    ids.map((id) => model.column(id)).find((column) => column && has(column));
  const metrics = model.columns.filter(({ group, id }) => group === 'Metrics' && id.startsWith('best:'));
  const tested = metrics.filter(({ id }) => id.startsWith('best:test/') && !id.endsWith('/loss'));
  const x = model.column(layout.x) ?? first('flops', 'seconds', 'joules', 'steps') ?? model.columns.find(has);
  const y =
    model.column(layout.y) ??
    tested[0] ??
    metrics[0] ??
    model.columns.find((column) => column !== x && has(column));
  const params = model.columns.filter((column) => column.group === 'Parameters' && has(column));
  const usual = [...params.slice(0, usualAxes - 2), ...(x ? [x] : []), ...(y ? [y] : [])];
  const asked = layout.axes?.map((id) => model.column(id)).filter((column) => column !== undefined);
  return {
    plot: layout.plot,
    x: x && { ...x, better: layout.xBetter ?? x.better },
    y: y && { ...y, better: layout.yBetter ?? y.better },
    axes: asked && asked.length > 1 ? asked : usual,
  };
}

/** Whether there are two values at least. */
function varies(model: TableModel, column: RunColumn): boolean {
  const place = model.place(column.id);
  let found: unknown;
  for (const { cells } of model.all()) {
    const cell = cells[place] ?? null;
    if (cell === null || cell === '') continue;
    if (found !== undefined && found !== cell) return true;
    found = cell;
  }
  return false;
}

export function axisOf(column: Chosen, rows: readonly RunRow[], model: TableModel): Axis {
  const place = model.place(column.id);
  const scale = scaleOf(
    rows.map(({ cells }) => cells[place]),
    column,
  );
  return { title: column.title, scale, place, better: column.better };
}

interface ControlsContext {
  readonly model: TableModel;
  readonly layout: () => TableLayout;
  readonly change: (layout: Partial<TableLayout>) => void;
}

/** Which columns are drawn, and which end of an axis is the better one. */
export class PlotControls {
  private readonly x = element('select', { id: 'plotX' });
  private readonly y = element('select', { id: 'plotY' });
  private readonly xBetter = betterSelect('xBetter', 'Better x');
  private readonly yBetter = betterSelect('yBetter', 'Better y');
  private readonly scatter: HTMLElement;
  private readonly parallel: HTMLElement;
  private readonly front;
  private selectFront: (() => void) | undefined;
  private offered = '';
  readonly root: HTMLElement;

  constructor(private readonly context: ControlsContext) {
    const { change } = context;
    this.x.addEventListener('change', () => change({ x: this.x.value, xBetter: undefined }));
    this.y.addEventListener('change', () => change({ y: this.y.value, yBetter: undefined }));
    for (const [select, field] of [
      [this.xBetter, 'xBetter'],
      [this.yBetter, 'yBetter'],
    ] as const)
      select.addEventListener('change', () => change({ [field]: select.value as Better }));
    this.front = button('selectFront', 'Select Front', () => this.selectFront?.());
    this.scatter = element(
      'span',
      { class: 'tools' },
      element('label', {}, 'x ', this.x),
      this.xBetter,
      element('label', {}, 'y ', this.y),
      this.yBetter,
      this.front,
    );
    this.parallel = element(
      'span',
      { class: 'tools' },
      new Popup('axes', 'Axes', () => this.axisList()).root,
    );
    this.root = element('div', {}, this.scatter, this.parallel);
  }

  update(): void {
    const { model, layout } = this.context;
    const { plot, x, y } = plotChoices(model, layout());
    setShown(this.scatter, plot === 'scatter');
    setShown(this.parallel, plot === 'parallel');
    const text = model.columns.map(({ id }) => id).join('\n');
    if (text !== this.offered) {
      this.offered = text;
      for (const select of [this.x, this.y])
        select.replaceChildren(
          ...drawable(model).map(({ id, title }) => element('option', { value: id }, title)),
        );
    }
    this.x.value = x?.id ?? '';
    this.y.value = y?.id ?? '';
    this.xBetter.value = x?.better ?? '';
    this.yBetter.value = y?.better ?? '';
    setShown(this.front, this.selectFront !== undefined);
  }

  offerFront(select: (() => void) | undefined): void {
    this.selectFront = select;
    setShown(this.front, select !== undefined);
  }

  private axisList(): HTMLElement[] {
    const { model, layout, change } = this.context;
    return drawable(model).map(({ id, title }) => {
      const input = element('input', { type: 'checkbox' });
      input.checked = plotChoices(model, layout()).axes.some((axis) => axis.id === id);
      input.addEventListener('change', () => {
        const now = plotChoices(model, layout()).axes.map((axis) => axis.id);
        change({ axes: input.checked ? [...now, id] : now.filter((axis) => axis !== id) });
      });
      return element(
        'div',
        { class: 'column-line' },
        element('label', {}, input, element('span', {}, title)),
      );
    });
  }
}

/** Figures, and what there is a column of in the table. */
function drawable(model: TableModel): RunColumn[] {
  return model.columns.filter(
    (column) =>
      isNumeric(column) ||
      column.group === 'Parameters' ||
      (isShown(column, {}) && column.id !== 'name' && column.kind === 'text'),
  );
}

function betterSelect(id: string, label: string): HTMLSelectElement {
  return element(
    'select',
    { id, 'aria-label': label },
    element('option', { value: '', disabled: '' }, 'neither end'),
    element('option', { value: 'less' }, 'less is better'),
    element('option', { value: 'more' }, 'more is better'),
  );
}
