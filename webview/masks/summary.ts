import { formatCount } from '../../src/protocol/format';
import type { MaskWeight } from '../../src/protocol/masksPanel';
import type { Figures } from './runMasks';

/** 0.1 -> "10.0 %"; what is there but hardly is not nought. */
export function densityText({ active, size }: Pick<Figures, 'active' | 'size'>): string {
  if (active === 0 || size === 0) return '0 %';
  if (active === size) return '100 %';
  const percent = (100 * active) / size;
  const text = percent < 1 ? percent.toPrecision(2) : percent.toFixed(1);
  return `${text === '100.0' ? '99.9' : text} %`;
}

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
    `${weight.name}, ${shapeText(weight)}: ${densityText(figures)} active, ` +
    `${formatCount(figures.active)} of ${formatCount(figures.size)} weights, at step ${formatCount(step)}; ` +
    `${changeText(figures)}; ${deadText(figures)}.`
  );
}

function units(count: number, name: string): string {
  return `${formatCount(count)} dead ${name}${count === 1 ? '' : 's'}`;
}
