import type { CostView, Roof } from '../../src/protocol/costPanel';
import { formatThree } from '../../src/protocol/format';
import { element, setShown } from '../ui/dom';
import { svg } from '../ui/svg';
import { attainable, ridgeOf, roofPoints, type RoofPoint } from './roof';

const width = 640;
const height = 260;
const inner = { left: 56, right: 12, top: 14, bottom: 34 };

/** How fast each layer can be at best on a backend of this machine: its FLOPs a byte under the measured roof. */
export class Roofline {
  private readonly backends = element('select', { id: 'roofBackend', 'aria-label': 'Backend of the roof' });
  private readonly frame = element('div', { class: 'roofline-frame' });
  private readonly note = element('p', { class: 'note' });
  private view: CostView | undefined;
  private offered = '';
  readonly root: HTMLElement;

  constructor(private readonly openLayer: (name: string) => void) {
    this.backends.addEventListener('change', () => this.draw());
    this.root = element(
      'section',
      { 'aria-labelledby': 'roofTitle' },
      element(
        'div',
        { class: 'title' },
        element('h2', { id: 'roofTitle' }, 'Compute or memory'),
        this.backends,
      ),
      this.frame,
      this.note,
    );
  }

  update(view: CostView): void {
    this.view = view;
    setShown(this.root, view.roofs.length > 0 && view.shown !== undefined);
    const names = view.roofs.map(({ backend }) => backend);
    if (names.join() !== this.offered) {
      this.offered = names.join();
      this.backends.replaceChildren(...names.map((name) => element('option', { value: name }, name)));
    }
    this.draw();
  }

  private draw(): void {
    const { roofs = [], shown } = this.view ?? {};
    const roof = roofs.find(({ backend }) => backend === this.backends.value) ?? roofs[0];
    if (!roof || !shown) return;
    const points = roofPoints(shown.rows, roof);
    const memory = points.filter(({ bound }) => bound === 'memory').length;
    this.frame.replaceChildren(drawing(roof, points, this.openLayer));
    this.note.textContent =
      `Roof of ${roof.backend}, measured ${roof.measuredAt.slice(0, 10)}: ${formatThree(roof.gigaflopsPerSecond)} GFLOP/s, ` +
      `${formatThree(roof.gigabytesPerSecond)} GB/s. ${memory} of ${points.length} parts are bound by memory. ` +
      'A point is the most that a part could reach: its FLOPs a byte are counted, its speed is not measured.';
  }
}

function drawing(roof: Roof, points: readonly RoofPoint[], openLayer: (name: string) => void): SVGElement {
  const ridge = ridgeOf(roof);
  const intensities = [...points.map(({ intensity }) => intensity), ridge];
  const low = 10 ** Math.floor(Math.log10(Math.min(...intensities) / 1.5));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...intensities) * 1.5));
  const bottom = 10 ** Math.floor(Math.log10(attainable(roof, low)));
  const top = 10 ** Math.ceil(Math.log10(roof.gigaflopsPerSecond));
  const along = (value: number, from: number, to: number) =>
    Math.log10(value / from) / Math.max(1e-9, Math.log10(to / from));
  const x = (value: number) => inner.left + along(value, low, high) * (width - inner.left - inner.right);
  const y = (value: number) =>
    height - inner.bottom - along(value, bottom, top) * (height - inner.top - inner.bottom);
  const line = [low, ridge, high].map((at) => `${x(at)},${y(attainable(roof, at))}`).join(' ');
  return svg(
    'svg',
    {
      role: 'img',
      class: 'roofline',
      viewBox: `0 0 ${width} ${height}`,
      'aria-label': `Roofline of ${roof.backend}: ${points.map(pointText).join('; ')}`,
    },
    ...powers(low, high).map((at) =>
      tick({ x: x(at), y: height - inner.bottom + 16 }, formatThree(at), 'middle'),
    ),
    ...powers(bottom, top).map((at) => tick({ x: inner.left - 6, y: y(at) + 4 }, formatThree(at), 'end')),
    tick({ x: width - inner.right, y: height - 3 }, 'FLOPs a byte moved', 'end'),
    tick({ x: inner.left + 8, y: 16 }, 'GFLOP/s', 'start'),
    svg('polyline', { class: 'roof', points: line }),
    ...points.map((point) => {
      const dot = svg(
        'circle',
        {
          class: `point ${point.bound}`,
          cx: String(x(point.intensity)),
          cy: String(y(point.attainable)),
          r: '5',
          ...(point.row.line !== undefined && { 'data-opens': '' }),
        },
        svg('title', {}, pointText(point)),
      );
      if (point.row.line !== undefined) dot.addEventListener('click', () => openLayer(point.row.name));
      return dot;
    }),
  );
}

function pointText({ row, intensity, attainable: most, bound }: RoofPoint): string {
  return `${row.name}: ${formatThree(intensity)} FLOPs a byte, at most ${formatThree(most)} GFLOP/s, bound by ${bound}`;
}

function powers(from: number, to: number): number[] {
  const all: number[] = [];
  for (let power = Math.round(Math.log10(from)); power <= Math.round(Math.log10(to)); power++)
    all.push(10 ** power);
  return all;
}

function tick(at: { x: number; y: number }, text: string, anchor: string): SVGElement {
  return svg('text', { x: String(at.x), y: String(at.y), 'text-anchor': anchor }, text);
}
