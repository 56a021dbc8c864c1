import { formatMeasure } from '../../src/protocol/format';
import { element, setText } from '../ui/dom';
import { svg } from '../ui/svg';
import { lineId, type Line, type Look } from './chartStyle';
import { splitKey } from './curves';

/** Names the lines of a chart, shows their values, and hides them one by one. */
export class Legend {
  private readonly items = new Map<string, { button: HTMLElement; value: HTMLElement }>();
  private readonly place = element('span', { class: 'legend-step' });
  readonly root = element('div', { class: 'legend' });

  constructor(
    lines: readonly Line[],
    severalRuns: boolean,
    context: { hidden(): ReadonlySet<string>; toggle(id: string): void },
  ) {
    for (const { run, key, look } of lines) {
      const id = lineId(run, key);
      if (this.items.has(id)) continue;
      const { split } = splitKey(key);
      const name = severalRuns ? `${run.label} ${split}` : split;
      const value = element('span', { class: 'legend-value' });
      const button = element(
        'button',
        { class: `legend-item line-${look.colour % 5}`, type: 'button', 'data-series': key },
        swatch(look),
        element('span', {}, name),
        value,
      );
      if (run.index > 0) button.dataset.run = run.directory;
      button.title = `Show or hide ${severalRuns ? `${key} of ${run.label}` : key}`;
      button.addEventListener('click', () => context.toggle(id));
      this.items.set(id, { button, value });
      this.root.append(button);
    }
    this.root.append(this.place);
    this.restyle(context.hidden());
  }

  /** @param place of the cursor in words; undefined where the values are the last ones */
  show(values: ReadonlyMap<string, number>, place: string | undefined): void {
    for (const [id, { value }] of this.items) {
      const measured = values.get(id);
      setText(value, measured === undefined ? '' : formatMeasure(measured));
    }
    setText(this.place, place === undefined ? '' : `at ${place}`);
  }

  restyle(hidden: ReadonlySet<string>): void {
    for (const [id, { button }] of this.items) button.setAttribute('aria-pressed', String(!hidden.has(id)));
  }
}

/** A piece of a line, in the colour of the text around it. */
export function swatch({ dash, points }: Look): SVGElement {
  const line = svg('line', {
    x1: '0',
    y1: '5',
    x2: '26',
    y2: '5',
    'stroke-width': '2',
    stroke: 'currentColor',
    ...(dash.length > 0 && { 'stroke-dasharray': dash.join(' ') }),
  });
  const point = svg('circle', { cx: '13', cy: '5', r: '3.5', fill: 'currentColor' });
  const attributes = { viewBox: '0 0 26 10', width: '26', height: '10', 'aria-hidden': 'true' };
  return svg('svg', attributes, line, ...(points ? [point] : []));
}
