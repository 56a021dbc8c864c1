import { readdir } from 'node:fs/promises';
import * as path from 'node:path';
import { columnSplit, denseColumn, labelColumn, product, type LabelEncoding } from './batches';
import { fileProblem } from './fileProblem';
import { readIdxFile, type IdxArray } from './idxFile';
import { requireOption } from './option';
import { DataError, type DataSource, type LoadedData, type Split } from './types';

export interface IdxOptions {
  /**
   * `'image'` (default) adds a channel dimension to examples of two dimensions: 28x28 becomes [28, 28, 1];
   * `'flat'` is [784].
   */
  readonly shape?: 'image' | 'flat';
  /** `'oneHot'` is float32 [classes] (default), `'index'` an int32 scalar. */
  readonly labels?: LabelEncoding;
  /** Default: the highest label in the files, plus one. */
  readonly classes?: number;
  /** Every value is multiplied by it; default 1/255 for files of bytes, else 1. */
  readonly scale?: number;
  /** Use only the first so many examples. */
  readonly limit?: { readonly train?: number; readonly test?: number };
  /** What stands before `train-images...` in the names, as `emnist-letters-` does in EMNIST. */
  readonly prefix?: string;
}

type Role = 'train-images' | 'train-labels' | 't10k-images' | 't10k-labels';

/**
 * Data in MNIST's format (MNIST, Fashion-MNIST, KMNIST, EMNIST, and CIFAR-10 as this package downloads it):
 * `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`,
 * each with .gz or without, also spelled `train-images.idx3-ubyte`; of any number of dimensions. The t10k files
 * may be absent. `directory` is resolved from the experiment file's folder.
 *
 * `load` throws {@link DataError}: a missing, truncated or damaged file, counts that do not match, a label out of
 * range.
 */
export function idx(directory: string, options: IdxOptions = {}): DataSource {
  const { shape = 'image', labels: encoding = 'oneHot', limit = {}, prefix = '' } = options;
  if (options.classes !== undefined) requireOption('idx', 'classes', options.classes, 1, 1_000_000);
  if (limit.train !== undefined) requireOption('idx', 'limit.train', limit.train, 1, 2 ** 32);
  if (limit.test !== undefined) requireOption('idx', 'limit.test', limit.test, 1, 2 ** 32);
  return {
    kind: 'idx',
    async load(context): Promise<LoadedData> {
      const folder = path.resolve(context.directory, directory);
      const files = await findFiles(folder, prefix);
      const train = await readPair(files['train-images'], files['train-labels']);
      const test =
        files['t10k-images'] && files['t10k-labels']
          ? await readPair(files['t10k-images'], files['t10k-labels'])
          : undefined;
      if (test) requireSameShape(train.images, test.images);
      const classes = options.classes ?? Math.max(highest(train.labels), test ? highest(test.labels) : 0) + 1;
      for (const pair of test ? [train, test] : [train]) requireInRange(pair.labels, classes);

      const exampleShape = shapeOf(train.images, shape);
      const scale = options.scale ?? (train.images.type === 'uint8' ? 1 / 255 : 1);
      const split = ({ images, labels }: Pair, most = Infinity): Split => {
        const size = Math.min(most, images.dimensions[0] as number);
        const length = images.data.length / (images.dimensions[0] as number);
        return columnSplit(
          size,
          denseColumn(images.data.subarray(0, size * length), exampleShape, scale),
          labelColumn(labels.data, classes, encoding),
        );
      };
      const trainSplit = split(train, limit.train);
      const testSplit = test && split(test, limit.test);
      return {
        inputShape: exampleShape,
        outputShape: encoding === 'oneHot' ? [classes] : [],
        train: trainSplit,
        ...(testSplit && { test: testSplit }),
        description:
          `MNIST format, ${count(trainSplit.size)} train` +
          (testSplit ? ` + ${count(testSplit.size)} test` : '') +
          `, ${exampleShape.join('x')}, ${classes} classes`,
      };
    },
  };
}

interface Pair {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}

