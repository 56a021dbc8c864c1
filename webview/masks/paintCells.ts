import { linedUp, type Painting } from './painting';
import { isGap, type PackedColours } from './paintPixels';

/** Paints where a cell is one pixel or more: a row of cells once, and the rows of pixels that are like it as copies. */
export function paintCells(
  painting: Painting,
  pixels: Uint32Array,
  width: number,
  colours: PackedColours,
): void {
  const { up, top } = painting.viewport;
  const isLined = up >= linedUp;
  const border = Math.max(1, Math.floor(up / 5));
  let last = '';
  for (let from = 0, y = top; from < pixels.length; from += width, y++) {
    const row = Math.floor(y / up);
    const inCell = y - row * up;
    if (isLined && inCell === up - 1) {
      pixels.fill(colours.background, from, from + width);
      continue;
    }
    const isInner = isLined && inCell >= border && inCell < up - 1 - border;
    const key = `${row} ${isInner}`;
    if (key === last) {
      pixels.copyWithin(from, from - width, from);
      continue;
    }
    last = key;
    const line = pixels.subarray(from, from + width);
    line.fill(colours.background);
    paintRow(painting, line, row, isInner ? border : 0, colours);
  }
}

/** @param border pixels of a dropped cell's outline at its left and its right; 0 where the line is all outline */
function paintRow(
  painting: Painting,
  line: Uint32Array,
  row: number,
  border: number,
  colours: PackedColours,
): void {
  const { layout, viewport, words, active, changed, magnitudes } = painting;
  const { up, left } = viewport;
  const inside = up >= linedUp ? up - 1 : up;
  const end = Math.ceil((left + line.length) / up);
  for (let column = Math.floor(left / up); column < end; column++) {
    if (isGap(painting, column, row)) continue;
    const from = column * up - left;
    const fill = (colour: number, margin = 0) =>
      line.fill(colour, Math.max(0, from + margin), Math.max(0, from + inside - margin));
    if (magnitudes) {
      fill(colours.magnitudes[magnitudes[row * layout.columns + column] ?? 0] as number);
      continue;
    }
    const at = row * words + (column >> 5);
    const isActive = (((active[at] as number) >>> (column & 31)) & 1) === 1;
    const hasChanged = (((changed[at] as number) >>> (column & 31)) & 1) === 1;
    if (isActive) fill(hasChanged ? colours.grown : colours.active);
    else fill(hasChanged ? colours.dropped : colours.inactive);
    if (hasChanged && !isActive && border > 0) fill(colours.inactive, border);
  }
}
