import type { RunRow } from '../../src/protocol/runsTable';
import type { Theme } from '../ui/theme';
import { paretoFront, type Better } from './pareto';
import type { Scale } from './scale';

const frame = { left: 74, right: 16, top: 12, bottom: 34 };
/** A point is found from this far. */
const reach = 12;

interface Placed {
  readonly key: string;
  readonly x: number;
  readonly y: number;
}

export interface Axis {
  readonly title: string;
  readonly scale: Scale;
  readonly place: number;
  /** Absent where neither end is better: then there is no front. */
  readonly better: Better | undefined;
}

/** Runs as points of two columns, with the Pareto front. */
export class Scatter {
  private placed: Placed[] = [];
  /** Keys of the runs on the front, from the best x on. */
  front: readonly string[] = [];

  constructor(
    readonly x: Axis,
    readonly y: Axis,
    rows: readonly RunRow[],
    private readonly size: { readonly width: number; readonly height: number },
  ) {
    const wide = Math.max(1, size.width - frame.left - frame.right);
    const high = Math.max(1, size.height - frame.top - frame.bottom);
    for (const { key, cells } of rows) {
      const atX = x.scale.position(cells[x.place]);
      const atY = y.scale.position(cells[y.place]);
      if (atX === undefined || atY === undefined) continue;
      this.placed.push({ key, x: frame.left + atX * wide, y: frame.top + (1 - atY) * high });
    }
    if (x.better && y.better) {
      // On the page, y grows downwards; scales keep the order of values.
      const points = this.placed.map((point) => ({ x: point.x, y: -point.y }));
      this.front = paretoFront(points, { x: x.better, y: y.better }).map((i) => this.placed[i]?.key ?? '');
    }
  }

  /** How many runs have both values. */
  get count(): number {
    return this.placed.length;
  }

  /** The run next to a place of the page. */
  nearest(x: number, y: number): string | undefined {
    let best: string | undefined;
    let least = reach ** 2;
    for (const point of this.placed) {
      const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
      if (distance > least) continue;
      least = distance;
      best = point.key;
    }
    return best;
  }

  /** Runs in a rectangle of the page. */
  within(a: { x: number; y: number }, b: { x: number; y: number }): string[] {
    const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
    const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
    return this.placed
      .filter(({ x, y }) => x >= left && x <= right && y >= top && y <= bottom)
      .map(({ key }) => key);
  }

  draw(
    context: CanvasRenderingContext2D,
    theme: Theme,
    marks: { readonly hovered: string | undefined; isSelected(key: string): boolean },
  ): void {
    this.drawAxes(context, theme);
    const onFront = new Set(this.front);
    const [usual = theme.foreground, accent = theme.foreground] = theme.lines;
    context.globalAlpha = this.placed.length > 500 ? 0.35 : 0.7;
    context.fillStyle = usual;
    for (const { key, x, y } of this.placed) if (!onFront.has(key)) disc(context, x, y, 3.5);
    context.globalAlpha = 1;
    this.drawFront(context, accent);
    context.lineWidth = 2;
    context.strokeStyle = theme.foreground;
    for (const { key, x, y } of this.placed) {
      if (!marks.isSelected(key) && key !== marks.hovered) continue;
      context.fillStyle = onFront.has(key) ? accent : usual;
      disc(context, x, y, 5);
      ring(context, x, y, key === marks.hovered ? 8 : 6.5);
    }
  }

  /** A line of steps: what is behind it is beaten. Diamonds, so that colour is not all that tells. */
  private drawFront(context: CanvasRenderingContext2D, colour: string): void {
    const places = new Map(this.placed.map((point) => [point.key, point]));
    const points = this.front.map((key) => places.get(key)).filter((point) => point !== undefined);
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.setLineDash([5, 3]);
    context.beginPath();
    for (const [i, { x, y }] of points.entries()) {
      const before = points[i - 1];
      if (before) context.lineTo(x, before.y);
      context.lineTo(x, y);
    }
    context.stroke();
    context.setLineDash([]);
    for (const { x, y } of points) {
      context.beginPath();
      context.moveTo(x, y - 6);
      context.lineTo(x + 6, y);
      context.lineTo(x, y + 6);
      context.lineTo(x - 6, y);
      context.closePath();
      context.fill();
    }
  }

  private drawAxes(context: CanvasRenderingContext2D, theme: Theme): void {
    const { width, height } = this.size;
    const bottom = height - frame.bottom;
    context.strokeStyle = theme.grid;
    context.fillStyle = theme.muted;
    context.lineWidth = 1;
    context.textBaseline = 'top';
    context.textAlign = 'center';
    let end = -Infinity;
    for (const { at, label } of this.x.scale.ticks) {
      const x = Math.round(frame.left + at * (width - frame.left - frame.right)) + 0.5;
      line(context, x, frame.top, x, bottom);
      const half = context.measureText(label).width / 2;
      if (x - half < end + 8) continue;
      context.fillText(label, x, bottom + 4);
      end = x + half;
    }
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const { at, label } of this.y.scale.ticks) {
      const y = Math.round(frame.top + (1 - at) * (bottom - frame.top)) + 0.5;
      line(context, frame.left, y, width - frame.right, y);
      context.fillText(shortened(context, label, frame.left - 10), frame.left - 6, y);
    }
    context.fillStyle = theme.foreground;
    context.textBaseline = 'bottom';
    context.textAlign = 'center';
    const suffix = this.x.scale.isLogarithmic ? ' (log)' : '';
    context.fillText(`${this.x.title}${suffix}`, (frame.left + width - frame.right) / 2, height - 1);
    context.textAlign = 'left';
    context.textBaseline = 'top';
    context.fillText(
      `${this.y.title}${this.y.scale.isLogarithmic ? ' (log)' : ''}`,
      frame.left + 6,
      frame.top + 2,
    );
  }
}

export function shortened(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

export function line(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}
