/**
 * What part of a picture of cells a canvas shows. One cell takes `up` device pixels each way, or one pixel shows
 * `down` cells each way: whole numbers, so that every cell is as large as the others and edges fall on pixels.
 */
export interface Viewport {
  readonly up: number;
  readonly down: number;
  /** Pixels of the enlarged or reduced picture that lie left of and above the canvas; negative for a margin. */
  readonly left: number;
  readonly top: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

const largestUp = 64;

/** Pixels that so many cells take. */
export function pixelsOf(cells: number, { up, down }: Pick<Viewport, 'up' | 'down'>): number {
  return Math.ceil((cells * up) / down);
}

/** The whole picture, as large as it fits, in the middle. */
export function fitted(cells: Extent, canvas: Extent): Viewport {
  const ratio = Math.min(canvas.width / cells.width, canvas.height / cells.height);
  const scale =
    ratio >= 1
      ? { up: Math.min(largestUp, Math.floor(ratio)), down: 1 }
      : { up: 1, down: Math.max(1, Math.ceil(1 / ratio)) };
  return clamped({ ...scale, left: 0, top: 0 }, cells, canvas);
}

/** The next larger or smaller scale, no smaller than the whole picture, with the cell under a pixel staying there. */
export function zoomed(
  view: Viewport,
  larger: boolean,
  at: { readonly x: number; readonly y: number },
  cells: Extent,
  canvas: Extent,
): Viewport {
  const scale = larger ? nextLarger(view) : nextSmaller(view);
  const whole = fitted(cells, canvas);
  if (!larger && scale.up / scale.down <= whole.up / whole.down) return whole;
  const factor = scale.up / scale.down / (view.up / view.down);
  const left = Math.round((view.left + at.x) * factor - at.x);
  const top = Math.round((view.top + at.y) * factor - at.y);
  return clamped({ ...scale, left, top }, cells, canvas);
}

export function panned(view: Viewport, x: number, y: number, cells: Extent, canvas: Extent): Viewport {
  return clamped({ ...view, left: view.left + x, top: view.top + y }, cells, canvas);
}

/** The row and column under a pixel of the canvas; outside of the picture, too. */
export function cellAt(view: Viewport, x: number, y: number): { row: number; column: number } {
  const cell = (pixel: number) => Math.floor((pixel * view.down) / view.up);
  return { row: cell(y + view.top), column: cell(x + view.left) };
}

/** Moves a view so that a cell is in sight. */
export function showing(
  view: Viewport,
  cell: { readonly row: number; readonly column: number },
  cells: Extent,
  canvas: Extent,
): Viewport {
  const along = (at: number, from: number, length: number) => {
    const begin = Math.floor((at * view.up) / view.down);
    const end = begin + Math.max(1, view.up);
    if (begin < from) return begin;
    return end > from + length ? end - length : from;
  };
  const left = along(cell.column, view.left, canvas.width);
  const top = along(cell.row, view.top, canvas.height);
  return clamped({ ...view, left, top }, cells, canvas);
}

function nextLarger({ up, down }: Viewport): Pick<Viewport, 'up' | 'down'> {
  if (down > 1) return { up: 1, down: Math.max(1, Math.floor(down / 1.3)) };
  return { up: Math.min(largestUp, Math.max(up + 1, Math.round(up * 1.25))), down: 1 };
}

function nextSmaller({ up, down }: Viewport): Pick<Viewport, 'up' | 'down'> {
  if (up > 1) return { up: Math.max(1, Math.min(up - 1, Math.round(up / 1.25))), down: 1 };
  return { up: 1, down: Math.max(down + 1, Math.round(down * 1.3)) };
}

/** No margin where the picture is larger than the canvas; else it lies in the middle. */
function clamped(view: Viewport, cells: Extent, canvas: Extent): Viewport {
  const along = (at: number, count: number, length: number) => {
    const spare = pixelsOf(count, view) - length;
    return spare <= 0 ? Math.ceil(spare / 2) : Math.min(spare, Math.max(0, at));
  };
  return {
    ...view,
    left: along(view.left, cells.width, canvas.width),
    top: along(view.top, cells.height, canvas.height),
  };
}
