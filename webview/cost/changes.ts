import type { CostTotals, CostView } from '../../src/protocol/costPanel';

/** `+38 %`, `−3.2 %`, `as before`; `new` where there was nothing. */
export function changeText(now: number, before: number): string {
  if (now === before) return 'as before';
  if (before === 0) return 'new';
  const percent = (100 * (now - before)) / before;
  const size = Math.abs(percent);
  const digits = size < 9.95 ? 1 : 0;
  const text = size < 0.05 ? '<0.1' : size.toFixed(digits);
  return `${percent > 0 ? '+' : '−'}${text} %`;
}

/** "This change: +38 % FLOPs a step, ...": against the model that it is compared with. */
export function comparisonText(
  now: CostTotals,
  other: NonNullable<CostView['other']>,
  convention: CostView['convention'],
): string {
  const { label, totals, problem } = other;
  if (problem !== undefined) return `Not compared: ${problem}`;
  if (!totals) return `Comparing with ${label}…`;
  const part = (value: number, before: number, name: string) =>
    value === before ? `${name} as before` : `${changeText(value, before)} ${name}`;
  const parts = [
    part(now.step, totals.step, `${convention === 'mac' ? 'MACs' : 'FLOPs'} a step`),
    part(now.params, totals.params, 'parameters'),
    part(now.peakBytes, totals.peakBytes, 'peak memory'),
  ];
  const head = label === 'the last commit' ? 'This change' : `Against ${label}`;
  return `${head}: ${parts.join(', ')}.`;
}
