import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { fileProblem } from './fileProblem';
import { DataError } from './types';

/** A column by its name in the header or its number from 1. */
export type ColumnName = string | number;

export interface TableOptions {
  readonly target: ColumnName;
  readonly features?: readonly ColumnName[];
  readonly delimiter: string;
  readonly header: boolean;
}

/** The chosen columns of a file. */
export interface Table {
  readonly rows: number;
  readonly features: readonly string[];
  /** Row-major, [rows, features]. */
  readonly values: Float64Array;
  readonly target: {
    readonly name: string;
    readonly number: number;
    readonly texts: readonly string[];
    /** The line of the file each row starts on, from 1. */
    readonly lines: readonly number[];
  };
}

interface Chosen {
  readonly index: number;
  readonly name: string;
}

interface Parsed {
  readonly record: string[];
  /** `lines` counts to the end of the record. */
  readonly info: { readonly lines: number };
}

/** Reads the target as text and the features as numbers. Throws {@link DataError} with line and column. */
export async function readTable(file: string, options: TableOptions): Promise<Table> {
  const table = new TableBuilder(file, options);
  const parser = parse({
    delimiter: options.delimiter,
    bom: true,
    info: true,
    trim: options.delimiter.trim() !== '',
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 16_000_000,
  });
  const source = createReadStream(file);
  source.on('error', (error) => parser.destroy(error));
  // The parser counts a CRLF inside quotes as two lines.
  let overcounted = 0;
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<Parsed>) {
      const inside = record.join('');
      table.add(record, info.lines - overcounted - matches(inside, /[\r\n]/g));
      overcounted += matches(inside, /\r\n/g);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (error instanceof CsvError)
      throw new DataError(`${file}: ${syntaxProblem(error, overcounted)}`, { cause: error });
    throw fileProblem(error, file, 'read');
  } finally {
    source.destroy();
    parser.destroy();
  }
  return table.finish();
}

class TableBuilder {
  private width = 0;
  private target: Chosen | undefined;
  private features: Chosen[] = [];
  private values = new Float64Array(1024);
  private used = 0;
  private readonly texts: string[] = [];
  private readonly lines: number[] = [];

  constructor(
    private readonly file: string,
    private readonly options: TableOptions,
  ) {}

  add(record: string[], line: number): void {
    if (!this.target) {
      this.choose(record, line);
      if (this.options.header) return;
    }
    if (record.length !== this.width)
      throw new DataError(
        `${this.file}: line ${line} has ${record.length} fields; expected ${this.width}, as in the first line.`,
      );
    const target = this.target as Chosen;
    const text = record[target.index] as string;
    if (isMissing(text) && !/^none$/i.test(text)) throw new DataError(this.missing(text, line, target));
    this.texts.push(text);
    this.lines.push(line);
    this.reserve(this.features.length);
    for (const feature of this.features) this.values[this.used++] = this.number(record, line, feature);
  }

  finish(): Table {
    if (!this.target) throw new DataError(`${this.file}: the file is empty.`);
    if (this.texts.length === 0) throw new DataError(`${this.file}: there are no rows below the header.`);
    return {
      rows: this.texts.length,
      features: this.features.map((feature) => feature.name),
      values: this.values.slice(0, this.used),
      target: {
        name: this.target.name,
        number: this.target.index + 1,
        texts: this.texts,
        lines: this.lines,
      },
    };
  }

  private choose(first: string[], line: number): void {
    this.width = first.length;
    const names = this.options.header ? first : first.map((_, i) => `column ${i + 1}`);
    const find = (wanted: ColumnName, role: string): Chosen => {
      const index = typeof wanted === 'number' ? wanted - 1 : names.indexOf(wanted);
      const name = names[index];
      if (name === undefined)
        throw new DataError(
          `${this.file}: there is no column ${typeof wanted === 'number' ? wanted : `'${wanted}'`} (${role}); line ${line} has ` +
            `${names.length}: ${list(names)}.${this.delimiterHint(first)}`,
        );
      if (typeof wanted === 'string' && names.indexOf(wanted, index + 1) >= 0)
        throw new DataError(
          `${this.file}: two columns are called '${wanted}' (line ${line}, columns ${index + 1} and ` +
            `${names.indexOf(wanted, index + 1) + 1}); name the one you mean by its number.`,
        );
      return { index, name: name || `column ${index + 1}` };
    };
    const target = find(this.options.target, 'target');
    if (this.options.features) {
      this.features = this.options.features.map((feature) => find(feature, 'feature'));
      if (this.features.some((feature) => feature.index === target.index))
        throw new DataError(`${this.file}: the target ${target.name} is also listed among the features.`);
    } else {
      const unnamed = names.indexOf('');
      if (unnamed >= 0)
        throw new DataError(
          `${this.file}: column ${unnamed + 1} has no name in the header (line ${line}); it may be a row number, ` +
            'which must not be learnt from: list the features to use.',
        );
      this.features = names.flatMap((name, index) => (index === target.index ? [] : [{ index, name }]));
    }
    if (this.features.length === 0)
      throw new DataError(
        `${this.file}: no features: the target is the only column.${this.delimiterHint(first)}`,
      );
    this.target = target;
  }

  private number(record: string[], line: number, feature: Chosen): number {
    const text = record[feature.index] as string;
    const value = Number(text);
    if (Number.isFinite(value) && decimal.test(text)) return value;
    if (isMissing(text)) throw new DataError(this.missing(text, line, feature));
    throw new DataError(
      `${this.where(line, feature)}: '${shortened(text)}' is not a ${decimal.test(text) ? 'finite ' : ''}number. ` +
        'Features must be numeric: mend the value, or list the features to use.',
    );
  }

  private missing(text: string, line: number, column: Chosen): string {
    const found = text === '' ? 'the field is empty' : `'${text}' stands for a missing value`;
    return `${this.where(line, column)}: missing value: ${found}. Fill it in or remove the line.`;
  }

  private where(line: number, column: Chosen): string {
    return `${this.file}: line ${line}, column ${column.index + 1} (${column.name})`;
  }

  private delimiterHint(first: string[]): string {
    const other = [';', '\t', '|', ','].find((d) => d !== this.options.delimiter && first[0]?.includes(d));
    return first.length === 1 && other
      ? ` Is the delimiter ${other === '\t' ? 'a tab' : `'${other}'`}? Set delimiter.`
      : '';
  }

  private reserve(more: number): void {
    if (this.used + more <= this.values.length) return;
    const larger = new Float64Array(Math.max(2 * this.values.length, this.used + more));
    larger.set(this.values);
    this.values = larger;
  }
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function isMissing(text: string): boolean {
  return text === '' || /^(na|n\/a|nan|null|none|\?)$/i.test(text);
}

function matches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function list(names: readonly string[]): string {
  return names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '');
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function syntaxProblem(error: CsvError, overcounted: number): string {
  const { lines, column } = error as CsvError & { lines?: number; column?: number | string };
  const where = lines === undefined ? '' : `line ${lines - overcounted}: `;
  const field = typeof column === 'number' ? ` in column ${column + 1}` : '';
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return `${where}the file ends inside a quoted field${field}; a closing " is missing.`;
  if (error.code === 'INVALID_OPENING_QUOTE' || error.code === 'CSV_INVALID_CLOSING_QUOTE')
    return `${where}a stray "${field}; inside a quoted field it is written "".`;
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return `${where}a row of more than 16 MB; is a closing " missing, or is this not a table?`;
  return `${where}${error.message}.`;
}
