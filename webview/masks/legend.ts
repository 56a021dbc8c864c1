import type { MaskMode } from '../../src/protocol/masksPanel';
import { element } from '../ui/dom';
import { svg } from '../ui/svg';
import { cssOf } from './colours';
import type { MaskColours } from './palette';

/** What the colours of a picture mean. */
export class MaskLegend {
  readonly root = element('ul', { class: 'mask-legend', 'aria-label': 'Colours' });

  update(mode: MaskMode, colours: MaskColours): void {
    this.root.replaceChildren(...entries(mode).map(([name, label]) => item(label, name, colours)));
  }
}

function entries(mode: MaskMode): [keyof MaskColours, string][] {
  if (mode === 'image')
    return [
      ['inactive', 'pixel without active weights'],
      ['strong', 'pixel with the most'],
    ];
  if (mode === 'magnitudes')
    return [
      ['inactive', 'no weight'],
      ['strong', 'largest weight'],
    ];
  return [
    ['active', 'active'],
    ['grown', 'grown by the last update'],
    ['dropped', 'dropped by the last update'],
    ['inactive', 'inactive'],
  ];
}

function item(label: string, name: keyof MaskColours, colours: MaskColours): HTMLElement {
  const hollow = name === 'dropped';
  const swatch = svg(
    'svg',
    { viewBox: '0 0 12 12', width: '12', height: '12', 'aria-hidden': 'true' },
    svg('rect', {
      x: hollow ? '1.5' : '0.5',
      y: hollow ? '1.5' : '0.5',
      width: hollow ? '9' : '11',
      height: hollow ? '9' : '11',
      fill: hollow ? cssOf(colours.inactive) : cssOf(colours[name]),
      stroke: cssOf(colours[name]),
      'stroke-width': hollow ? '3' : '1',
    }),
  );
  return element('li', {}, swatch, label);
}
