import { formatFigure } from '../../src/protocol/formatRun';
import type { Cell, RunColumn } from '../../src/protocol/runsTable';
import { isNumeric, numberOf } from './filter';

/** Where values of a column are on an axis of length 1. */
export interface Scale {
  /** Undefined for what is not known or not finite. */
  position(cell: Cell | undefined): number | undefined;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly isLogarithmic: boolean;
}

/** Values that differ by more than this are read on a logarithmic axis. */
const logRatio = 50;
/** Categories beyond these share an axis without labels. */
const mostLabels = 24;

/** An axis for the values of a column: numbers, linear or logarithmic, or one place for each text. */
export function scaleOf(cells: readonly (Cell | undefined)[], column: RunColumn): Scale {
  const numbers = cells.map(numberOf).filter((value): value is number => Number.isFinite(value));
  if (isNumeric(column) && numbers.length > 0) return numeric(numbers, column);
  return categories(cells, column);
}

function numeric(numbers: readonly number[], { kind }: RunColumn): Scale {
  let low = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  let high = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const isLogarithmic = kind !== 'date' && low > 0 && high / low > logRatio;
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.1;
    low -= room;
    high += room;
  }
  const to = isLogarithmic ? Math.log10 : (value: number) => value;
  // Room at both ends, so that no point lies on the frame.
  const margin = (to(high) - to(low)) * 0.04;
  const from = to(low) - margin;
  const length = to(high) - to(low) + 2 * margin;
  const at = (value: number) => (to(value) - from) / length;
  const marks = isLogarithmic ? powers(low, high) : steps(low, high);
  return {
    isLogarithmic,
    position: (cell) => {
      const value = numberOf(cell);
      if (value === undefined || !Number.isFinite(value) || (isLogarithmic && value <= 0)) return undefined;
      return at(value);
    },
    ticks: marks
      .map((value) => ({ at: at(value), label: label(value, kind) }))
      .filter((tick) => tick.at >= 0 && tick.at <= 1),
  };
}

function label(value: number, kind: RunColumn['kind']): string {
  if (kind === 'date') return formatFigure(kind, value).slice(0, 10);
  return formatFigure(kind === 'number' || kind === 'seconds' ? kind : kind, Number(value.toPrecision(6)));
}

function categories(cells: readonly (Cell | undefined)[], { kind }: RunColumn): Scale {
  const texts = [
    ...new Set(cells.map((cell) => formatFigure(kind, cell ?? null)).filter((text) => text !== '')),
  ];
  texts.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const at = (i: number) => (i + 0.5) / texts.length;
  const places = new Map(texts.map((text, i) => [text, at(i)]));
  return {
    isLogarithmic: false,
    position: (cell) => places.get(formatFigure(kind, cell ?? null)),
    ticks: texts.length > mostLabels ? [] : texts.map((text, i) => ({ at: at(i), label: text })),
  };
}

/** Round values about a fifth of the axis apart. */
function steps(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

function powers(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const each = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / 6));
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    if (power % every === 0) for (const factor of each) marks.push(factor * 10 ** power);
  return marks.filter((mark) => mark >= low && mark <= high);
}
