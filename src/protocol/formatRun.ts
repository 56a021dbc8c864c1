import { formatCount, formatFlops, formatMeasure, formatSeconds } from './format';
import type { Cell, ColumnKind } from './runsTable';

/** A cell of the runs table as people read it; nothing where nothing is known. */
export function formatFigure(kind: ColumnKind, cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'boolean') return kind === 'flag' ? (cell ? 'yes' : 'no') : String(cell);
  // Also numbers that are none, which travel as text.
  if (typeof cell === 'string') return cell;
  return formatNumber(kind, cell);
}

function formatNumber(kind: ColumnKind, value: number): string {
  switch (kind) {
    case 'count':
      return formatCount(value);
    case 'fraction':
      return `${Number((value * 100).toPrecision(4))} %`;
    case 'seconds':
      return formatSeconds(value);
    case 'flops':
      return formatFlops(value);
    case 'joules':
      return scaled(value, 'J');
    case 'grams':
      return scaled(value, 'g');
    case 'metric':
    case 'money':
      return formatMeasure(value);
    case 'date':
      return dateText(new Date(value));
    default:
      return String(Number(value.toPrecision(12)));
  }
}

const prefixes = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
] as const;

/** 1234 -> "1.23 kJ": three significant digits. */
function scaled(value: number, unit: string): string {
  const rounded = Math.abs(Number(value.toPrecision(3)));
  const [size, prefix] = prefixes.find(([each]) => rounded >= each) ?? [
    rounded === 0 ? 1 : 1e-6,
    rounded === 0 ? '' : 'µ',
  ];
  return `${Number((value / size).toPrecision(3))} ${prefix}${unit}`;
}

/** Local time, which sorts as text as well: 2026-01-02 03:04. */
function dateText(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
