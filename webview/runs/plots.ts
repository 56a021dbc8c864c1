import { formatFigure } from '../../src/protocol/formatRun';
import type { RunRow, TableLayout } from '../../src/protocol/runsTable';
import { element, setShown, setText } from '../ui/dom';
import { onThemeChange } from '../ui/theme';
import { PlotCanvas } from './plotCanvas';
import { axisOf, plotChoices, PlotControls } from './plotControls';
import { Parallel } from './parallel';
import { Scatter } from './scatter';
import type { TableModel } from './tableModel';

interface PlotsContext {
  readonly model: TableModel;
  readonly layout: () => TableLayout;
  readonly change: (layout: Partial<TableLayout>) => void;
  isSelected(key: string): boolean;
  select(keys: readonly string[]): void;
  open(key: string): void;
}

/** A drag shorter than this is a click. */
const dragPixels = 5;

/** The runs that are shown as a plot: hovering tells of one, a click selects it, a drag several. */
export class Plots {
  private readonly plot = new PlotCanvas((context) => this.draw(context));
  private readonly brush = element('div', { class: 'brush', hidden: '' });
  private readonly tip = element('div', { class: 'tip', role: 'status', hidden: '' });
  private readonly summary = element('p', { id: 'plotSummary', class: 'note' });
  private readonly controls: PlotControls;
  private drawn: Scatter | Parallel | undefined;
  private hovered: string | undefined;
  private from: { x: number; y: number } | undefined;
  private rows: readonly RunRow[] = [];
  readonly root: HTMLElement;

  constructor(private readonly context: PlotsContext) {
    this.controls = new PlotControls(context);
    this.plot.root.append(this.brush, this.tip);
    this.root = element(
      'section',
      { id: 'plots', 'aria-label': 'Plot', hidden: '' },
      this.controls.root,
      this.plot.root,
      this.summary,
    );
    const { canvas } = this.plot;
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', (event) => this.release(event));
    canvas.addEventListener('pointerleave', () => this.hover(undefined));
    canvas.addEventListener('dblclick', (event) => {
      const { x, y } = this.plot.at(event);
      const key = this.drawn?.nearest(x, y);
      if (key !== undefined) context.open(key);
    });
    onThemeChange(() => this.plot.restyle());
  }

  /** The rows, the layout or the selection are others. */
  update(): void {
    const { plot = 'none' } = this.context.layout();
    setShown(this.root, plot !== 'none');
    if (plot === 'none') return;
    this.rows = this.context.model.shownRuns();
    this.controls.update();
    this.plot.redraw();
  }

  private draw(context: CanvasRenderingContext2D): void {
    const { plot, context: page, rows } = this;
    const { width, height } = plot;
    const { plot: kind, x, y, axes } = plotChoices(page.model, page.layout());
    const size = { width, height };
    const marks = {
      hovered: this.hovered,
      isSelected: (key: string) => page.isSelected(key),
      anySelected: rows.some(({ key }) => page.isSelected(key)),
    };
    this.drawn = undefined;
    if (kind === 'scatter' && x && y) {
      const scatter = new Scatter(axisOf(x, rows, page.model), axisOf(y, rows, page.model), rows, size);
      this.drawn = scatter;
      scatter.draw(context, plot.theme, marks);
      this.say(scatter);
    } else if (kind === 'parallel' && axes.length > 1) {
      const parallel = new Parallel(
        axes.map((axis) => axisOf(axis, rows, page.model)),
        rows,
        size,
      );
      this.drawn = parallel;
      parallel.draw(context, plot.theme, marks);
      setText(
        this.summary,
        `${parallel.count} runs; drag along an axis to select those that cross it there.`,
      );
    } else setText(this.summary, 'There are no two columns with values to draw yet.');
  }

