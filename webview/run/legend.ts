import { formatCount, formatMeasure } from '../../src/protocol/format';
import { element, setText } from '../ui/dom';
import { colourIndex, isTraining } from './chartStyle';
import { splitKey } from './curves';

const svgNamespace = 'http://www.w3.org/2000/svg';

/** Names the lines of a chart, shows their values, and hides them one by one. */
export class Legend {
  private readonly items = new Map<string, { button: HTMLElement; value: HTMLElement }>();
  private readonly step = element('span', { class: 'legend-step' });
  readonly root = element('div', { class: 'legend' });

  constructor(
    keys: readonly string[],
    context: { view(): { readonly hidden: ReadonlySet<string> }; toggle(key: string): void },
  ) {
    for (const key of keys) {
      const value = element('span', { class: 'legend-value' });
      const button = element(
        'button',
        { class: `legend-item line-${colourIndex(keys, key)}`, type: 'button', 'data-series': key },
        swatch(isTraining(key)),
        element('span', {}, splitKey(key).split),
        value,
      );
      button.title = `Show or hide ${key}`;
      button.addEventListener('click', () => context.toggle(key));
      this.items.set(key, { button, value });
      this.root.append(button);
    }
    this.root.append(this.step);
    this.restyle(context.view().hidden);
  }

  /** @param step of the cursor; undefined where the values are the last ones */
  show(values: ReadonlyMap<string, number>, step: number | undefined): void {
    for (const [key, { value }] of this.items) {
      const measured = values.get(key);
      setText(value, measured === undefined ? '' : formatMeasure(measured));
    }
    setText(this.step, step === undefined ? '' : `at step ${formatCount(step)}`);
  }

  restyle(hidden: ReadonlySet<string>): void {
    for (const [key, { button }] of this.items) button.setAttribute('aria-pressed', String(!hidden.has(key)));
  }
}

function swatch(solid: boolean): SVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 26 10');
  svg.setAttribute('width', '26');
  svg.setAttribute('height', '10');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(svgNamespace, 'line');
  const attributes = { x1: '0', y1: '5', x2: '26', y2: '5', 'stroke-width': '2', stroke: 'currentColor' };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, value);
  svg.append(line);
  if (solid) return svg;
  line.setAttribute('stroke-dasharray', '6 4');
  const point = document.createElementNS(svgNamespace, 'circle');
  for (const [name, value] of Object.entries({ cx: '13', cy: '5', r: '3.5', fill: 'currentColor' }))
    point.setAttribute(name, value);
  svg.append(point);
  return svg;
}
