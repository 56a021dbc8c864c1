import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatMeasure } from '../../src/protocol/format';
import type { XAxis } from '../../src/protocol/runPanel';
import { element, setShown, setText } from '../ui/dom';
import type { Theme } from '../ui/theme';
import { sharedCursor, takeKey } from './chartKeys';
import { followPointer } from './chartPointer';
import { axes, lineId, linesOf, seriesOf, type Line } from './chartStyle';
import { splitKey, type Curve } from './curves';
import { Legend } from './legend';
import { drawMarks, type LineMarks } from './marks';
import { aligned, seen, valueAt } from './sight';
import type { ShownRun } from './shownRuns';
import type { Viewport } from './viewport';
import { axisKinds } from './xAxis';

/** What all charts share. */
export interface ChartContext {
  theme(): Theme;
  smoothing(): number;
  axis(): XAxis;
  isLogarithmic(quantity: string): boolean;
  setLogarithmic(quantity: string, logarithmic: boolean): void;
  hidden(): ReadonlySet<string>;
  toggle(id: string): void;
  readonly viewport: Viewport;
}

const heightPixels = 220;

/** The curves of one quantity over what all charts are drawn over. */
export class Chart {
  private readonly legend: Legend;
  private readonly plot: HTMLElement;
  private readonly reset: HTMLButtonElement;
  private readonly leftOut = element('span', { class: 'left-out' });
  private readonly lines: Line[];
  private readonly observer: ResizeObserver;
  private readonly logarithmic: boolean;
  private marks: readonly LineMarks[] = [];
  private curves: readonly Curve[] = [];
  private uplot: uPlot | undefined;
  private width = 0;
  readonly root: HTMLElement;

  constructor(
    readonly quantity: string,
    keys: readonly string[],
    private readonly runs: readonly ShownRun[],
    private readonly context: ChartContext,
  ) {
    this.logarithmic = context.isLogarithmic(quantity);
    this.lines = linesOf(keys, runs);
    this.legend = new Legend(this.lines, runs.length > 1, context);
    this.reset = element('button', { class: 'reset', type: 'button' }, 'Reset zoom');
    this.reset.addEventListener('click', () => {
      context.viewport.reset();
      this.plot.focus();
    });
    const logarithm = element(
      'button',
      {
        class: 'log',
        type: 'button',
        'aria-pressed': String(this.logarithmic),
        'aria-label': `log axis of ${quantity}`,
        title: 'Logarithmic axis: values of 0 and below are not on it',
      },
      'log',
    );
    logarithm.addEventListener('click', () => context.setLogarithmic(quantity, !this.logarithmic));
    this.plot = element('div', {
      class: 'plot',
      tabindex: '0',
      role: 'slider',
      'aria-label': `${axisKinds[context.axis()].name} under the cursor, ${quantity}`,
      'aria-valuenow': '0',
    });
    this.plot.addEventListener('keydown', (event) => {
      if (this.uplot && takeKey(event, this.uplot, context.viewport)) event.preventDefault();
    });
    this.plot.addEventListener('blur', () => {
      for (const each of uPlot.sync(sharedCursor).plots) each.setCursor({ left: -10, top: -10 });
    });
    this.root = element(
      'section',
      {
        class: 'chart',
        'data-quantity': quantity,
        'aria-label': `${quantity} by ${axisKinds[context.axis()].name.toLowerCase()}`,
      },
      element(
        'div',
        { class: 'chart-head' },
        element('h2', {}, quantity),
        logarithm,
        this.reset,
        this.leftOut,
      ),
      this.legend.root,
      this.plot,
    );
    setShown(this.reset, false);
    this.observer = new ResizeObserver(([entry]) => this.resize(Math.floor(entry?.contentRect.width ?? 0)));
    this.observer.observe(this.plot);
  }

  /** Draws the curves as they are now, where the viewport is. */
  draw(): void {
    const { uplot } = this;
    if (!uplot) return;
    const data = this.data();
    const { range, zoomed } = this.context.viewport;
    uplot.batch(() => {
      uplot.setData(data, false);
      uplot.setScale('x', { ...range });
    });
    setShown(this.reset, zoomed);
    this.readOut();
  }

  /** Redraws after the theme, or which lines are hidden, has changed. */
  restyle(): void {
    const hidden = this.context.hidden();
    this.legend.restyle(hidden);
    const { uplot } = this;
    if (!uplot) return;
    uplot.batch(() => {
      this.lines.forEach(({ run, key }, i) => {
        const show = !hidden.has(lineId(run, key));
        if (uplot.series[i + 1]?.show !== show) uplot.setSeries(i + 1, { show });
      });
      uplot.redraw(true, true);
    });
  }

