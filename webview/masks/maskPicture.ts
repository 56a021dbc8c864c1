import { isMatrix, matrixLayout, wordsPerRow, type MaskLayout } from '../../src/protocol/maskLayout';
import type { MaskBits } from '../../src/runs/maskBits';
import { transposeBits } from './transposeBits';

/** Lays a mask out for the screen: see maskLayout.ts. */
export function layOut(bits: MaskBits, layout: MaskLayout): MaskBits {
  if (isMatrix(layout)) {
    if (!layout.transposed) return alignRows(bits, layout);
    const { inputs, outputs } = layout;
    const upright = alignRows(bits, matrixLayout(inputs, outputs, false));
    return transposeBits(upright, inputs, outputs);
  }
  const words = wordsPerRow(layout);
  const picture: MaskBits = new Uint32Array(words * layout.rows);
  eachCell(bits, layout, (row, column) => {
    const at = row * words + (column >>> 5);
    picture[at] = (picture[at] as number) | (1 << (column & 31));
  });
  return picture;
}

/**
 * Magnitudes laid out likewise, a byte a cell: 0 where no weight is active.
 *
 * @param values a byte a position, 255 for the largest
 */
export function layOutMagnitudes(
  values: Uint8Array,
  active: MaskBits,
  layout: MaskLayout,
): Uint8Array<ArrayBuffer> {
  const cells = new Uint8Array(layout.rows * layout.columns);
  eachCell(active, layout, (row, column, position) => {
    cells[row * layout.columns + column] = Math.max(1, values[position] ?? 0);
  });
  return cells;
}

/** Active weights of each output and of each input. Written out, for there are millions of them. */
export function degrees(bits: MaskBits, { inputs, outputs }: MaskLayout) {
  const fanIn = new Uint32Array(outputs);
  const fanOut = new Uint32Array(inputs);
  let input = 0;
  let begin = 0;
  for (let word = 0; word < bits.length; word++) {
    let left = bits[word] as number;
    while (left !== 0) {
      const lowest = left & -left;
      left ^= lowest;
      const position = word * 32 + 31 - Math.clz32(lowest);
      while (position - begin >= outputs) {
        begin += outputs;
        input = input + 1 === inputs ? 0 : input + 1;
      }
      fanIn[position - begin] = (fanIn[position - begin] as number) + 1;
      fanOut[input] = (fanOut[input] as number) + 1;
    }
  }
  return { fanIn, fanOut };
}

/** Calls back with the cell of every position that is one. */
function eachCell(
  bits: MaskBits,
  layout: MaskLayout,
  visit: (row: number, column: number, position: number) => void,
): void {
  const { inputs, outputs, tile, perBand, transposed } = layout;
  const [down, across] = isMatrix(layout) ? [1, 1] : [tile.height + 1, tile.width + 1];
  let row = 0;
  let begin = 0;
  for (let word = 0; word < bits.length; word++) {
    let left = bits[word] as number;
    while (left !== 0) {
      const lowest = left & -left;
      left ^= lowest;
      const position = word * 32 + 31 - Math.clz32(lowest);
      while (position - begin >= outputs) {
        begin += outputs;
        row++;
      }
      const output = position - begin;
      if (transposed) {
        visit(output, row, position);
        continue;
      }
      const input = row % inputs;
      const inTile = (row - input) / inputs;
      const x = inTile % tile.width;
      const y = (inTile - x) / tile.width;
      const band = Math.floor(output / perBand);
      visit((band * inputs + input) * down + y, (output - band * perBand) * across + x, position);
    }
  }
}

/** Rows one after the other without a gap become rows of whole words. */
function alignRows(bits: MaskBits, layout: MaskLayout): MaskBits {
  const { rows, columns } = layout;
  if (columns % 32 === 0) return bits.slice();
  const words = wordsPerRow(layout);
  const picture: MaskBits = new Uint32Array(words * rows);
  const pastEnd = (1 << (columns & 31)) - 1;
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    const shift = from & 31;
    let source = Math.floor(from / 32);
    for (let word = 0; word < words; word++, source++) {
      const low = (bits[source] as number) >>> shift;
      const high = shift > 0 ? (bits[source + 1] ?? 0) << (32 - shift) : 0;
      picture[row * words + word] = low | high;
    }
    const last = row * words + words - 1;
    picture[last] = (picture[last] as number) & pastEnd;
  }
  return picture;
}
