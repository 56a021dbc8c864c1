import * as path from 'node:path';
import {
  columnSplit,
  denseColumn,
  labelColumn,
  selectRows,
  trainTestIndices,
  type Column,
  type LabelEncoding,
} from './batches';
import { readTable, type ColumnName } from './csvTable';
import { requireFraction } from './option';
import { DataError, type DataSource, type LoadedData } from './types';

export interface CsvOptions {
  /** The column to predict: its name in the header, or its number from 1. */
  readonly target: ColumnName;
  /** The numeric columns to predict from; default: all but the target. */
  readonly features?: readonly ColumnName[];
  /** Default: a tab for .tsv and .tab files, else a comma. */
  readonly delimiter?: string;
  /** Whether the first line names the columns; default true. */
  readonly header?: boolean;
  /** The part held out, chosen at random; default 0.2; 0 for none. */
  readonly testFraction?: number;
  /** Of that choice; default 0, so that runs of different seeds are tested on the same examples. */
  readonly seed?: number;
  /** Brings each feature to mean 0 and deviation 1 over the training examples; default false. */
  readonly standardise?: boolean;
  /** True: the target is a number, [1]. False: it is a class. Default: told by its values where they are clear. */
  readonly regression?: boolean;
  /** The class labels in the order of their numbers; default: those in the file, sorted. */
  readonly classes?: readonly string[];
  /** Of class targets: `'oneHot'` is float32 [classes] (default), `'index'` an int32 scalar. */
  readonly labels?: LabelEncoding;
}

/** A table with what its columns mean. */
export interface LoadedCsv extends LoadedData {
  /** Names of the input columns, in order. */
  readonly features: readonly string[];
  /** Class labels in the order of their numbers; absent for a regression. */
  readonly classes?: readonly string[];
  /** Mean and deviation of each feature over the training examples, where `standardise` was asked for. */
  readonly standardised?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
}

/** What {@link csv} returns. */
export interface CsvSource extends DataSource {
  load(context: { directory: string }): Promise<LoadedCsv>;
}

/**
 * A table in a text file: numeric feature columns and one target, a class or a number. `file` is resolved from
 * the experiment file's folder and read as a stream. `load` throws {@link DataError} with line, column and the
 * offending text: not a number, a missing value, a wrong number of fields, an unknown class.
 */
export function csv(file: string, options: CsvOptions): CsvSource {
  const { testFraction = 0.2, seed = 0, labels: encoding = 'oneHot' } = options;
  requireFraction('csv', 'testFraction', testFraction);
  if (options.regression && options.classes)
    throw new RangeError('csv: classes and regression: true exclude each other');
  return {
    kind: 'csv',
    async load(context) {
      const name = path.resolve(context.directory, file);
      const table = await readTable(name, {
        target: options.target,
        ...(options.features && { features: options.features }),
        delimiter: options.delimiter ?? (/\.(tsv|tab)$/i.test(file) ? '\t' : ','),
        header: options.header ?? true,
      });
      const rows = trainTestIndices(table.rows, testFraction, seed);
      const standardised = options.standardise
        ? statistics(table.values, table.features.length, rows.train)
        : undefined;
      const target = targetColumn(name, table.target, options, encoding);
      const inputs = denseColumn(applied(table.values, standardised), [table.features.length]);
      const split = (indices: Int32Array) =>
        columnSplit(indices.length, selectRows(inputs, indices), selectRows(target.column, indices));
      return {
        inputShape: [...inputs.shape],
        outputShape: [...target.column.shape],
        train: split(rows.train),
        ...(rows.test.length > 0 && { test: split(rows.test) }),
        features: table.features,
        ...(target.classes && { classes: target.classes }),
        ...(standardised && { standardised }),
        description:
          `${path.basename(file)}, ${rows.train.length.toLocaleString('en-US')} train` +
          `${rows.test.length > 0 ? ` + ${rows.test.length.toLocaleString('en-US')} test` : ''}, ` +
          `${table.features.length} features, ` +
          (target.classes ? `${target.classes.length} classes` : `regression of ${table.target.name}`),
      };
    },
  };
}

interface TargetValues {
  readonly name: string;
  readonly texts: readonly string[];
  /** Line in the file of each row. */
  readonly lines: ArrayLike<number>;
  /** Number of the column, from 1. */
  readonly number: number;
}

/** Whole numbers with no more different values than this could be classes as well as quantities. */
const mostAmbiguousValues = 20;

function targetColumn(
  file: string,
  target: TargetValues,
  options: CsvOptions,
  encoding: LabelEncoding,
): { column: Column; classes?: readonly string[] } {
  const distinct = new Set(target.texts);
  const numeric = [...distinct].every((text) => Number.isFinite(Number(text)));
  let regression = options.regression ?? (options.classes ? false : undefined);
  if (regression === undefined) {
    if (
      numeric &&
      distinct.size <= mostAmbiguousValues &&
      [...distinct].every((text) => /^[+-]?\d+$/.test(text))
    )
      throw new DataError(
        `${file}: the target ${target.name} has ${distinct.size} different whole numbers, which may be classes or ` +
          'quantities: set regression to false or true.',
      );
    regression = numeric;
  }
  if (regression) {
    const bad = target.texts.findIndex((text) => !Number.isFinite(Number(text)));
    if (bad >= 0) throw new DataError(`${place(file, target, bad)}: '${target.texts[bad]}' is not a number.`);
    return { column: denseColumn(Float32Array.from(target.texts, Number), [1]) };
  }
  const classes =
    options.classes ?? [...distinct].sort(numeric ? (a, b) => Number(a) - Number(b) : byCodeUnits);
  const places = new Map(classes.map((label, index) => [label, index]));
  const numbers = Int32Array.from(target.texts, (text, row) => {
    const index = places.get(text);
    if (index === undefined)
      throw new DataError(
        `${place(file, target, row)}: '${text}' is not among the classes ${classes.join(', ')}.`,
      );
    return index;
  });
  if (classes.length < 2)
    throw new DataError(
      `${file}: the target ${target.name} has only the class '${classes[0] ?? ''}'; at least two are needed.`,
    );
  if (classes.length === target.texts.length && !options.classes && classes.length > mostAmbiguousValues)
    throw new DataError(
      `${file}: every row has a different ${target.name} ('${target.texts[0]}', '${target.texts[1]}', ...), ` +
        'so it cannot be a class. Is target the right column?',
    );
  return { column: labelColumn(numbers, classes.length, encoding), classes };
}

function place(file: string, target: TargetValues, row: number): string {
  return `${file}: line ${target.lines[row]}, column ${target.number} (${target.name})`;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Mean and population deviation of each column over `rows`; a constant column has deviation 1. */
function statistics(values: Float64Array, columns: number, rows: Int32Array) {
  const mean = new Array<number>(columns).fill(0);
  const deviation = new Array<number>(columns).fill(0);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (const row of rows) sum += values[row * columns + column] as number;
    const average = sum / rows.length;
    let squares = 0;
    for (const row of rows) squares += ((values[row * columns + column] as number) - average) ** 2;
    mean[column] = average;
    deviation[column] = Math.sqrt(squares / rows.length) || 1;
  }
  return { mean, deviation };
}

/** In double precision until here: large values with a small spread survive the step to float32. */
function applied(values: Float64Array, by: ReturnType<typeof statistics> | undefined): Float32Array {
  if (!by) return Float32Array.from(values);
  const columns = by.mean.length;
  return Float32Array.from(
    values,
    (value, i) => (value - (by.mean[i % columns] as number)) / (by.deviation[i % columns] as number),
  );
}
