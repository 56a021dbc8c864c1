const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1234567 -> "1,234,567". */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** Four significant digits, which is what a loss is read to. */
export function formatMeasure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** 75 -> "1 min 15 s". Two units at most, rounded to the smaller one. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** [8.2, 11.7] -> "8–12 s"; the unit is that of the upper end. */
export function formatSecondsInterval([low, high]: readonly [number, number]): string {
  const unit = units.find(({ seconds }) => high >= seconds * 1.5) ?? { name: 's', seconds: 1 };
  const digits = high / unit.seconds < 9.95 && unit.seconds > 1 ? 1 : 0;
  const from = (low / unit.seconds).toFixed(digits);
  const to = (high / unit.seconds).toFixed(digits);
  return from === to ? `${to} ${unit.name}` : `${from}–${to} ${unit.name}`;
}
const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3600 },
  { name: 'min', seconds: 60 },
];

/** 9.42 -> "9.42 ms", 1234 -> "1.23 s": three significant digits. */
export function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 999.5
    ? `${Number(milliseconds.toPrecision(3))} ms`
    : `${Number((milliseconds / 1000).toPrecision(3))} s`;
}

const flopUnits = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** 1274019840 -> "1.27 GFLOPs": three significant digits, and below a thousand all of them. */
export function formatFlops(flops: number, name: 'FLOPs' | 'MACs' | '' = 'FLOPs'): string {
  const { value, unit } = scaled(flops);
  return `${unit === '' ? value : Number(value.toPrecision(3))} ${unit}${name}`.trimEnd();
}

/** 18_230_000_000 -> "18.2 GFLOP/s". */
export function formatFlopsPerSecond(flopsPerSecond: number): string {
  const { value, unit } = scaled(flopsPerSecond);
  return `${formatThree(value)} ${unit}FLOP/s`;
}

/** 34.06 -> "34.1": three significant digits, and all before the point. */
export function formatThree(value: number): string {
  return value < 100 ? String(Number(value.toPrecision(3))) : formatCount(value);
}

function scaled(flops: number): { value: number; unit: string } {
  let value = flops;
  let unit = 0;
  // Rounded first: 999,999 is 1 MFLOPs and not 1000 kFLOPs.
  while (Number(value.toPrecision(3)) >= 1000 && unit < flopUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return { value, unit: flopUnits[unit] ?? '' };
}

/** What a run has done so far: "1.27 TFLOPs counted", and how much of it is in no count. */
export function formatCounted(flops: number, uncoveredKernels = 0): string {
  const kernels = uncoveredKernels === 1 ? 'kernel' : 'kernels';
  const missing =
    uncoveredKernels > 0 ? ` + ${formatCount(uncoveredKernels)} uncovered ${kernels} a step` : '';
  return `${formatFlops(flops)} counted${missing}`;
}

/**
 * 1234 -> "1.23 kJ measured"; with bounds that lie apart, "1.23 kJ estimated (0.41–4.3 kJ)".
 *
 * @param provenance "measured" or "estimated"
 */
export function formatEnergy(energy: {
  joules: number;
  low: number;
  high: number;
  provenance: string;
}): string {
  const { joules, low, high, provenance } = energy;
  const unit = energyUnits.find(({ joules: size }) => high >= size) ?? { name: 'J', joules: 1 };
  const value = (each: number, digits: number) => Number((each / unit.joules).toPrecision(digits));
  const bounds = high > 1.02 * low ? ` (${value(low, 2)}–${value(high, 2)} ${unit.name})` : '';
  return `${value(joules, 3)} ${unit.name} ${provenance}${bounds}`;
}
const energyUnits = [
  { name: 'GJ', joules: 1e9 },
  { name: 'MJ', joules: 1e6 },
  { name: 'kJ', joules: 1e3 },
];

const budgetNames: Readonly<Record<string, string>> = {
  flops: 'FLOPs',
  minutes: 'time',
  joules: 'energy',
  gCO2e: 'CO2e',
  memoryBytes: 'memory',
  cost: 'cost',
};

/** What is left of limits: "62 % of time, 80 % of FLOPs". */
export function formatBudgetLeft(budget: readonly { unit: string; limit: number; used: number }[]): string {
  return budget
    .map(
      ({ unit, limit, used }) =>
        `${formatPercent(Math.max(0, 1 - used / limit))} of ${budgetNames[unit] ?? unit}`,
    )
    .join(', ');
}

/** 0.434 -> "43 %". Only what is complete says 100 %. */
export function formatPercent(fraction: number): string {
  return `${fraction >= 1 ? 100 : Math.min(99, Math.max(0, Math.floor(fraction * 100)))} %`;
}

/** 1500000 -> "1.5 MB" (decimal units). */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${(bytes / 1e3).toFixed(bytes < 9950 ? 1 : 0)} kB`;
  return bytes < 999.5e6
    ? `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB`
    : `${(bytes / 1e9).toFixed(1)} GB`;
}

/**
 * How long ago something was, for lists: "just now", "5 min ago", "3 h ago", "2 d ago", then the date.
 *
 * @param then milliseconds since the Unix epoch
 * @param now likewise
 */
export function formatAge(then: number, now: number): string {
  const seconds = Math.max(0, (now - then) / 1000);
  if (seconds < 45) return 'just now';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(seconds / 3600);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.round(seconds / 86_400);
  return days < 30 ? `${days} d ago` : new Date(then).toISOString().slice(0, 10);
}
