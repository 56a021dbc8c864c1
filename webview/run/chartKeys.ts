import uPlot from 'uplot';
import type { Viewport } from './viewport';

/** Under this name all charts point at the same place. */
export const sharedCursor = 'places';

/**
 * What a key does in a chart: arrows, Page, Home and End move the cursor of all charts, with Shift arrows pan, + and -
 * zoom around the cursor, 0 and Escape show everything.
 *
 * @returns whether the key meant something here
 */
export function takeKey(event: KeyboardEvent, plot: uPlot, viewport: Viewport): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return zoomed(event.key, event.shiftKey, plot, viewport) || cursorMoved(event.key, plot);
}

function zoomed(key: string, shift: boolean, plot: uPlot, viewport: Viewport): boolean {
  const { left } = plot.cursor;
  const { min, max } = viewport.range;
  const around = left != null && left >= 0 ? plot.posToVal(left, 'x') : (min + max) / 2;
  const actions: Record<string, () => void> = {
    '+': () => viewport.zoom(0.5, around),
    '=': () => viewport.zoom(0.5, around),
    '-': () => viewport.zoom(2, around),
    '0': () => viewport.reset(),
    Escape: () => viewport.reset(),
    ...(shift && { ArrowLeft: () => viewport.pan(-0.1), ArrowRight: () => viewport.pan(0.1) }),
  };
  actions[key]?.();
  return key in actions;
}

function cursorMoved(key: string, plot: uPlot): boolean {
  const places = plot.data[0];
  const last = places.length - 1;
  const page = Math.max(1, Math.round(last / 10));
  const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -page, PageUp: page };
  const from = plot.cursor.idx ?? last;
  const to = key === 'Home' ? 0 : key === 'End' ? last : from + (moves[key] ?? NaN);
  if (last < 0 || Number.isNaN(to)) return false;
  const place = places[Math.min(last, Math.max(0, to))] ?? 0;
  for (const each of uPlot.sync(sharedCursor).plots)
    each.setCursor({ left: each.valToPos(place, 'x'), top: each.height / 3 });
  return true;
}
