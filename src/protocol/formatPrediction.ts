import { formatEnergy, formatMilliseconds, formatSeconds } from './format';

/** A predicted figure: nine times of ten between the ends. */
export interface PredictedFigure {
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
}

/** What a training was predicted to take. */
export interface PredictedFigures {
  readonly stepSeconds: PredictedFigure;
  readonly runSeconds?: PredictedFigure | undefined;
  readonly joules?: PredictedFigure | undefined;
  readonly gCO2e?: PredictedFigure | undefined;
  readonly cost?: (PredictedFigure & { readonly currency: string }) | undefined;
}

interface Bounded {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

/** What became of it. */
export interface UsedFigures {
  readonly stepSeconds?: number | undefined;
  readonly trainingSeconds?: number | undefined;
  readonly energy?: Parameters<typeof formatEnergy>[0] | undefined;
  readonly gCO2e?: Bounded | undefined;
  readonly cost?: Bounded | undefined;
}

/** One figure as it was predicted, and as it was. */
export interface ComparedFigure {
  readonly name: 'step' | 'training' | 'energy' | 'CO2e' | 'cost';
  /** "41 ms (36–47 ms)". */
  readonly predicted: string;
  /** "measured 44 ms", "estimated 1.2 kJ (0.4–4 kJ)"; absent where it is not known. */
  readonly used?: string;
}

/** Each figure that was predicted, beside what is known of it. */
export function comparedFigures(predicted: PredictedFigures, used: UsedFigures = {}): ComparedFigure[] {
  const { stepSeconds, runSeconds, joules, gCO2e, cost } = predicted;
  const { energy } = used;
  const row = (
    name: ComparedFigure['name'],
    figure: PredictedFigure | undefined,
    format: (value: number) => string,
    usedText: string | undefined,
  ): ComparedFigure[] =>
    figure
      ? [{ name, predicted: formatSpread(figure, format), ...(usedText !== undefined && { used: usedText }) }]
      : [];
  const measured = (seconds: number | undefined, format: (value: number) => string) =>
    seconds === undefined ? undefined : `measured ${format(seconds)}`;
  const fromEnergy = (value: Bounded | undefined, format: (value: number) => string) =>
    value &&
    `predicted from energy ${formatSpread({ p5: value.low, p50: value.value, p95: value.high }, format)}`;
  const asMoney = (value: number) => formatMoney(value, cost?.currency ?? '');
  return [
    ...row('step', stepSeconds, formatStep, measured(used.stepSeconds, formatStep)),
    ...row('training', runSeconds, formatDuration, measured(used.trainingSeconds, formatDuration)),
    ...row(
      'energy',
      joules,
      formatJoules,
      energy &&
        `${energy.provenance} ${formatSpread({ p5: energy.low, p50: energy.joules, p95: energy.high }, formatJoules)}`,
    ),
    ...row('CO2e', gCO2e, formatGrams, fromEnergy(used.gCO2e, formatGrams)),
    ...row('cost', cost, asMoney, fromEnergy(used.cost, asMoney)),
  ];
}

/** "41 ms (36–47 ms)", "900 J (300 J–1.2 kJ)"; the figure alone where its ends are no other. */
export function formatSpread({ p5, p50, p95 }: PredictedFigure, format: (value: number) => string): string {
  const [low, middle, high] = [format(p5), format(p50), format(p95)];
  if (low === middle && middle === high) return middle;
  const [number, unit, more] = low.split(' ');
  const [, highUnit, highMore] = high.split(' ');
  const isShort = more === undefined && highMore === undefined && unit === highUnit;
  return `${middle} (${isShort ? number : low}–${high})`;
}

/** Seconds of a step. */
export function formatStep(seconds: number): string {
  return formatMilliseconds(1000 * seconds);
}

/** Seconds of many steps: short ones to three digits. */
export function formatDuration(seconds: number): string {
  return seconds < 9.95 ? formatStep(seconds) : formatSeconds(seconds);
}

/** 1234 -> "1.23 kJ". */
export function formatJoules(joules: number): string {
  return formatEnergy({ joules, low: joules, high: joules, provenance: '' }).trim();
}

/** 1234 -> "1.23 kg". */
export function formatGrams(grams: number): string {
  if (grams > 0 && grams < 1e-5) return '<0.01 mg';
  const [value, unit] =
    grams >= 999.5 ? [grams / 1000, 'kg'] : grams > 0 && grams < 0.0995 ? [1000 * grams, 'mg'] : [grams, 'g'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** 0.01234 -> "0.0123 USD". */
export function formatMoney(value: number, currency: string): string {
  const amount = value > 0 && value < 1e-4 ? '<0.0001' : Number(value.toPrecision(3));
  return `${amount} ${currency}`.trim();
}
