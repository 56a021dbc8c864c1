import { sharedOperations } from './native';
import { usual } from './usualProfile';

/** Ways to multiply with a weight that is zero in places. */
export const sparseFormats = ['dense', 'lists', 'blocks'] as const;
export type SparseFormat = (typeof sparseFormats)[number];

/** The products of a training step. */
export const sparseWork = ['forward', 'inputGradient', 'weightGradient'] as const;
export type SparseWork = (typeof sparseWork)[number];

/** What is to be done: `rows` rows with a weight of `inputs` x `outputs`, `active` of them not zero. */
export interface SparseShape {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly active: number;
  /** Whether these come in blocks of eight outputs that share an input. */
  readonly blocks: boolean;
  /** Where rows are what the windows of a convolution see. */
  readonly window?: SparseWindow | undefined;
}

export interface SparseWindow {
  /** Lines of the image that it reaches over. */
  readonly lines: number;
  readonly channels: number;
  /** Whether it goes on by one pixel, and sees each beside the next. */
  readonly isPlain: boolean;
}

/** What a kernel does, counted. */
export interface SparseAmounts {
  /** Multiply-accumulates, with those by which its tiles are filled up. */
  readonly product: number;
  /** Weights that it reads or writes. */
  readonly weight: number;
  /** Numbers of the matrix on the side of the inputs, and on that of the outputs. */
  readonly input: number;
  readonly output: number;
  /** Lines of images that are looked at through windows. */
  readonly line: number;
}
export const sparseAmounts = ['product', 'weight', 'input', 'output', 'line'] as const;

/** What that takes: nanoseconds for one of each. */
export interface SparseCosts extends SparseAmounts {
  /** How many times faster the machine's threads do it together. */
  readonly together: number;
}

/** What a machine takes for each product, by the way that it is done: of matrices, and through windows. */
export type SparseProfile = Readonly<Record<SparseKind, Readonly<Record<SparseWork, FormatCosts>>>>;
export const sparseKinds = ['matrix', 'window'] as const;
export type SparseKind = (typeof sparseKinds)[number];
/** Without a kernel there are no costs. */
export interface FormatCosts {
  readonly dense: SparseCosts;
  readonly lists: SparseCosts;
  readonly blocks?: SparseCosts;
}

/** How much less a sparse product has to take by the profile: no estimate is closer. */
const margin = 0.9;

let profile = usual;

/** The way that takes the least by the profile in use: of the same profile and numbers always the same. */
export function chooseFormat(work: SparseWork, shape: SparseShape): SparseFormat {
  const dense = margin * nanoseconds(work, 'dense', shape);
  const others = sparseFormats.filter((format) => format !== 'dense' && isPossible(work, format, shape));
  const takes = others.map((format) => nanoseconds(work, format, shape));
  const least = Math.min(dense, ...takes);
  return others[takes.indexOf(least)] ?? 'dense';
}

/** What a product takes by the profile in use. */
export function nanoseconds(work: SparseWork, format: SparseFormat, shape: SparseShape): number {
  const costs = profile[shape.window ? 'window' : 'matrix'][work][format];
  if (!costs) return Infinity;
  const { rows, inputs, outputs, active } = shape;
  const amounts = amountsOf(work, format, shape);
  const alone = sparseAmounts.reduce((sum, each) => sum + costs[each] * amounts[each], 0);
  const operations = rows * (format === 'dense' ? inputs * outputs : active);
  return operations < sharedOperations ? alone : alone / costs.together;
}

export function amountsOf(work: SparseWork, format: SparseFormat, shape: SparseShape): SparseAmounts {
  const { rows, inputs, outputs, active, window } = shape;
  if (format !== 'dense') {
    const product = active * (format === 'lists' ? filled(work, rows) : rows);
    return { product, weight: active, input: rows * inputs, output: rows * outputs, line: linesOf(shape) };
  }
  const [weight, output] = [inputs * outputs, rows * outputs];
  if (work !== 'inputGradient') {
    const product = up(rows, work === 'forward' ? 6 : 1) * inputs * up(outputs, 8);
    return { product, weight, input: rows * inputs, output, line: linesOf(shape) };
  }
  // What assembly/convolution.ts does where the filters' taps make few tiles.
  const { channels = 0, isPlain = false } = window ?? {};
  if (isPlain && 2 * up(channels, 8) <= 3 * channels) {
    const product = (rows * inputs * outputs * up(channels, 8)) / channels;
    return { product, weight, input: rows * channels, output, line: 0 };
  }
  const product = up(rows, 6) * outputs * up(inputs, 8);
  return { product, weight, input: rows * inputs, output, line: linesOf(shape) };
}

/** Rows that a kernel works on, with those of its last tiles that are not there. */
function filled(work: SparseWork, rows: number): number {
  const rest = rows % 24;
  return work === 'weightGradient' || rest <= 16 ? up(rows, 8) : rows - rest + 24;
}

function linesOf({ rows, window }: SparseShape): number {
  return window ? rows * window.lines : 0;
}

function isPossible(work: SparseWork, format: SparseFormat, { blocks, window }: SparseShape): boolean {
  return format === 'lists' || (blocks && !window && work !== 'inputGradient');
}

function up(count: number, step: number): number {
  return step * Math.ceil(count / step);
}

/** The profile that choices are made by: what results are to the bit depends on it. */
export function getSparseProfile(): SparseProfile {
  return profile;
}

/**
 * Has effect on steps from then on, but not on plans that there are already; undefined: the usual one.
 *
 * @throws Error where a cost is missing, or is no number from 0 on
 */
export function setSparseProfile(measured: SparseProfile | undefined): void {
  for (const kind of measured ? sparseKinds : [])
    for (const work of sparseWork)
      for (const format of ['dense', 'lists'] as const) {
        const costs = measured?.[kind]?.[work]?.[format];
        for (const each of [...sparseAmounts, 'together'] as const)
          if (!(Number.isFinite(costs?.[each]) && Number(costs?.[each]) >= 0))
            throw new Error(
              `setSparseProfile: ${kind}.${work}.${format}.${each} is ${String(costs?.[each])}, not a time in nanoseconds.`,
            );
      }
  profile = measured ?? usual;
}