  dispose(): void {
    this.observer.disconnect();
    this.uplot?.destroy();
    this.root.remove();
  }

  private data(): uPlot.AlignedData {
    const { context, logarithmic } = this;
    const { range } = context.viewport;
    this.curves = this.lines.map(({ run, key, smooth }) =>
      run.line(key, context.axis(), smooth ? context.smoothing() : 0),
    );
    const lines = this.curves.map((curve) => seen(curve, range, Math.max(100, this.width), logarithmic));
    this.marks = this.lines.map(({ look }, i) => ({ look, marks: lines[i]?.marks ?? [] }));
    setText(this.leftOut, lines.some(({ leftOut }) => leftOut) ? 'values of 0 and below are not shown' : '');
    return aligned(lines);
  }

  private resize(width: number): void {
    if (width <= 0 || width === this.width) return;
    this.width = width;
    if (this.uplot) this.uplot.setSize({ width, height: heightPixels });
    else this.uplot = new uPlot(this.options(width), [[]], this.plot);
    this.draw();
  }

  private options(width: number): uPlot.Options {
    const { context } = this;
    const hidden = context.hidden();
    const theme = () => context.theme();
    const kind = context.axis();
    return {
      width,
      height: heightPixels,
      legend: { show: false },
      padding: [8, 26, 0, 0],
      cursor: {
        sync: { key: sharedCursor },
        drag: { x: true, y: false, dist: 4, setScale: false },
        points: { size: 7 },
        bind: { dblclick: () => () => (context.viewport.reset(), null) },
      },
      scales: {
        x: { time: false, auto: false },
        y: this.logarithmic ? { distr: 3, log: 10 } : {},
      },
      axes: axes(theme, this.logarithmic, { kind, format: (place) => this.placeText(place) }),
      series: [
        { label: axisKinds[kind].name },
        ...this.lines.map((line) => seriesOf(line, theme, !hidden.has(lineId(line.run, line.key)))),
      ],
      hooks: {
        ready: [(plot) => followPointer(plot, context.viewport)],
        setCursor: [() => this.readOut()],
        setSelect: [(plot) => this.zoomTo(plot)],
        draw: [(plot) => drawMarks(plot, this.marks, theme())],
      },
    };
  }

  private zoomTo(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const [min, max] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.context.viewport.show({ min, max });
  }

  private placeText(place: number): string {
    const [own] = this.runs;
    return own ? axisKinds[this.context.axis()].format(place, own) : '';
  }

  /** Shows the values at the cursor, or the last ones where there is none. */
  private readOut(): void {
    const { uplot } = this;
    if (!uplot) return;
    const { left } = uplot.cursor;
    const pointed = left != null && left >= 0;
    const place = pointed ? uplot.posToVal(left, 'x') : Infinity;
    const values = new Map<string, number>();
    this.lines.forEach(({ run, key, smooth }, i) => {
      const curve = this.curves[i];
      const value = smooth || !curve ? undefined : valueAt(curve, place);
      if (value !== undefined) values.set(lineId(run, key), value);
    });
    const shown = pointed ? this.pointAt(place) : undefined;
    const { name } = axisKinds[this.context.axis()];
    const text = shown === undefined ? undefined : `${name.toLowerCase()} ${this.placeText(shown)}`;
    this.legend.show(values, text);
    this.describe(shown ?? this.context.viewport.range.max, values);
  }

  /** The last place at or before the cursor that the panel's own run has a value at. */
  private pointAt(place: number): number {
    const own = this.curves.find(({ x }, i) => x.length > 0 && this.lines[i]?.run.index === 0);
    return own ? (valueAt({ x: own.x, y: own.x }, place) ?? place) : place;
  }

  private describe(place: number, values: ReadonlyMap<string, number>): void {
    const { min, max } = this.context.viewport.range;
    const several = this.runs.length > 1;
    const texts = this.lines.flatMap(({ run, key, smooth }) => {
      const value = smooth ? undefined : values.get(lineId(run, key));
      if (value === undefined) return [];
      return [`${several ? `${run.label} ` : ''}${splitKey(key).split} ${formatMeasure(value)}`];
    });
    const { name } = axisKinds[this.context.axis()];
    this.plot.setAttribute('aria-valuemin', String(min));
    this.plot.setAttribute('aria-valuemax', String(max));
    this.plot.setAttribute('aria-valuenow', String(Math.min(max, Math.max(min, place))));
    const where = `${name.toLowerCase()} ${this.placeText(place)}`;
    this.plot.setAttribute('aria-valuetext', [where, ...texts].join(', '));
  }
}
