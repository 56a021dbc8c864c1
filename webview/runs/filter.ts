import { formatFigure } from '../../src/protocol/formatRun';
import type { Cell, RunColumn } from '../../src/protocol/runsTable';

export type Predicate = (cell: Cell) => boolean;

/**
 * What a filter means that was typed for a column. Numbers: `0.9`, `>0.9`, `<=3`, `0.9..0.99` (ends may be left out),
 * and several with commas between, of which one has to fit; `10k`, `1.5G` and `1e6` are numbers, and in columns of
 * percent `90` is 90 %. Text: any part, in whatever case; `=exact`. `!` before it turns it round, and `-` alone are
 * cells without a value.
 *
 * @returns undefined where nothing is filtered, or the problem in words
 */
export function parseFilter(text: string, column: RunColumn): Predicate | { problem: string } | undefined {
  const typed = text.trim();
  if (typed === '') return undefined;
  if (typed.startsWith('!')) {
    const turned = parseFilter(typed.slice(1), column);
    return typeof turned === 'function' ? (cell) => !turned(cell) : turned;
  }
  if (typed === '-') return (cell) => cell === null || cell === '';
  return isNumeric(column) ? numberFilter(typed, column) : textFilter(typed, column);
}

export function isNumeric({ kind }: RunColumn): boolean {
  return kind !== 'text' && kind !== 'tags' && kind !== 'flag';
}

/** The number of a cell; undefined where there is none, or where it is not a number. */
export function numberOf(cell: Cell | undefined): number | undefined {
  if (typeof cell === 'number') return cell;
  if (cell === 'Infinity' || cell === '-Infinity') return Number(cell);
  return undefined;
}

function textFilter(typed: string, { kind }: RunColumn): Predicate {
  const exact = typed.startsWith('=');
  const wanted = (exact ? typed.slice(1) : typed).toLowerCase();
  return (cell) => {
    const shown = formatFigure(kind, cell).toLowerCase();
    if (kind === 'tags' && exact) return shown.split(', ').includes(wanted);
    return exact ? shown === wanted : shown.includes(wanted);
  };
}

function numberFilter(typed: string, column: RunColumn): Predicate | { problem: string } {
  const parts = typed.split(',').map((part) => part.trim());
  const fits = parts.filter((part) => part !== '').map((part) => oneRange(part, column));
  if (fits.some((fit) => fit === undefined))
    return { problem: `"${typed}" is no filter for numbers: try >0.9, <=3 or 0.9..0.99` };
  return (cell) => {
    if (typeof cell === 'string' && parts.some((part) => part.toLowerCase() === cell.toLowerCase()))
      return true;
    const value = numberOf(cell);
    return value !== undefined && fits.some((fit) => fit?.(value));
  };
}

function oneRange(part: string, column: RunColumn): ((value: number) => boolean) | undefined {
  if (/^nan$/i.test(part)) return () => false;
  const range = /^(.*?)\.\.(.*)$/.exec(part);
  if (range) {
    const low = end(range[1] ?? '', -Infinity, column);
    const high = end(range[2] ?? '', Infinity, column);
    return low === undefined || high === undefined ? undefined : (value) => value >= low && value <= high;
  }
  const compared = /^(<=|>=|<|>|=|≤|≥)?\s*(.+)$/.exec(part);
  const limit = parseNumber(compared?.[2] ?? '', column);
  if (limit === undefined) return undefined;
  switch (compared?.[1]) {
    case '<':
      return (value) => value < limit;
    case '>':
      return (value) => value > limit;
    case '<=':
    case '≤':
      return (value) => value <= limit;
    case '>=':
    case '≥':
      return (value) => value >= limit;
    default:
      return column.kind === 'date'
        ? (value) => value >= limit && value < limit + day
        : (value) => value === limit;
  }
}

const day = 86_400_000;

function end(text: string, otherwise: number, column: RunColumn): number | undefined {
  return text.trim() === '' ? otherwise : parseNumber(text, column);
}

const sizes: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  m: 1e-3,
};
const seconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };

/** A number as people write it in the unit of a column: `1.5 G`, `20 min`, `95 %`, `2026-01-31`. */
export function parseNumber(text: string, { kind }: Pick<RunColumn, 'kind'>): number | undefined {
  if (kind === 'date') {
    const time = new Date(
      /^\d{4}-\d\d-\d\d$/.test(text.trim()) ? `${text.trim()}T00:00` : text.trim(),
    ).getTime();
    return Number.isNaN(time) ? undefined : time;
  }
  const found = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([a-zA-Zµ%]*)$/i.exec(text.trim());
  if (!found) return undefined;
  const value = Number(found[1]);
  const unit = found[2] ?? '';
  if (kind === 'fraction') return unit === '%' || value > 1 ? value / 100 : unit === '' ? value : undefined;
  if (unit === '') return value;
  if (kind === 'seconds') return seconds[unit] === undefined ? undefined : value * seconds[unit];
  const bare = unit.replace(/(FLOPs|J|g)$/, '');
  const size = bare === '' ? 1 : sizes[bare];
  return size === undefined ? undefined : value * size;
}
