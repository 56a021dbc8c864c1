import { mix, type MaskColours, type Rgb } from './palette';
import { paintBoxes } from './paintBoxes';
import { paintCells } from './paintCells';
import type { Painting } from './painting';

/** The colours as they lie in memory: a number a pixel. */
export interface PackedColours {
  readonly background: number;
  readonly inactive: number;
  readonly dropped: number;
  readonly active: number;
  readonly grown: number;
  /** Of each magnitude from 0 to 255. */
  readonly magnitudes: Uint32Array;
}

/**
 * Paints as maskShader.ts does, where there is no WebGL2.
 *
 * @returns width x height x 4 bytes, RGBA
 */
export function paintPixels(
  painting: Painting,
  width: number,
  height: number,
  colours: MaskColours,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint32Array(width * height);
  if (painting.viewport.down > 1) paintBoxes(painting, pixels, width, colours, packedOf(colours));
  else paintCells(painting, pixels, width, packedOf(colours));
  return new Uint8ClampedArray(pixels.buffer);
}

/** Whether nothing is to be painted there: past the edges, between tiles, after the last tile. */
export function isGap({ layout, period, voidFrom }: Painting, column: number, row: number): boolean {
  if (column < 0 || row < 0 || column >= layout.columns || row >= layout.rows) return true;
  if (column >= voidFrom[0] && row >= voidFrom[1]) return true;
  return isBetween(column, period[0]) || isBetween(row, period[1]);
}

/** Red, green, blue and full alpha, the lowest byte first, as all machines have it that run this. */
export function packed([red, green, blue]: Rgb): number {
  return (0xff000000 | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}

function packedOf({ background, inactive, dropped, active, grown, strong }: MaskColours): PackedColours {
  return {
    background: packed(background),
    inactive: packed(inactive),
    dropped: packed(dropped),
    active: packed(active),
    grown: packed(grown),
    magnitudes: Uint32Array.from({ length: 256 }, (_, value) =>
      packed(mix(inactive, strong, Math.sqrt(value / 255))),
    ),
  };
}

function isBetween(cell: number, period: number): boolean {
  return period > 1 && cell % period === period - 1;
}
