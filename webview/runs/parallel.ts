import type { RunRow } from '../../src/protocol/runsTable';
import type { Theme } from '../ui/theme';
import { line, shortened, type Axis } from './scatter';

const frame = { left: 60, right: 60, top: 26, bottom: 12 };
const reach = 8;

interface Path {
  readonly key: string;
  /** Height at each axis, in pixels of the page; undefined where nothing is known. */
  readonly ys: readonly (number | undefined)[];
  /** Of the last axis, from 0 to 1: its colour. */
  readonly shade: number | undefined;
}

/** Runs as lines over several columns, coloured by the last one. */
export class Parallel {
  private readonly paths: readonly Path[];
  private readonly xs: readonly number[];

  constructor(
    readonly axes: readonly Axis[],
    rows: readonly RunRow[],
    private readonly size: { readonly width: number; readonly height: number },
  ) {
    const wide = size.width - frame.left - frame.right;
    this.xs = axes.map((_, i) => frame.left + (axes.length > 1 ? (i * wide) / (axes.length - 1) : wide / 2));
    const high = size.height - frame.top - frame.bottom;
    this.paths = rows.map(({ key, cells }) => {
      const at = axes.map(({ scale, place }) => scale.position(cells[place]));
      return {
        key,
        ys: at.map((each) => (each === undefined ? undefined : frame.top + (1 - each) * high)),
        shade: at.at(-1),
      };
    });
  }

  get count(): number {
    return this.paths.filter(({ ys }) => ys.filter((y) => y !== undefined).length > 1).length;
  }

  /** The axis next to a place of the page. */
  axisAt(x: number): number {
    let best = 0;
    this.xs.forEach((each, i) => {
      if (Math.abs(each - x) < Math.abs((this.xs[best] ?? 0) - x)) best = i;
    });
    return best;
  }

  /** The run whose line is next to a place of the page. */
  nearest(x: number, y: number): string | undefined {
    const i = Math.max(0, this.xs.findIndex((each) => each > x) - 1);
    const from = this.xs[i] ?? 0;
    const to = this.xs[i + 1] ?? from + 1;
    const share = Math.min(1, Math.max(0, (x - from) / (to - from)));
    let best: string | undefined;
    let least = reach;
    for (const { key, ys } of this.paths) {
      const [a, b] = [ys[i], ys[i + 1]];
      if (a === undefined || b === undefined) continue;
      const distance = Math.abs(a + (b - a) * share - y);
      if (distance >= least) continue;
      least = distance;
      best = key;
    }
    return best;
  }

  /** Runs whose line crosses an axis between two heights. */
  crossing(axis: number, from: number, to: number): string[] {
    const [top, bottom] = [Math.min(from, to), Math.max(from, to)];
    return this.paths
      .filter(({ ys }) => {
        const y = ys[axis];
        return y !== undefined && y >= top && y <= bottom;
      })
      .map(({ key }) => key);
  }

  draw(
    context: CanvasRenderingContext2D,
    theme: Theme,
    marks: {
      readonly hovered: string | undefined;
      isSelected(key: string): boolean;
      readonly anySelected: boolean;
    },
  ): void {
    const many = this.paths.length > 300;
    const faint = marks.anySelected ? 0.12 : many ? 0.25 : 0.65;
    context.lineWidth = many ? 1 : 1.5;
    for (const path of this.paths) {
      if (marks.isSelected(path.key) || path.key === marks.hovered) continue;
      this.stroke(context, path, faint, theme);
    }
    for (const path of this.paths) {
      if (!marks.isSelected(path.key)) continue;
      context.lineWidth = 2;
      this.stroke(context, path, 1, theme);
    }
    const hovered = this.paths.find(({ key }) => key === marks.hovered);
    if (hovered) {
      context.lineWidth = 3.5;
      this.stroke(context, hovered, 1, theme, theme.foreground);
    }
    this.drawAxes(context, theme);
  }

  private stroke(
    context: CanvasRenderingContext2D,
    { ys, shade }: Path,
    alpha: number,
    theme: Theme,
    colour = shadeOf(theme, shade),
  ): void {
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    context.beginPath();
    let isDown = false;
    ys.forEach((y, i) => {
      if (y === undefined) isDown = false;
      else {
        if (isDown) context.lineTo(this.xs[i] ?? 0, y);
        else context.moveTo(this.xs[i] ?? 0, y);
        isDown = true;
      }
    });
    context.stroke();
    context.globalAlpha = 1;
  }

  private drawAxes(context: CanvasRenderingContext2D, theme: Theme): void {
    const bottom = this.size.height - frame.bottom;
    const room = (this.xs[1] ?? this.size.width) - (this.xs[0] ?? 0);
    this.axes.forEach(({ title, scale }, i) => {
      const x = Math.round(this.xs[i] ?? 0) + 0.5;
      context.strokeStyle = theme.muted;
      context.lineWidth = 1;
      line(context, x, frame.top, x, bottom);
      context.textAlign = 'center';
      context.textBaseline = 'alphabetic';
      context.fillStyle = theme.foreground;
      const heading = `${title}${scale.isLogarithmic ? ' (log)' : ''}`;
      context.fillText(shortened(context, heading, Math.max(40, room - 8)), x, frame.top - 10);
      context.textAlign = 'left';
      context.textBaseline = 'middle';
      for (const { at, label } of scale.ticks) {
        const y = frame.top + (1 - at) * (bottom - frame.top);
        line(context, x - 3, y, x + 3, y);
        // On what lines are behind it, text is read only with a ground of its own.
        context.lineWidth = 3;
        context.strokeStyle =
          getComputedStyle(context.canvas).getPropertyValue('--plot-ground') || 'transparent';
        const text = shortened(context, label, Math.max(30, room - 20));
        context.strokeText(text, x + 6, y);
        context.fillStyle = theme.muted;
        context.fillText(text, x + 6, y);
        context.lineWidth = 1;
        context.strokeStyle = theme.muted;
      }
    });
  }
}

/** From the theme's blue at the low end to its orange at the high one. */
function shadeOf({ lines, foreground }: Theme, shade: number | undefined): string {
  if (shade === undefined) return foreground;
  const [low = foreground, high = foreground] = lines;
  return `color-mix(in oklab, ${high} ${Math.round(shade * 20) * 5}%, ${low})`;
}