async function findFiles(folder: string, prefix: string) {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileProblem(error, folder, 'read');
    throw new DataError(`there is no folder ${folder}. ${advice(prefix)}`);
  }
  const find = (role: Role): string | undefined => {
    const pattern = new RegExp(`^${role}[-.]idx\\d+-[a-z0-9]+(\\.gz)?$`, 'i');
    const matches = names.filter((n) => n.startsWith(prefix) && pattern.test(n.slice(prefix.length)));
    // Unpacked and packed side by side are the same data; the unpacked one loads faster.
    const name = matches.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
    return name && path.join(folder, name);
  };
  const files = {
    'train-images': find('train-images'),
    'train-labels': find('train-labels'),
    't10k-images': find('t10k-images'),
    't10k-labels': find('t10k-labels'),
  };
  const wantsTest = files['t10k-images'] !== undefined || files['t10k-labels'] !== undefined;
  const missing = (Object.keys(files) as Role[]).filter(
    (role) => !files[role] && (role.startsWith('train') || wantsTest),
  );
  if (missing.length > 0) {
    const wanted = missing.map((role) => `${prefix}${role}-idx${role.endsWith('images') ? 3 : 1}-ubyte[.gz]`);
    const there =
      names.length === 0
        ? 'The folder is empty.'
        : `Found there: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}.`;
    throw new DataError(`${folder} lacks ${wanted.join(' and ')}. ${there} ${advice(prefix)}`);
  }
  return files as typeof files & Record<'train-images' | 'train-labels', string>;
}

function advice(prefix: string): string {
  return prefix
    ? `The option prefix is '${prefix}': is that what the file names start with?`
    : 'MNIST itself can be had with: npx compute-lens data get mnist';
}

async function readPair(imagePath: string, labelPath: string): Promise<Pair> {
  const images = await readIdxFile(imagePath);
  const labels = await readIdxFile(labelPath);
  if (images.data.length === 0)
    throw new DataError(`${images.path}: no examples: its dimensions are ${images.dimensions.join(' x ')}.`);
  if (labels.dimensions.length !== 1)
    throw new DataError(
      `${labels.path}: labels have one dimension; found ${labels.dimensions.join(' x ')} at byte 4. ` +
        'Is this the file of the images?',
    );
  if (labels.type.startsWith('float'))
    throw new DataError(
      `${labels.path}: labels are whole numbers; found ${labels.type} (type code at byte 2).`,
    );
  if (labels.data.length !== images.dimensions[0])
    throw new DataError(
      `${labels.path} has ${labels.data.length} labels, but ${images.path} has ${images.dimensions[0]} examples ` +
        '(both counts are at byte 4).',
    );
  return { images, labels };
}

function requireSameShape(train: IdxArray, test: IdxArray): void {
  const one = train.dimensions.slice(1).join(' x ');
  const other = test.dimensions.slice(1).join(' x ');
  if (one !== other || train.type !== test.type)
    throw new DataError(
      `${test.path}: an example is ${other || '1'} of ${test.type}, but in ${train.path} it is ${one || '1'} of ${train.type}.`,
    );
}

function highest(labels: IdxArray): number {
  let most = 0;
  for (const label of labels.data) if (label > most) most = label;
  return most;
}

function requireInRange(labels: IdxArray, classes: number): void {
  const at = labels.data.findIndex((label) => label < 0 || label >= classes);
  if (at < 0) return;
  const offset = labels.headerBytes + at * labels.data.BYTES_PER_ELEMENT;
  throw new DataError(
    `${labels.path}: label ${labels.data[at]} of example ${at}, at byte ${offset}, is not in 0 to ${classes - 1}.`,
  );
}

function shapeOf(images: IdxArray, shape: 'image' | 'flat'): number[] {
  const one = images.dimensions.slice(1);
  if (shape === 'flat' || one.length === 0) return [product(one)];
  return one.length === 2 ? [...one, 1] : one;
}

function count(examples: number): string {
  return examples.toLocaleString('en-US');
}
