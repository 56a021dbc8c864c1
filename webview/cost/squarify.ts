/** A rectangle of a treemap. */
export interface Tile {
  /** Index of the value that it stands for. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Rectangles with areas as the values, as near to squares as it goes, largest first from the upper left (Bruls, Huizing
 * and van Wijk 2000). Values that are not positive get none.
 */
export function squarify(values: readonly number[], width: number, height: number): Tile[] {
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  if (total <= 0 || width <= 0 || height <= 0) return [];
  const left = values
    .map((value, index) => ({ index, area: (Math.max(0, value) / total) * width * height }))
    .filter(({ area }) => area > 0)
    .sort((a, b) => b.area - a.area);
  const tiles: Tile[] = [];
  let free = { x: 0, y: 0, width, height };
  while (left.length > 0) {
    const side = Math.min(free.width, free.height);
    let length = 1;
    while (
      length < left.length &&
      worst(left.slice(0, length + 1), side) <= worst(left.slice(0, length), side)
    )
      length++;
    const row = left.splice(0, length);
    const area = sumOf(row);
    const thickness = side > 0 ? area / side : 0;
    const down = free.width >= free.height;
    let offset = 0;
    for (const { index, area: own } of row) {
      const extent = thickness > 0 ? own / thickness : 0;
      tiles.push(
        down
          ? { index, x: free.x, y: free.y + offset, width: thickness, height: extent }
          : { index, x: free.x + offset, y: free.y, width: extent, height: thickness },
      );
      offset += extent;
    }
    free = down
      ? { ...free, x: free.x + thickness, width: free.width - thickness }
      : { ...free, y: free.y + thickness, height: free.height - thickness };
  }
  return tiles;
}

interface Weighed {
  readonly area: number;
}

/** The largest aspect ratio in a row along a side. */
function worst(row: readonly Weighed[], side: number): number {
  const thickness = sumOf(row) / side;
  return Math.max(...row.map(({ area }) => Math.max(thickness ** 2 / area, area / thickness ** 2)));
}

function sumOf(row: readonly Weighed[]): number {
  return row.reduce((sum, { area }) => sum + area, 0);
}
