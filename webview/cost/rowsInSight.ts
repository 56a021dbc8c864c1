/** Up to this many rows are all there; of more, only those in sight. */
const most = 300;
/** Drawn beyond what is in sight, so that scrolling a little draws nothing. */
const beyond = 40;
/** Rows from one index to before another. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** The rows of a list to draw, where its frame is scrolled to `top` and is `height` pixels high. */
export function rowsInSight(count: number, top: number, height: number, rowHeight: number): RowRange {
  if (count <= most) return { from: 0, to: count };
  const from = Math.max(0, Math.min(count - 1, Math.floor(top / rowHeight)) - beyond);
  return { from, to: Math.min(count, Math.ceil((top + height) / rowHeight) + beyond) };
}
