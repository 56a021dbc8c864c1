import type { CostRow, CostView } from '../../src/protocol/costPanel';
import { formatShare } from '../../src/protocol/formatCost';
import { element, setShown } from '../ui/dom';
import { svg } from '../ui/svg';
import { squarify } from './squarify';

const heightPixels = 220;
/** Letters of a label take about this. */
const letterPixels = 7;
const colours = 5;

/** Every layer as a rectangle, as large as its share of a step's work. The table says the same, and keys reach that. */
export class Treemap {
  private readonly drawing = svg('svg', { role: 'img', class: 'treemap' });
  private rows: readonly CostRow[] = [];
  private width = 0;
  readonly root: HTMLElement;

  constructor(private readonly openLayer: (name: string) => void) {
    const frame = element('div', { class: 'treemap-frame' });
    frame.append(this.drawing);
    this.root = element(
      'section',
      { 'aria-labelledby': 'treemapTitle' },
      element('h2', { id: 'treemapTitle' }, 'Share of a step’s work'),
      frame,
    );
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width === this.width) return;
      this.width = width;
      this.draw();
    }).observe(frame);
  }

  update({ shown }: CostView): void {
    this.rows = (shown?.rows ?? []).filter(({ now }) => (now?.all ?? 0) > 0);
    setShown(this.root, this.rows.length > 1);
    this.draw();
  }

  private draw(): void {
    const { rows, width } = this;
    if (width === 0) return;
    const values = rows.map(({ now }) => now?.all ?? 0);
    const all = values.reduce((sum, value) => sum + value, 0);
    const classes = [...new Set(rows.map(({ className }) => className))];
    this.drawing.setAttribute('viewBox', `0 0 ${width} ${heightPixels}`);
    this.drawing.setAttribute('height', String(heightPixels));
    this.drawing.setAttribute('aria-label', describe(rows, all));
    this.drawing.replaceChildren(
      ...squarify(values, width, heightPixels).map(({ index, x, y, width: wide, height: high }) => {
        const row = rows[index] as CostRow;
        const share = formatShare((values[index] ?? 0) / all);
        const tile = svg(
          'g',
          {
            class: `tile tile-${classes.indexOf(row.className) % colours}`,
            'data-layer': row.name,
            ...(row.line !== undefined && { 'data-opens': '' }),
          },
          svg('title', {}, `${row.name}: ${share} of a step's FLOPs`),
          svg('rect', {
            x: String(x + 1),
            y: String(y + 1),
            width: String(Math.max(0, wide - 2)),
            height: String(Math.max(0, high - 2)),
          }),
          ...labels(row.name, share, { x, y, wide, high }),
        );
        if (row.line !== undefined) tile.addEventListener('click', () => this.openLayer(row.name));
        return tile;
      }),
    );
  }
}

/** Only what fits. */
function labels(
  name: string,
  share: string,
  { x, y, wide, high }: { x: number; y: number; wide: number; high: number },
): SVGElement[] {
  const most = Math.floor((wide - 12) / letterPixels);
  if (most < 3 || high < 20) return [];
  const shown = name.length > most ? `${name.slice(0, most - 1)}…` : name;
  const at = (line: number) => ({ x: String(x + 7), y: String(y + 16 + 15 * line) });
  return [
    ...(most < 4 ? [] : [svg('text', at(0), shown)]),
    ...(high < 36 ? [] : [svg('text', { ...at(1), class: 'share' }, share)]),
  ];
}

function describe(rows: readonly CostRow[], all: number): string {
  const largest = [...rows].sort((a, b) => (b.now?.all ?? 0) - (a.now?.all ?? 0)).slice(0, 3);
  const texts = largest.map(({ name, now }) => `${name} ${formatShare((now?.all ?? 0) / all)}`);
  return `Treemap of ${rows.length} parts. Largest: ${texts.join(', ')}.`;
}
