/** The weights that a mask is laid out for; see runs/maskFrame.ts. */
export interface LaidOutWeight {
  readonly kind: string;
  readonly shape: readonly number[];
}

/**
 * A mask as a picture: one cell a position. A matrix has its longer side across, for screens are wide. Kernels of a
 * convolution are tiles with a cell between them, input channels down and output channels across; where there are far
 * more outputs than inputs, the row of tiles is broken into bands.
 */
export interface MaskLayout {
  /** Cells, those between tiles included. */
  readonly rows: number;
  readonly columns: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Positions of one tile; 1 x 1 and without cells between them for a matrix. */
  readonly tile: { readonly height: number; readonly width: number };
  /** Outputs side by side. */
  readonly perBand: number;
  /** Of a matrix: inputs are across and outputs down, not the other way round as in memory. */
  readonly transposed: boolean;
}

/** A position of a mask. `y` and `x` are those in a kernel. */
export interface MaskPosition {
  readonly index: number;
  readonly input: number;
  readonly output: number;
  readonly y: number;
  readonly x: number;
}

/** Wider than this, a row of tiles is broken. */
const widest = 3;

export function layoutOf({ kind, shape }: LaidOutWeight): MaskLayout {
  const last = shape.at(-1) ?? 1;
  const tiled = (kind === 'conv' || kind === 'depthwise') && shape.length > 2;
  const product = (dims: readonly number[]) => dims.reduce((all, each) => all * each, 1);
  if (!tiled) return matrix(product(shape.slice(0, -1)), last);
  // Each channel of a depthwise kernel has outputs of its own.
  const channels = shape.at(-2) ?? 1;
  const [inputs, outputs] = kind === 'depthwise' ? [1, channels * last] : [channels, last];
  const tile = { height: product(shape.slice(0, -3)), width: shape.at(-3) ?? 1 };
  if (tile.height * tile.width === 1) return matrix(inputs, outputs);
  const perBand = outputsPerBand(inputs, outputs, tile);
  const bands = Math.ceil(outputs / perBand);
  const rows = bands * inputs * (tile.height + 1) - 1;
  return { rows, columns: perBand * (tile.width + 1) - 1, inputs, outputs, tile, perBand, transposed: false };
}

/** The position under a cell; undefined between tiles and past the last one. */
export function positionAt(layout: MaskLayout, row: number, column: number): MaskPosition | undefined {
  const { rows, columns, inputs, outputs, tile, perBand, transposed } = layout;
  if (row < 0 || column < 0 || row >= rows || column >= columns) return undefined;
  if (isMatrix(layout)) {
    const [input, output] = transposed ? [column, row] : [row, column];
    return { index: input * outputs + output, input, output, y: 0, x: 0 };
  }
  const y = row % (tile.height + 1);
  const x = column % (tile.width + 1);
  const tileRow = Math.floor(row / (tile.height + 1));
  const output = Math.floor(tileRow / inputs) * perBand + Math.floor(column / (tile.width + 1));
  if (y === tile.height || x === tile.width || output >= outputs) return undefined;
  const input = tileRow % inputs;
  return { index: ((y * tile.width + x) * inputs + input) * outputs + output, input, output, y, x };
}

/** Whether cells lie side by side as the positions do. */
export function isMatrix({ tile }: MaskLayout): boolean {
  return tile.height * tile.width === 1;
}

/** Words of 32 cells that a row of the picture takes. */
export function wordsPerRow({ columns }: MaskLayout): number {
  return Math.ceil(columns / 32);
}

/** Inputs down and outputs across, or the other way round. */
export function matrixLayout(inputs: number, outputs: number, transposed: boolean): MaskLayout {
  const [rows, columns] = transposed ? [outputs, inputs] : [inputs, outputs];
  return { rows, columns, inputs, outputs, tile: { height: 1, width: 1 }, perBand: outputs, transposed };
}

function matrix(inputs: number, outputs: number): MaskLayout {
  return matrixLayout(inputs, outputs, inputs > outputs);
}

function outputsPerBand(inputs: number, outputs: number, tile: MaskLayout['tile']): number {
  const height = inputs * (tile.height + 1);
  const width = outputs * (tile.width + 1);
  if (width <= widest * height) return outputs;
  const bands = Math.max(1, Math.round(Math.sqrt(width / (widest * 0.6 * height))));
  return Math.ceil(outputs / bands);
}
