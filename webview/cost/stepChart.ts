import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { CostTimeline, CostView } from '../../src/protocol/costPanel';
import { formatBytes, formatCount } from '../../src/protocol/format';
import { formatShare } from '../../src/protocol/formatCost';
import { element, setShown, setText } from '../ui/dom';
import type { Theme } from '../ui/theme';
import { momentText, phaseSpans, startsOf } from './stepParts';

const heightPixels = 240;
/** Above the peak there is room for its name. */
const headroom = 1.2;

/** A step from its first kernel to its last: what is held in memory, how far the work is, and where the peak is. */
export class StepChart {
  private readonly plot = element('div', {
    class: 'plot',
    tabindex: '0',
    role: 'slider',
    'aria-label': 'Kernels of the step under the cursor',
    'aria-valuenow': '0',
  });
  private readonly readout = element('p', { class: 'readout note', id: 'moment' });
  private uplot: uPlot | undefined;
  private timeline: CostTimeline | undefined;
  /** Name of its model. */
  private of: string | undefined;
  private starts: number[] = [];
  private width = 0;
  readonly root: HTMLElement;

  constructor(private readonly theme: () => Theme) {
    this.root = element(
      'section',
      { 'aria-labelledby': 'stepTitle' },
      element('h2', { id: 'stepTitle' }, 'The step, kernel by kernel'),
      this.plot,
      this.readout,
    );
    this.plot.addEventListener('keydown', (event) => this.key(event));
    this.plot.addEventListener('blur', () => this.uplot?.setCursor({ left: -10, top: -10 }));
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width <= 0 || width === this.width) return;
      this.width = width;
      if (this.uplot) this.uplot.setSize({ width, height: heightPixels });
      else this.draw();
    }).observe(this.plot);
  }

  update({ shown }: CostView): void {
    const { timeline } = shown ?? {};
    // While another batch size is traced, the last picture stays; the header says that it is not yet there.
    if (!timeline && shown?.pending && shown.name === this.of) return;
    this.of = shown?.name;
    const changed = JSON.stringify(timeline) !== JSON.stringify(this.timeline);
    this.timeline = timeline;
    setShown(this.root, timeline !== undefined);
    if (!timeline || !changed) return;
    this.starts = startsOf(timeline);
    if (this.uplot) this.uplot.setData(this.data());
    else this.draw();
    this.say();
  }

  restyle(): void {
    this.uplot?.redraw(true, true);
  }

  private data(): uPlot.AlignedData {
    const { timeline, starts } = this;
    if (!timeline) return [[], [], []];
    const all = timeline.flops.reduce((sum, flops) => sum + flops, 0);
    let done = 0;
    const share = timeline.flops.map((flops) => (all > 0 ? (done += flops) / all : 0));
    const end = (starts.at(-1) ?? 0) + (timeline.kernels.at(-1) ?? 0);
    // The last entry is as wide as the others.
    return [
      [...starts, end],
      [...timeline.heldBytes, timeline.heldBytes.at(-1) ?? 0],
      [0, ...share],
    ];
  }

  private draw(): void {
    if (this.width === 0 || !this.timeline) return;
    const { theme } = this;
    const common = {
      stroke: () => theme().muted,
      grid: { stroke: () => theme().grid, width: 1 },
      ticks: { show: false },
      font: theme().font,
    };
    this.uplot = new uPlot(
      {
        width: this.width,
        height: heightPixels,
        legend: { show: false },
        padding: [18, 8, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, dist: 4 } },
        scales: {
          x: { time: false },
          bytes: { range: (_plot, _low, high) => [0, (high || 1) * headroom] },
          share: { range: [0, headroom] },
        },
        axes: [
          { ...common, size: 26, values: (_plot, splits) => splits.map((kernel) => formatCount(kernel)) },
          {
            ...common,
            scale: 'bytes',
            size: 64,
            values: (_plot, splits) => splits.map((bytes) => formatBytes(bytes)),
          },
          {
            ...common,
            scale: 'share',
            side: 1,
            size: 46,
            grid: { show: false },
            splits: [0, 0.5, 1],
            values: (_plot, splits) => splits.map((share) => formatShare(share)),
          },
        ],
        series: [
          {},
          {
            scale: 'bytes',
            ...paths,
            stroke: () => theme().foreground,
            fill: () => `color-mix(in srgb, ${theme().foreground} 14%, transparent)`,
            width: 1.5,
            points: { show: false },
          },
          {
            scale: 'share',
            stroke: () => theme().muted,
            dash: [5, 4],
            width: 1.5,
            points: { show: false },
          },
        ],
        hooks: {
          drawClear: [(plot) => this.drawPhases(plot)],
          draw: [(plot) => this.drawPeak(plot)],
          setCursor: [() => this.say()],
        },
      },
      this.data(),
      this.plot,
    );
  }

  /** A band for each part of the step, named at its top. */
  private drawPhases(plot: uPlot): void {
    const { timeline, starts } = this;
    if (!timeline) return;
    const { ctx, bbox } = plot;
    const theme = this.theme();
    ctx.save();
    for (const { phase, from, to } of phaseSpans(timeline, starts)) {
      const colour = theme.lines[timeline.phases.indexOf(phase) % theme.lines.length] ?? theme.foreground;
      const left = Math.max(bbox.left, plot.valToPos(from, 'x', true));
      const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, 'x', true));
      if (right - left < 1) continue;
      ctx.globalAlpha = theme.highContrast ? 0 : 0.13;
      ctx.fillStyle = colour;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillStyle = colour;
      ctx.fillRect(left, bbox.top - 3 * devicePixelRatio, right - left, 3 * devicePixelRatio);
      ctx.font = fontOf(theme);
      ctx.fillStyle = theme.foreground;
      if (ctx.measureText(phase).width < right - left)
        ctx.fillText(phase, left, bbox.top - 6 * devicePixelRatio);
    }
    ctx.restore();
  }

  private drawPeak(plot: uPlot): void {
    const { timeline, starts } = this;
    if (!timeline) return;
    const { ctx, bbox } = plot;
    const theme = this.theme();
    const bytes = timeline.heldBytes[timeline.peak] ?? 0;
    const middle = (starts[timeline.peak] ?? 0) + (timeline.kernels[timeline.peak] ?? 0) / 2;
    const x = plot.valToPos(middle, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    const y = plot.valToPos(bytes, 'bytes', true);
    ctx.save();
    ctx.strokeStyle = theme.foreground;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillStyle = theme.foreground;
    ctx.beginPath();
    ctx.arc(x, y, 4 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.font = fontOf(theme);
    const text = `peak ${formatBytes(bytes)}`;
    const wide = ctx.measureText(text).width + 10 * devicePixelRatio;
    const fits = x + wide / 2 < bbox.left + bbox.width;
    ctx.fillText(text, fits ? Math.max(bbox.left, x - wide / 2) : x - wide, y - 9 * devicePixelRatio);
    ctx.restore();
  }

  /** What runs under the cursor, or at the peak where there is none. */
  private say(): void {
    const { timeline, starts, uplot } = this;
    if (!timeline) return;
    const under = uplot?.cursor.idx;
    const entry = Math.min(under ?? timeline.peak, starts.length - 1);
    const text = momentText(timeline, starts, entry);
    setText(this.readout, under == null ? `At the peak: ${text}` : text);
    this.plot.setAttribute('aria-valuemin', '0');
    this.plot.setAttribute('aria-valuemax', String(starts.length - 1));
    this.plot.setAttribute('aria-valuenow', String(entry));
    this.plot.setAttribute('aria-valuetext', text);
  }

  private key(event: KeyboardEvent): void {
    const { uplot, starts, timeline } = this;
    if (!uplot || !timeline) return;
    const last = starts.length - 1;
    const page = Math.max(1, Math.round(last / 10));
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -page, PageUp: page };
    const from = uplot.cursor.idx ?? timeline.peak;
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? last : from + (moves[event.key] ?? NaN);
    if (Number.isNaN(to)) return;
    event.preventDefault();
    const at = Math.min(last, Math.max(0, to));
    uplot.setCursor({ left: uplot.valToPos(starts[at] ?? 0, 'x'), top: 10 });
  }
}

const stepped = uPlot.paths.stepped?.({ align: 1 });
const paths = stepped ? { paths: stepped } : {};

function fontOf(theme: Theme): string {
  return theme.font.replace(/^(\d+)px/, (_, size) => `${Number(size) * devicePixelRatio}px`);
}
