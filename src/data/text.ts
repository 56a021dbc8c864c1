import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { columnSplit, type Column } from './batches';
import { fileProblem } from './fileProblem';
import { requireFraction, requireOption } from './option';
import { DataError, type DataSource, type LoadedData, type Split, type Values } from './types';

export interface TextOptions {
  /** Characters in one example; default 64. */
  readonly sequenceLength?: number;
  /**
   * `'oneHot'` (default): characters are float32 rows as long as the vocabulary; use `categoricalCrossentropy`.
   * `'index'`: characters are int32 places in the vocabulary; use an embedding layer and
   * `sparseCategoricalCrossentropy`.
   */
  readonly encoding?: 'oneHot' | 'index';
  /** `'next'` (default): the one character after the window. `'sequence'`: the window shifted by one. */
  readonly labels?: 'next' | 'sequence';
  /** The end of the text that is held out; default 0.1. No window reaches across the cut. */
  readonly testFraction?: number;
  /** Characters from one window's start to the next; default 3 for `'next'`, sequenceLength for `'sequence'`. */
  readonly stride?: number;
}

/** A text with its vocabulary. */
export interface LoadedText extends LoadedData {
  /** The distinct characters (Unicode code points) of the whole file, sorted by code point. */
  readonly vocabulary: readonly string[];
}

/** What {@link text} returns. */
export interface TextSource extends DataSource {
  /** As in {@link LoadedText}; there once the data is loaded, so `model()` may use it. */
  readonly vocabulary: readonly string[];
  load(context: { directory: string }): Promise<LoadedText>;
}

/**
 * Character sequences of a UTF-8 text file, for models that predict the next character. `file` is resolved from
 * the experiment file's folder. `load` throws {@link DataError}: no such file, not UTF-8 (with the byte offset),
 * too short for one window.
 */
export function text(file: string, options: TextOptions = {}): TextSource {
  const { sequenceLength = 64, encoding = 'oneHot', labels = 'next', testFraction = 0.1 } = options;
  const { stride = labels === 'sequence' ? sequenceLength : 3 } = options;
  requireOption('text', 'sequenceLength', sequenceLength, 1, 1_000_000);
  requireOption('text', 'stride', stride, 1, 1_000_000);
  requireFraction('text', 'testFraction', testFraction);
  let vocabulary: readonly string[] | undefined;
  return {
    kind: 'text',
    get vocabulary() {
      if (!vocabulary)
        throw new Error(
          `the vocabulary of text('${file}') is known once its data is loaded: use it inside model(), not at the top of the file`,
        );
      return vocabulary;
    },
    async load(context) {
      const name = path.resolve(context.directory, file);
      const coded = encode(await readUtf8(name));
      vocabulary = coded.vocabulary;
      const cut = Math.round(coded.codes.length * (1 - testFraction));
      const windows = (codes: Int32Array, part: string): Split => {
        const size = Math.floor((codes.length - sequenceLength - 1) / stride) + 1;
        if (codes.length <= sequenceLength)
          throw new DataError(
            `${name}: its ${part} part has ${codes.length} characters; one window needs ${sequenceLength + 1} ` +
              '(sequenceLength and the character after it).',
          );
        const classes = coded.vocabulary.length;
        const xs = windowColumn(codes, classes, encoding, { stride, offset: 0, length: sequenceLength });
        const ys =
          labels === 'sequence'
            ? windowColumn(codes, classes, encoding, { stride, offset: 1, length: sequenceLength })
            : windowColumn(codes, classes, encoding, { stride, offset: sequenceLength });
        return columnSplit(size, xs, ys);
      };
      const train = windows(coded.codes.subarray(0, cut), 'training');
      const test = testFraction > 0 ? windows(coded.codes.subarray(cut), 'test') : undefined;
      const one = encoding === 'oneHot' ? [coded.vocabulary.length] : [];
      return {
        inputShape: [sequenceLength, ...one],
        outputShape: labels === 'sequence' ? [sequenceLength, ...one] : one,
        train,
        ...(test && { test }),
        vocabulary: coded.vocabulary,
        description:
          `${path.basename(file)}, ${coded.codes.length.toLocaleString('en-US')} characters, ` +
          `${coded.vocabulary.length} different, ${train.size.toLocaleString('en-US')} train` +
          `${test ? ` + ${test.size.toLocaleString('en-US')} test` : ''} windows of ${sequenceLength}`,
      };
    },
  };
}

async function readUtf8(name: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(name);
  } catch (error) {
    throw fileProblem(error, name, 'read');
  }
  if (bytes.length === 0) throw new DataError(`${name}: the file is empty.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = firstInvalidByte(bytes);
    throw new DataError(
      `${name}: not UTF-8 text: found ${bytes
        .subarray(at, at + 4)
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1 ')} at byte ${at}. ` + 'Save the file as UTF-8.',
    );
  }
}

/** Where the broken character begins: the longest valid prefix by halving, less what it has of that character. */
function firstInvalidByte(bytes: Buffer): number {
  const valid = (end: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = bytes.length;
  if (valid(bad)) good = bad;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (valid(middle)) good = middle;
    else bad = middle;
  }
  while (!isUtf8(bytes.subarray(0, good))) good--;
  return good;
}

function encode(content: string): { vocabulary: string[]; codes: Int32Array } {
  const points = new Int32Array(content.length);
  let length = 0;
  for (let i = 0; i < content.length; i++) {
    const point = content.codePointAt(i) as number;
    if (point > 0xffff) i++;
    points[length++] = point;
  }
  const distinct = Int32Array.from(new Set(points.subarray(0, length))).sort();
  const places = new Map(Array.from(distinct, (point, place) => [point, place]));
  const codes = points.subarray(0, length).map((point) => places.get(point) as number);
  return { vocabulary: Array.from(distinct, (point) => String.fromCodePoint(point)), codes };
}

/** Windows over `codes`; without a length, single characters. */
function windowColumn(
  codes: Int32Array,
  classes: number,
  encoding: 'oneHot' | 'index',
  window: { stride: number; offset: number; length?: number },
): Column {
  const length = window.length ?? 1;
  const shape = [
    ...(window.length === undefined ? [] : [window.length]),
    ...(encoding === 'oneHot' ? [classes] : []),
  ];
  return {
    shape,
    gather(indices): Values {
      const count = indices.length * length;
      const out = encoding === 'oneHot' ? new Float32Array(count * classes) : new Int32Array(count);
      for (let i = 0; i < indices.length; i++) {
        const start = (indices[i] as number) * window.stride + window.offset;
        for (let j = 0; j < length; j++) {
          const code = codes[start + j] as number;
          if (encoding === 'oneHot') out[(i * length + j) * classes + code] = 1;
          else out[i * length + j] = code;
        }
      }
      return { data: out, shape: [indices.length, ...shape] };
    },
  };
}
