import { formatCount } from '../../src/protocol/format';
import { element, setText } from '../ui/dom';
import { svg } from '../ui/svg';

const width = 280;
const height = 84;
const mostBars = 28;
/** Between those that have none and the others. */
const gap = 18;

/** How many units have how many active weights. Those that have none stand apart, at the left. */
export class Histogram {
  private readonly drawing = svg('svg', {
    viewBox: `0 0 ${width} ${height + 16}`,
    role: 'img',
    class: 'histogram',
  });
  private readonly caption = element('figcaption');
  private drawn: Uint32Array | undefined;
  readonly root = element('figure', { class: 'degrees' }, this.caption, this.drawing);

  /** @param unit "outputs" or "inputs" */
  constructor(
    private readonly title: string,
    private readonly unit: string,
  ) {}

  /** @param degrees active weights of each unit */
  update(degrees: Uint32Array): void {
    if (degrees === this.drawn) return;
    this.drawn = degrees;
    const { bars, from } = barsOf(degrees);
    const dead = bars[0] ?? 0;
    const highest = Math.max(1, ...bars);
    const wide = (width - gap) / Math.max(2, bars.length);
    const left = (i: number) => i * wide + (i > 0 ? gap : 0);
    const shapes = bars.map((count, i) =>
      svg('rect', {
        x: String(left(i) + 1),
        y: String(height - (count / highest) * (height - 12)),
        width: String(Math.max(1, wide - 2)),
        height: String((count / highest) * (height - 12)),
        class: i === 0 ? 'dead' : 'bar',
      }),
    );
    const low = from;
    const high = spreadOf(degrees).most;
    const text = (x: number, anchor: string, label: string) =>
      svg('text', { x: String(x), y: String(height + 12), 'text-anchor': anchor }, label);
    this.drawing.replaceChildren(
      svg('line', { x1: '0', x2: String(width), y1: String(height), y2: String(height), class: 'axis' }),
      ...shapes,
      text(wide / 2, 'middle', '0'),
      ...(bars.length > 1
        ? [text(left(1) + 1, 'start', formatCount(low)), text(width, 'end', formatCount(high))]
        : []),
    );
    const { least, median, most } = spreadOf(degrees);
    const summary = `${this.title}: ${formatCount(least)} to ${formatCount(most)}, median ${formatCount(median)}; ${formatCount(dead)} of ${formatCount(degrees.length)} ${this.unit} have none`;
    this.drawing.setAttribute('aria-label', summary);
    setText(this.caption, summary);
  }
}

/** Counts by degree: of 0 alone, then of equal ranges from the least degree on. */
function barsOf(degrees: Uint32Array): { bars: number[]; from: number } {
  let [from, to] = [Infinity, 0];
  for (const degree of degrees)
    if (degree > 0) {
      from = Math.min(from, degree);
      to = Math.max(to, degree);
    }
  if (to === 0) return { bars: [degrees.length], from: 1 };
  const step = Math.ceil((to - from + 1) / mostBars);
  const bars = new Array<number>(Math.ceil((to - from + 1) / step) + 1).fill(0);
  for (const degree of degrees) {
    const at = degree === 0 ? 0 : 1 + Math.floor((degree - from) / step);
    bars[at] = (bars[at] ?? 0) + 1;
  }
  return { bars, from };
}

function spreadOf(degrees: Uint32Array): { least: number; median: number; most: number } {
  const sorted = degrees.slice().sort();
  return {
    least: sorted[0] ?? 0,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    most: sorted.at(-1) ?? 0,
  };
}
