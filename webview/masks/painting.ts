import { isMatrix, wordsPerRow, type MaskLayout } from '../../src/protocol/maskLayout';
import type { Viewport } from './viewport';

/** From this size on, cells are set apart by lines, and dropped ones are outlines. */
export const linedUp = 6;

/** What is painted and which part of it: the mask and its last changes, or magnitudes in their stead. */
export interface Painting {
  readonly layout: MaskLayout;
  readonly viewport: Viewport;
  readonly active: Uint32Array;
  readonly changed: Uint32Array;
  readonly magnitudes?: Uint8Array;
  /** Words in a row of cells. */
  readonly words: number;
  /** Columns and rows from one tile to the next, 1 where cells lie side by side. */
  readonly period: readonly [number, number];
  /** Where the last band has no tiles any more: from this column and this row on. */
  readonly voidFrom: readonly [number, number];
}

export function paintingOf(
  layout: MaskLayout,
  viewport: Viewport,
  masks: Pick<Painting, 'active' | 'changed' | 'magnitudes'>,
): Painting {
  const { tile, inputs, outputs, perBand, rows, columns } = layout;
  const period: [number, number] = isMatrix(layout) ? [1, 1] : [tile.width + 1, tile.height + 1];
  const lastBand = outputs % perBand;
  const voidFrom: [number, number] =
    isMatrix(layout) || lastBand === 0
      ? [columns, rows]
      : [lastBand * period[0], Math.floor(outputs / perBand) * inputs * period[1]];
  const { active, changed, magnitudes } = masks;
  const shown = { active, changed, ...(magnitudes && { magnitudes }) };
  return { layout, viewport, ...shown, words: wordsPerRow(layout), period, voidFrom };
}
