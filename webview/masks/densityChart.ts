import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDensity } from '../../src/protocol/formatDensity';
import { element, setText } from '../ui/dom';
import type { Theme } from '../ui/theme';
import { axes } from '../run/chartStyle';
import { aligned } from '../run/sight';
import type { RunMasks } from './runMasks';

const heightPixels = 170;

/** The share of active weights by step: of the layer that is looked at, thick; of the others, thin. */
export class DensityChart {
  private readonly plot = element('div', { class: 'density-plot', role: 'img' });
  private readonly caption = element('figcaption');
  private readonly observer: ResizeObserver;
  private uplot: uPlot | undefined;
  private width = 0;
  private drawn = '';
  private step: number | undefined;
  private redraw: () => void = () => undefined;
  readonly root = element('figure', { class: 'density' }, this.caption, this.plot);

  constructor(private readonly theme: () => Theme) {
    this.observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width <= 0 || width === this.width) return;
      this.width = width;
      if (this.uplot) this.uplot.setSize({ width, height: heightPixels });
      else this.redraw();
    });
    this.observer.observe(this.plot);
  }

  /**
   * @param name of the weight that is looked at
   * @param step that is shown
   */
  update(runs: readonly RunMasks[], name: string, step: number | undefined): void {
    const moved = step !== this.step;
    this.step = step;
    const key = JSON.stringify([
      name,
      runs.map(({ run, steps, weights }) => [run?.id, steps.length, weights.length]),
    ]);
    this.redraw = () => this.build(runs, name);
    if (key !== this.drawn && this.width > 0) {
      this.drawn = key;
      this.redraw();
    } else if (moved) this.uplot?.redraw(false, false);
  }

  restyle(): void {
    this.uplot?.redraw(true, true);
  }

  private build(runs: readonly RunMasks[], name: string): void {
    this.uplot?.destroy();
    const lines = runs.flatMap((run, side) =>
      run.weights.map((weight, i) => ({
        run,
        side,
        index: i,
        chosen: weight.name === name,
      })),
    );
    // Drawn last, and so on top.
    lines.sort((a, b) => Number(a.chosen) - Number(b.chosen));
    const data = aligned(
      lines.map(({ run, index }) => ({
        x: run.steps,
        y: Float64Array.from(run.steps, (_, frame) => {
          const { active, size } = run.figuresAt(frame, index);
          return size === 0 ? 0 : (100 * active) / size;
        }),
      })),
    );
    const [steps, values] = axes(this.theme, false);
    this.uplot = new uPlot(
      {
        width: this.width,
        height: heightPixels,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 26, 0, 0],
        scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.08)] } },
        axes: [
          steps ?? {},
          {
            ...values,
            values: (_plot, splits) => splits.map((value) => `${Number(value.toPrecision(3))} %`),
          },
        ],
        series: [
          {},
          ...lines.map(({ side, chosen }) => ({
            stroke: () =>
              chosen ? (this.theme().lines[side] ?? this.theme().foreground) : this.theme().muted,
            width: chosen ? 2.5 : 1.25,
            alpha: chosen ? 1 : 0.8,
            ...(side === 1 && { dash: [6, 4] }),
            spanGaps: true,
            points: { show: data[0].length < 3, size: 5 },
          })),
        ],
        hooks: { draw: [(plot) => this.markStep(plot)] },
      },
      data,
      this.plot,
    );
    this.describe(runs, name);
  }

  private describe(runs: readonly RunMasks[], name: string): void {
    const texts = runs.flatMap((run) => {
      const weight = run.indexOf(name);
      if (weight < 0 || run.steps.length === 0) return [];
      const at = (frame: number) => formatDensity(run.figuresAt(frame, weight));
      return [`${run.run?.name}: from ${at(0)} to ${at(run.steps.length - 1)}`];
    });
    setText(
      this.caption,
      `Density by step, counted (thick: ${name}; thin: other layers${runs.length > 1 ? '; dashed: the other run' : ''})`,
    );
    this.plot.setAttribute('aria-label', `Density of ${name} by step. ${texts.join('. ')}`);
  }

  private markStep(plot: uPlot): void {
    if (this.step === undefined) return;
    const x = Math.round(plot.valToPos(this.step, 'x', true));
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = this.theme().foreground;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
