import { isMatrix, wordsPerRow, type MaskLayout } from '../protocol/maskLayout';
import { eachSetBit, type MaskBits } from '../runs/masks';

/** Lays a mask out for the screen: see maskLayout.ts. */
export function layOut(bits: MaskBits, layout: MaskLayout): MaskBits {
  const words = wordsPerRow(layout);
  const picture: MaskBits = new Uint32Array(words * layout.rows);
  if (isMatrix(layout) && !layout.transposed) copyRows(bits, picture, layout, words);
  else
    eachCell(bits, layout, (row, column) => {
      const at = row * words + (column >>> 5);
      picture[at] = (picture[at] as number) | (1 << (column & 31));
    });
  return picture;
}

/** The values of a weight, laid out likewise, a byte a cell: 0 for none, 1 to 255 for up to the largest. */
export function layOutMagnitudes(
  values: Float32Array,
  active: MaskBits,
  layout: MaskLayout,
): { values: Uint8Array<ArrayBuffer>; largest: number } {
  let largest = 0;
  eachSetBit(active, (position) => {
    largest = Math.max(largest, Math.abs(values[position] ?? 0));
  });
  const cells = new Uint8Array(layout.rows * layout.columns);
  if (largest > 0)
    eachCell(active, layout, (row, column, position) => {
      const share = Math.abs(values[position] ?? 0) / largest;
      cells[row * layout.columns + column] = Math.max(1, Math.round(share * 255));
    });
  return { values: cells, largest };
}

/** Active weights of each output and of each input. */
export function degrees(bits: MaskBits, layout: MaskLayout) {
  const { inputs, outputs } = layout;
  const fanIn = new Uint32Array(outputs);
  const fanOut = new Uint32Array(inputs);
  eachSetBit(bits, (position) => {
    const output = position % outputs;
    const input = ((position - output) / outputs) % inputs;
    fanIn[output] = (fanIn[output] as number) + 1;
    fanOut[input] = (fanOut[input] as number) + 1;
  });
  return { fanIn, fanOut };
}

/** Calls back with the cell of every position that is one. */
function eachCell(
  bits: MaskBits,
  layout: MaskLayout,
  visit: (row: number, column: number, position: number) => void,
): void {
  const { inputs, outputs, tile, perBand, transposed } = layout;
  if (transposed) {
    eachSetBit(bits, (position) => {
      const output = position % outputs;
      visit(output, (position - output) / outputs, position);
    });
    return;
  }
  const [down, across] = isMatrix(layout) ? [1, 1] : [tile.height + 1, tile.width + 1];
  const bandRows = inputs * down;
  eachSetBit(bits, (position) => {
    const output = position % outputs;
    const rest = (position - output) / outputs;
    const input = rest % inputs;
    const inTile = (rest - input) / inputs;
    const x = inTile % tile.width;
    const y = (inTile - x) / tile.width;
    const band = Math.floor(output / perBand);
    visit(band * bandRows + input * down + y, (output - band * perBand) * across + x, position);
  });
}

/** Rows one after the other without a gap become rows of whole words. */
function copyRows(bits: MaskBits, picture: MaskBits, { rows, columns }: MaskLayout, words: number): void {
  const pastEnd = columns & 31 ? (1 << (columns & 31)) - 1 : -1;
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
}