  /** The front in words, which is also what a screen reader has of the plot. */
  private say({ count, front }: Scatter): void {
    const names = front.slice(0, 6).map((key) => this.name(key));
    const more = front.length > names.length ? ` and ${front.length - names.length} more` : '';
    const text =
      front.length === 0
        ? `${count} runs. There is no Pareto front: say of both axes which end is better.`
        : `${count} runs. On the Pareto front (diamonds), no other run is better on both axes: ${names.join(', ')}${more}.`;
    setText(this.summary, text);
    this.plot.canvas.setAttribute('role', 'img');
    this.plot.canvas.setAttribute('aria-label', text);
    this.controls.offerFront(front.length > 0 ? () => this.context.select(front) : undefined);
  }

  /** Runs of one experiment have one name: the ending of the run's own tells them apart, as on tabs. */
  private name(key: string): string {
    const { model } = this.context;
    return `${model.row(key)?.cells[model.place('name')] ?? key} · ${key.split('-').at(-1)}`;
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.from = this.plot.at(event);
    this.plot.canvas.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const at = this.plot.at(event);
    const { from } = this;
    if (!from) return this.hover(this.drawn?.nearest(at.x, at.y), at);
    const along = this.drawn instanceof Parallel;
    const left = along ? at.x - 8 : Math.min(from.x, at.x);
    setShown(this.brush, this.isDrag(from, at));
    Object.assign(this.brush.style, {
      left: `${along ? from.x - 8 : left}px`,
      top: `${Math.min(from.y, at.y)}px`,
      width: `${along ? 16 : Math.abs(at.x - from.x)}px`,
      height: `${Math.abs(at.y - from.y)}px`,
    });
  }

  private release(event: PointerEvent): void {
    const { from, drawn, context } = this;
    const at = this.plot.at(event);
    this.from = undefined;
    setShown(this.brush, false);
    if (!from || !drawn) return;
    if (!this.isDrag(from, at)) {
      const key = drawn.nearest(at.x, at.y);
      const add = event.ctrlKey || event.metaKey || event.shiftKey;
      const others = add ? this.rows.map((row) => row.key).filter((each) => context.isSelected(each)) : [];
      context.select(key === undefined ? others : [...new Set([...others, key])]);
    } else if (drawn instanceof Scatter) context.select(drawn.within(from, at));
    else context.select(drawn.crossing(drawn.axisAt(from.x), from.y, at.y));
  }

  private isDrag(from: { x: number; y: number }, to: { x: number; y: number }): boolean {
    return Math.abs(from.x - to.x) + Math.abs(from.y - to.y) > dragPixels;
  }

  private hover(key: string | undefined, at?: { x: number; y: number }): void {
    if (key === undefined) setShown(this.tip, false);
    if (key !== this.hovered) {
      this.hovered = key;
      this.plot.redraw();
      for (const row of document.querySelectorAll<HTMLElement>('#grid .body .row'))
        row.classList.toggle('pointed', key !== undefined && row.dataset.key === key);
    }
    if (key === undefined || !at) return;
    this.tip.replaceChildren(...this.tipLines(key));
    setShown(this.tip, true);
    const right = at.x > this.plot.width / 2;
    Object.assign(this.tip.style, {
      left: right ? 'auto' : `${at.x + 14}px`,
      right: right ? `${this.plot.width - at.x + 14}px` : 'auto',
      top: `${Math.max(0, Math.min(at.y - 10, this.plot.height - this.tip.offsetHeight))}px`,
    });
  }

  private tipLines(key: string): HTMLElement[] {
    const { model } = this.context;
    const row = model.row(key);
    const { plot, x, y, axes } = plotChoices(model, this.context.layout());
    const columns = plot === 'scatter' ? [x, y] : axes;
    return [
      element('strong', {}, this.name(key)),
      ...columns.flatMap((column) =>
        column
          ? [
              element(
                'span',
                {},
                `${column.title}: ${formatFigure(column.kind, row?.cells[model.place(column.id)] ?? null) || 'not known'}`,
              ),
            ]
          : [],
      ),
    ];
  }
}
