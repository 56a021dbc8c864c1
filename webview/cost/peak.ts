import type { CostView, HeldAtPeak } from '../../src/protocol/costPanel';
import { formatBytes } from '../../src/protocol/format';
import { formatShare } from '../../src/protocol/formatCost';
import { element, setShown } from '../ui/dom';

const shownParts = 10;
const texts: Readonly<Record<HeldAtPeak['what'], string>> = {
  weights: 'weights, and what the optimizer keeps',
  batch: 'examples and labels',
  before: 'made before the step: weights, data',
  forward: 'forward pass',
  backward: 'backward pass',
  optimizer: 'update',
  data: 'in between',
};

/** What is alive when most memory is held. */
export class PeakList {
  private readonly list = element('ol', { class: 'peak-list' });
  private readonly title = element('h2', { id: 'peakTitle' });
  /** Name of the model that it is of. */
  private of: string | undefined;
  readonly root: HTMLElement;

  constructor() {
    this.root = element('section', { 'aria-labelledby': 'peakTitle', class: 'peak' }, this.title, this.list);
  }

  update({ shown }: CostView): void {
    const { timeline, pending, name } = shown ?? {};
    if (!timeline && pending && name === this.of) return;
    this.of = name;
    setShown(this.root, timeline !== undefined);
    if (!timeline) return;
    const all = timeline.atPeak.reduce((sum, { bytes }) => sum + bytes, 0);
    this.title.textContent = `Alive at the peak of ${formatBytes(all)}`;
    const rest = timeline.atPeak.slice(shownParts);
    const restBytes = rest.reduce((sum, { bytes }) => sum + bytes, 0);
    this.list.replaceChildren(
      ...timeline.atPeak
        .slice(0, shownParts)
        .map((part) => item(partText(part), part.bytes, all, timeline.atPeak[0]?.bytes ?? all)),
      ...(rest.length > 0
        ? [item(`${rest.length} smaller ones`, restBytes, all, timeline.atPeak[0]?.bytes ?? all)]
        : []),
    );
  }
}

/** `forward pass of conv2d_Conv2D1`. */
function partText({ what, layer }: HeldAtPeak): string {
  return layer === undefined ? texts[what] : `${texts[what]} of ${layer}`;
}

function item(text: string, bytes: number, all: number, largest: number): HTMLElement {
  const bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--share', String(Math.min(1, bytes / largest)));
  return element(
    'li',
    {},
    element('span', { class: 'what' }, text),
    element('span', { class: 'bytes' }, ` ${formatBytes(bytes)}, ${formatShare(all > 0 ? bytes / all : 0)}`),
    bar,
  );
}
