import { columnSplit, denseColumn, product, selectRows, trainTestIndices, type Column } from './batches';
import { requireFraction } from './option';
import { DataError, type DataSource, type LoadedData } from './types';

/** Numbers in lists in lists, all of the same lengths at the same depth. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/** A flat row-major array of examples back to back. */
export type NumbersArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

export type ArrayExamples = NestedNumbers | NumbersArray;

export interface ArraysOptions {
  /** Inputs, one entry per example. */
  readonly xs: ArrayExamples;
  /** Targets, as many as inputs. */
  readonly ys: ArrayExamples;
  readonly testXs?: ArrayExamples;
  readonly testYs?: ArrayExamples;
  /** Of one input; needed for typed arrays whose examples are more than one number. */
  readonly inputShape?: readonly number[];
  /** Of one target; likewise. */
  readonly outputShape?: readonly number[];
  /** Holds out a part of xs and ys instead of testXs and testYs; default 0. */
  readonly testFraction?: number;
  /** Of the choice of the held-out part; default 0, so that runs of different seeds are tested on the same. */
  readonly seed?: number;
}

/**
 * Data already in memory. Nested arrays bring their shape; typed arrays are flat, and `inputShape` and
 * `outputShape` say how long an example is. A list of plain numbers has examples of shape [1]. Int32Array stays
 * int32, everything else becomes float32.
 *
 * `load` throws {@link DataError}: ragged arrays, NaN or infinite values, counts that do not match, each with the
 * index.
 */
export function arrays(options: ArraysOptions): DataSource {
  const { testFraction = 0, seed = 0 } = options;
  requireFraction('arrays', 'testFraction', testFraction);
  return {
    kind: 'arrays',
    load: () => Promise.resolve().then(() => loadArrays(options, testFraction, seed)),
  };
}

function loadArrays(options: ArraysOptions, testFraction: number, seed: number): LoadedData {
  const xs = dense('xs', options.xs, options.inputShape);
  const ys = dense('ys', options.ys, options.outputShape);
  requireSameCount(xs, ys);
  const given = { inputShape: [...xs.shape], outputShape: [...ys.shape] };
  const describe = (train: number, test: number) =>
    `arrays, ${train.toLocaleString('en-US')} train${test ? ` + ${test.toLocaleString('en-US')} test` : ''}, ` +
    xs.shape.join('x');

  if ((options.testXs === undefined) !== (options.testYs === undefined))
    throw new DataError('arrays: testXs and testYs belong together; only one of them is given.');
  if (options.testXs && options.testYs) {
    if (testFraction > 0)
      throw new DataError('arrays: give either testXs and testYs, or testFraction; found both.');
    const testXs = dense('testXs', options.testXs, options.inputShape);
    const testYs = dense('testYs', options.testYs, options.outputShape);
    requireSameCount(testXs, testYs);
    requireSameShape(testXs, xs);
    requireSameShape(testYs, ys);
    return {
      ...given,
      train: columnSplit(xs.size, columnOf(xs), columnOf(ys)),
      test: columnSplit(testXs.size, columnOf(testXs), columnOf(testYs)),
      description: describe(xs.size, testXs.size),
    };
  }
  const { train, test } = trainTestIndices(xs.size, testFraction, seed);
  const split = (rows: Int32Array) =>
    columnSplit(rows.length, selectRows(columnOf(xs), rows), selectRows(columnOf(ys), rows));
  return {
    ...given,
    train: split(train),
    ...(test.length > 0 && { test: split(test) }),
    description: describe(train.length, test.length),
  };
}

interface Dense {
  readonly name: string;
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
  readonly size: number;
}

function dense(name: string, examples: ArrayExamples, shape: readonly number[] | undefined): Dense {
  if (ArrayBuffer.isView(examples)) return fromTyped(name, examples, shape ?? [1]);
  if (!Array.isArray(examples))
    throw new DataError(
      `arrays: ${name} must be a nested array of numbers or a typed array; found ${typeof examples}.`,
    );
  const values = examples as NestedNumbers;
  if (values.length === 0) throw new DataError(`arrays: ${name} is empty.`);
  const full = shapeOfFirst(name, values);
  const data = new Float32Array(product(full));
  copy(name, values, full, 0, data, 0);
  const own = full.length === 1 ? [1] : full.slice(1);
  if (shape && product(shape) !== product(own))
    throw new DataError(
      `arrays: an example of ${name} has ${product(own)} numbers (shape ${own.join('x')}), ` +
        `which cannot take the shape ${shape.join('x')}.`,
    );
  return { name, data, shape: shape ?? own, size: values.length };
}

function fromTyped(name: string, values: NumbersArray, shape: readonly number[]): Dense {
  const length = product(shape);
  if (!(length > 0 && Number.isInteger(length)))
    throw new DataError(
      `arrays: the shape of an example of ${name} must be positive whole numbers; found ${shape.join('x')}.`,
    );
  if (values.length === 0) throw new DataError(`arrays: ${name} is empty.`);
  if (values.length % length !== 0)
    throw new DataError(
      `arrays: ${name} has ${values.length} numbers, which is not a whole number of examples of ${shape.join('x')} ` +
        `(${length} numbers each).`,
    );
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new DataError(
      `arrays: ${name}[${bad}] is ${values[bad]} (example ${Math.floor(bad / length)}); every value must be finite.`,
    );
  const data = values instanceof Int32Array ? values.slice() : Float32Array.from(values);
  return { name, data, shape, size: values.length / length };
}

function shapeOfFirst(name: string, values: NestedNumbers): number[] {
  const shape: number[] = [];
  let at: number | NestedNumbers | undefined = values;
  let where = name;
  while (typeof at === 'object' && at !== null) {
    if (at.length === 0) throw new DataError(`arrays: ${where} is empty.`);
    shape.push(at.length);
    at = at[0];
    where += '[0]';
  }
  return shape;
}

/** Copies one level and returns the next free place. */
function copy(
  where: string,
  values: NestedNumbers,
  shape: readonly number[],
  depth: number,
  out: Float32Array,
  at: number,
): number {
  if (values.length !== shape[depth])
    throw new DataError(
      `arrays: ragged: ${where} has ${values.length} entries, but ${where.replace(/\d+/g, '0')} has ${shape[depth]}.`,
    );
  const innermost = depth === shape.length - 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const nested = typeof value === 'object' && value !== null && 'length' in value;
    if (innermost) {
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw new DataError(
          nested
            ? `arrays: ragged: ${where}[${i}] is a list, but ${where.replace(/\d+/g, '0')}[0] is a number.`
            : `arrays: ${where}[${i}] is ${String(value)}; every value must be a finite number.`,
        );
      out[at++] = value;
    } else {
      if (!nested)
        throw new DataError(
          `arrays: ragged: ${where}[${i}] is ${String(value)}, but ${where.replace(/\d+/g, '0')}[0] is a list.`,
        );
      at = copy(`${where}[${i}]`, value, shape, depth + 1, out, at);
    }
  }
  return at;
}

function columnOf({ data, shape }: Dense): Column {
  return denseColumn(data, shape);
}

function requireSameCount(xs: Dense, ys: Dense): void {
  if (xs.size !== ys.size)
    throw new DataError(`arrays: ${xs.name} has ${xs.size} examples, but ${ys.name} has ${ys.size}.`);
}

function requireSameShape(test: Dense, train: Dense): void {
  if (test.shape.join('x') !== train.shape.join('x'))
    throw new DataError(
      `arrays: an example of ${test.name} is ${test.shape.join('x')}, but of ${train.name} it is ${train.shape.join('x')}.`,
    );
}
