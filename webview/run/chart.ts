import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatCount, formatMeasure } from '../../src/protocol/format';
import { element, setShown } from '../ui/dom';
import type { Theme } from '../ui/theme';
import { aligned, smoothed, splitKey, type Curves } from './curves';
import { Legend } from './legend';
import { axes, linesOf, type Line } from './chartStyle';

export interface ChartView {
  readonly smoothing: number;
  readonly logScale: boolean;
  readonly hidden: ReadonlySet<string>;
}

export interface ChartContext {
  theme(): Theme;
  view(): ChartView;
  toggle(key: string): void;
}

const heightPixels = 220;

/** The curves of one quantity by step. Drag to zoom, double-click to reset, arrow keys to read values. */
export class Chart {
  private readonly legend: Legend;
  private readonly plot: HTMLElement;
  private readonly reset: HTMLButtonElement;
  private readonly lines: Line[];
  private readonly observer: ResizeObserver;
  private readonly logarithmic: boolean;
  private uplot: uPlot | undefined;
  private width = 0;
  private zoomed = false;
  readonly root: HTMLElement;

  constructor(
    readonly quantity: string,
    readonly keys: readonly string[],
    private readonly curves: Curves,
    private readonly context: ChartContext,
  ) {
    this.logarithmic = quantity === 'loss' && context.view().logScale;
    this.lines = linesOf(keys);
    this.legend = new Legend(keys, context);
    this.reset = element('button', { class: 'reset', type: 'button' }, 'Reset zoom');
    this.reset.addEventListener('click', () => this.resetZoom());
    this.plot = element('div', {
      class: 'plot',
      tabindex: '0',
      role: 'slider',
      'aria-label': `Step under the cursor, ${quantity}`,
      'aria-valuenow': '0',
    });
    this.plot.addEventListener('keydown', (event) => this.key(event));
    this.plot.addEventListener('blur', () => {
      for (const each of uPlot.sync('steps').plots) each.setCursor({ left: -10, top: -10 });
    });
    this.root = element(
      'section',
      { class: 'chart', 'data-quantity': quantity, 'aria-label': `${quantity} by step` },
      element('div', { class: 'chart-head' }, element('h2', {}, quantity), this.reset),
      this.legend.root,
      this.plot,
    );
    setShown(this.reset, false);
    this.observer = new ResizeObserver(([entry]) => this.resize(Math.floor(entry?.contentRect.width ?? 0)));
    this.observer.observe(this.plot);
  }

  /** Draws the curves as they are now, at the zoom the user chose. */
  update(): void {
    const { uplot } = this;
    if (!uplot) return;
    const data = this.data();
    if (!this.zoomed) uplot.setData(data);
    else {
      const { min, max } = uplot.scales.x ?? {};
      uplot.batch(() => {
        uplot.setData(data, false);
        if (min != null && max != null) uplot.setScale('x', { min, max });
      });
    }
    this.readOut();
  }

  /** Redraws after the theme, or which lines are hidden, has changed. */
  restyle(): void {
    const { hidden } = this.context.view();
    this.legend.restyle(hidden);
    const { uplot } = this;
    if (!uplot) return;
    uplot.batch(() => {
      this.lines.forEach(({ key }, i) => {
        const show = !hidden.has(key);
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
    const { smoothing } = this.context.view();
    const lines = this.lines.map(({ key, smooth }) => {
      const curve = this.curves.get(key) ?? { x: new Float64Array(), y: new Float64Array() };
      return smooth ? { x: curve.x, y: smoothed(curve, smoothing) } : curve;
    });
    return aligned(lines, this.logarithmic);
  }

  private resize(width: number): void {
    if (width <= 0 || width === this.width) return;
    this.width = width;
    if (this.uplot) {
      this.uplot.setSize({ width, height: heightPixels });
      return;
    }
    this.uplot = new uPlot(this.options(width), this.data(), this.plot);
    this.readOut();
  }

  private options(width: number): uPlot.Options {
    const { hidden } = this.context.view();
    const theme = () => this.context.theme();
    return {
      width,
      height: heightPixels,
      legend: { show: false },
      padding: [8, 26, 0, 0],
      cursor: {
        sync: { key: 'steps' },
        drag: { x: true, y: false, dist: 4 },
        points: { size: 7 },
      },
      scales: { x: { time: false }, y: this.logarithmic ? { distr: 3, log: 10 } : {} },
      axes: axes(theme, this.logarithmic),
      series: [{ label: 'step' }, ...this.lines.map((line) => line.series(theme, !hidden.has(line.key)))],
      hooks: {
        setCursor: [() => this.readOut()],
        setScale: [(_plot, scale) => scale === 'x' && this.noteZoom()],
      },
    };
  }

  /** Shows the values under the cursor, or the last ones where there is none. */
  private readOut(): void {
    const { uplot } = this;
    if (!uplot) return;
    const steps = uplot.data[0];
    const idx = uplot.cursor.idx;
    const row = idx ?? steps.length - 1;
    const step = steps[row];
    const values = new Map<string, number>();
    for (const key of this.keys) {
      const column = uplot.data[this.lines.findIndex((line) => line.key === key && !line.smooth) + 1];
      const value = lastAtOrBefore(column, row);
      if (value !== undefined) values.set(key, value);
    }
    this.legend.show(values, idx == null ? undefined : step);
    if (step !== undefined) this.describe(steps, step, values);
  }

  private describe(steps: ArrayLike<number>, step: number, values: ReadonlyMap<string, number>): void {
    const texts = [...values].map(([key, value]) => `${splitKey(key).split} ${formatMeasure(value)}`);
    this.plot.setAttribute('aria-valuemin', String(steps[0] ?? 0));
    this.plot.setAttribute('aria-valuemax', String(steps[steps.length - 1] ?? 0));
    this.plot.setAttribute('aria-valuenow', String(step));
    this.plot.setAttribute('aria-valuetext', [`step ${formatCount(step)}`, ...texts].join(', '));
  }

  private noteZoom(): void {
    const { uplot } = this;
    const steps = uplot?.data[0];
    const { min, max } = uplot?.scales.x ?? {};
    if (!steps || min == null || max == null) return;
    this.zoomed = min > (steps[0] ?? min) || max < (steps[steps.length - 1] ?? max);
    setShown(this.reset, this.zoomed);
  }

  /** Of all charts, as zooming is. */
  private resetZoom(): void {
    for (const each of uPlot.sync('steps').plots) each.setData(each.data);
    this.plot.focus();
  }

  private key(event: KeyboardEvent): void {
    const { uplot } = this;
    const steps = uplot?.data[0];
    if (!uplot || !steps || steps.length === 0) return;
    const last = steps.length - 1;
    const page = Math.max(1, Math.round(last / 10));
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -page, PageUp: page };
    const from = uplot.cursor.idx ?? last;
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? last : from + (moves[event.key] ?? NaN);
    if (event.key === 'Escape') this.resetZoom();
    if (Number.isNaN(to)) return;
    event.preventDefault();
    const step = steps[Math.min(last, Math.max(0, to))] ?? 0;
    for (const each of uPlot.sync('steps').plots)
      each.setCursor({ left: each.valToPos(step, 'x'), top: heightPixels / 3 });
  }
}

function lastAtOrBefore(
  column: ArrayLike<number | null | undefined> | undefined,
  row: number,
): number | undefined {
  for (let i = row; column && i >= 0; i--) {
    const value = column[i];
    if (value === null) return NaN;
    if (value !== undefined) return value;
  }
  return undefined;
}
