import { formatBytes, formatFlops } from './format';
import {
  formatDuration,
  formatGrams,
  formatJoules,
  formatMoney,
  formatSpread,
  type PredictedFigure,
} from './formatPrediction';

/** A limit that a run is going to reach before its end: see cost/overspend.ts. */
export interface OverspendFigures {
  readonly unit: string;
  readonly limit: number;
  readonly kind: 'counted' | 'predicted';
  readonly expected: PredictedFigure;
  readonly likely: boolean;
}

/**
 * "Training is predicted to take 12 min 3 s (11 min 0 s–14 min 2 s), and the budget is 10 min 0 s: the run is likely
 * to stop before its end."
 */
export function overspendText(
  { unit, limit, kind, expected, likely }: OverspendFigures,
  currency = 'USD',
): string {
  const format = formatOf(unit, currency);
  const figure = formatSpread(expected, format);
  const budget = format(limit);
  if (unit === 'memoryBytes')
    return (
      `The tensors of a training step alone take ${figure} (counted), and the budget of memory is ${budget}: ` +
      'the run would stop at once.'
    );
  const found =
    kind === 'counted' ? `takes ${figure} (counted)` : `is predicted to take ${figure}, nine times of ten`;
  const end =
    kind === 'counted'
      ? 'the run will stop before its end.'
      : `the run ${likely ? 'is likely to' : 'may'} stop before its end.`;
  return `Training ${found}, and the budget is ${budget}: ${end}`;
}

function formatOf(unit: string, currency: string): (value: number) => string {
  switch (unit) {
    case 'flops':
      return formatFlops;
    case 'minutes':
      return (minutes) => formatDuration(60 * minutes);
    case 'joules':
      return formatJoules;
    case 'gCO2e':
      return (grams) => `${formatGrams(grams)} CO2e`;
    case 'memoryBytes':
      return formatBytes;
    default:
      return (value) => formatMoney(value, currency);
  }
}
