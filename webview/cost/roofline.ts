import type { CostView, Roof } from '../../src/protocol/costPanel';
import { formatThree } from '../../src/protocol/format';
import { element, setShown } from '../ui/dom';
import { svg } from '../ui/svg';
import { attainable, measuredPoint, ridgeOf, roofPoints, type MeasuredPoint, type RoofPoint } from './roof';

const width = 640;
const height = 260;
/** Parts that a screen reader is told of here; the table has all. */
const mostSaid = 30;
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
    const points = roofPoints(shown.rows, roof, shown.timing?.backend);
    const step = measuredPoint(shown.measured, roof);
    const memory = points.filter(({ bound }) => bound === 'memory').length;
    this.frame.replaceChildren(drawing(roof, { points, step }, this.openLayer));
    this.note.textContent =
      `Roof of ${roof.backend}, measured ${roof.measuredAt.slice(0, 10)}: ${formatThree(roof.gigaflopsPerSecond)} GFLOP/s, ` +
      `${formatThree(roof.gigabytesPerSecond)} GB/s. ${memory} of ${points.length} parts are bound by memory. ` +
      (points.some(({ predicted }) => predicted !== undefined)
        ? 'A point is a part of the step: its FLOPs a byte are counted, its speed is predicted by the calibration here.'
        : 'A point is the most that a part could reach: its FLOPs a byte are counted, its speed is not measured.') +
      (step
        ? ` The diamond is the whole step: ${formatThree(step.achieved)} GFLOP/s, measured in the last run.`
        : '');
  }
}

interface Drawn {
  readonly points: readonly RoofPoint[];
  /** The whole step, measured. */
  readonly step: MeasuredPoint | undefined;
}

function drawing(roof: Roof, { points, step }: Drawn, openLayer: (name: string) => void): SVGElement {
  const ridge = ridgeOf(roof);
  const steps = step ? [step] : [];
  const intensities = [...[...points, ...steps].map(({ intensity }) => intensity), ridge];
  const low = 10 ** Math.floor(Math.log10(Math.min(...intensities) / 1.5));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...intensities) * 1.5));
  const speeds = [...points.map(speedOf), ...steps.map(({ achieved }) => achieved)];
  const bottom = 10 ** Math.floor(Math.log10(Math.min(attainable(roof, low), ...speeds)));
  const top = 10 ** Math.ceil(Math.log10(Math.max(roof.gigaflopsPerSecond, ...speeds)));
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
      'aria-label': `Roofline of ${roof.backend}: ${[...points.slice(0, mostSaid).map(pointText), ...steps.map(stepText)].join('; ')}`,
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
          cy: String(y(speedOf(point))),
          r: '5',
          ...(point.row.line !== undefined && { 'data-opens': '' }),
        },
        svg('title', {}, pointText(point)),
      );
      if (point.row.line !== undefined) dot.addEventListener('click', () => openLayer(point.row.name));
      return dot;
    }),
    ...steps.map((each) => {
      const [at, on] = [x(each.intensity), y(each.achieved)];
      const corners = [`${at},${on - 8}`, `${at + 8},${on}`, `${at},${on + 8}`, `${at - 8},${on}`];
      return svg(
        'polygon',
        { class: 'measured', points: corners.join(' ') },
        svg('title', {}, stepText(each)),
      );
    }),
  );
}

function speedOf({ predicted, attainable: most }: RoofPoint): number {
  return predicted ?? most;
}

function stepText({ intensity, achieved }: MeasuredPoint): string {
  return `the whole step: ${formatThree(intensity)} FLOPs a byte, ${formatThree(achieved)} GFLOP/s measured`;
}

function pointText({ row, intensity, attainable: most, predicted, bound }: RoofPoint): string {
  const speed = predicted === undefined ? '' : `${formatThree(predicted)} GFLOP/s predicted, `;
  return `${row.name}: ${formatThree(intensity)} FLOPs a byte, ${speed}at most ${formatThree(most)} GFLOP/s, bound by ${bound}`;
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
