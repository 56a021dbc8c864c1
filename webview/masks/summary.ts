import { formatCount } from '../../src/protocol/format';
import { formatDensity } from '../../src/protocol/formatDensity';
import type { MaskWeight } from '../../src/protocol/masksPanel';
import type { Figures } from './runMasks';

/** "784 × 300". */
export function shapeText({ shape }: Pick<MaskWeight, 'shape'>): string {
  return shape.join(' × ');
}

/** What the last update did: "1,200 grown, 1,200 dropped". */
export function changeText({ grown, dropped }: Pick<Figures, 'grown' | 'dropped'>): string {
  return grown + dropped === 0
    ? 'unchanged by the last update'
    : `${formatCount(grown)} grown, ${formatCount(dropped)} dropped`;
}

/** "3 dead outputs, 120 dead inputs", or that there are none. */
export function deadText({ deadOutputs, deadInputs }: Pick<Figures, 'deadOutputs' | 'deadInputs'>): string {
  const parts = [
    ...(deadOutputs > 0 ? [units(deadOutputs, 'output')] : []),
    ...(deadInputs > 0 ? [units(deadInputs, 'input')] : []),
  ];
  return parts.length === 0 ? 'no dead units' : parts.join(', ');
}

/** A layer's mask in words, for those who do not see it. */
export function summaryOf(weight: MaskWeight, figures: Figures, step: number): string {
  return (
    `${weight.name}, ${shapeText(weight)}: ${formatDensity(figures)} active, ` +
    `${formatCount(figures.active)} of ${formatCount(figures.size)} weights, at step ${formatCount(step)}; ` +
    `${changeText(figures)}; ${deadText(figures)}.`
  );
}

function units(count: number, name: string): string {
  return `${formatCount(count)} dead ${name}${count === 1 ? '' : 's'}`;
}
