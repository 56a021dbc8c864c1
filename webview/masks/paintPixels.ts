import type { MaskColours, Rgb } from './colours';
import type { Painting } from './painting';

/** From this size on, cells are set apart by lines, and dropped ones are outlines. */
export const linedUp = 6;

/**
 * Paints as maskShader.ts does, pixel by pixel, where there is no WebGL2.
 *
 * @returns width x height x 4 bytes, RGBA
 */
export function paintPixels(
  painting: Painting,
  width: number,
  height: number,
  colours: MaskColours,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(width * height * 4);
  const { up, down, left, top } = painting.viewport;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      const colour =
        down > 1
          ? boxColour(painting, (x + left) * down, (y + top) * down, colours)
          : cellColour(painting, x + left, y + top, up, colours);
      pixels[at] = colour[0];
      pixels[at + 1] = colour[1];
      pixels[at + 2] = colour[2];
      pixels[at + 3] = 255;
    }
  return pixels;
}

function cellColour(painting: Painting, x: number, y: number, up: number, colours: MaskColours): Rgb {
  const { layout, words, active, changed, magnitudes } = painting;
  const column = Math.floor(x / up);
  const row = Math.floor(y / up);
  if (isGap(painting, column, row)) return colours.background;
  const inCell = [x - column * up, y - row * up] as const;
  if (up >= linedUp && (inCell[0] === up - 1 || inCell[1] === up - 1)) return colours.background;
  if (magnitudes) {
    const value = magnitudes[row * layout.columns + column] ?? 0;
    return mixed(colours.inactive, colours.strong, Math.sqrt(value / 255));
  }
  const at = row * words + (column >> 5);
  const isActive = (((active[at] ?? 0) >>> (column & 31)) & 1) === 1;
  const hasChanged = (((changed[at] ?? 0) >>> (column & 31)) & 1) === 1;
  if (isActive) return hasChanged ? colours.grown : colours.active;
  if (!hasChanged) return colours.inactive;
  const border = Math.max(1, Math.floor(up / 5));
  const inner = inCell.every((offset) => offset >= border && offset < up - 1 - border);
  return up >= linedUp && inner ? colours.inactive : colours.dropped;
}

function boxColour(painting: Painting, column: number, row: number, colours: MaskColours): Rgb {
  const { layout, words, active, changed, magnitudes, viewport } = painting;
  const [c0, r0] = [Math.max(0, column), Math.max(0, row)];
  const c1 = Math.min(layout.columns, column + viewport.down);
  const r1 = Math.min(layout.rows, row + viewport.down);
  if (column < 0 || row < 0 || c0 >= c1 || r0 >= r1) return colours.background;
  const cells = cellsIn(c0, c1, painting.period[0]) * cellsIn(r0, r1, painting.period[1]);
  if (cells === 0) return colours.background;
  let [kept, grown, dropped, largest] = [0, 0, 0, 0];
  for (let r = r0; r < r1; r++) {
    if (magnitudes) {
      for (let c = c0; c < c1; c++) largest = Math.max(largest, magnitudes[r * layout.columns + c] ?? 0);
      continue;
    }
    for (let word = c0 >> 5; word <= (c1 - 1) >> 5; word++) {
      let some = -1;
      if (word === c0 >> 5) some &= -1 << (c0 & 31);
      if (word === (c1 - 1) >> 5) some &= -1 >>> (31 - ((c1 - 1) & 31));
      const now = (active[r * words + word] ?? 0) & some;
      const differs = (changed[r * words + word] ?? 0) & some;
      kept += ones(now & ~differs);
      grown += ones(now & differs);
      dropped += ones(differs & ~now);
    }
  }
  if (magnitudes) return mixed(colours.inactive, colours.strong, Math.sqrt(largest / 255));
  const all = kept + grown + dropped;
  if (all === 0) return colours.inactive;
  const hue = [0, 1, 2].map(
    (i) =>
      (kept * (colours.active[i] ?? 0) +
        grown * (colours.grown[i] ?? 0) +
        dropped * (colours.dropped[i] ?? 0)) /
      all,
  ) as unknown as Rgb;
  return mixed(colours.inactive, hue, Math.sqrt(Math.min(1, all / cells)));
}

function isGap({ layout, period, voidFrom }: Painting, column: number, row: number): boolean {
  if (column < 0 || row < 0 || column >= layout.columns || row >= layout.rows) return true;
  if (column >= voidFrom[0] && row >= voidFrom[1]) return true;
  return isBetween(column, period[0]) || isBetween(row, period[1]);
}

function isBetween(cell: number, period: number): boolean {
  return period > 1 && cell % period === period - 1;
}

/** Of cells in a row, those that are not between tiles. */
function cellsIn(from: number, to: number, period: number): number {
  const gaps = (n: number) => (period > 1 ? Math.floor(n / period) : 0);
  return to - gaps(to) - (from - gaps(from));
}

function mixed(one: Rgb, other: Rgb, share: number): Rgb {
  return [
    one[0] + (other[0] - one[0]) * share,
    one[1] + (other[1] - one[1]) * share,
    one[2] + (other[2] - one[2]) * share,
  ];
}

function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
