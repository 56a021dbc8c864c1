import type { CostRow, Roof } from '../../src/protocol/costPanel';

/** A layer under a roof. */
export interface RoofPoint {
  readonly row: CostRow;
  /** FLOPs a byte moved. */
  readonly intensity: number;
  /** The most that the backend could reach with it, in GFLOP/s. */
  readonly attainable: number;
  readonly bound: 'compute' | 'memory';
}

/** FLOPs a byte from which on arithmetic is what holds a kernel up, and no longer memory. */
export function ridgeOf({ gigaflopsPerSecond, gigabytesPerSecond }: Roof): number {
  return gigaflopsPerSecond / gigabytesPerSecond;
}

/** Where a roof is at an intensity, in GFLOP/s. */
export function attainable(roof: Roof, intensity: number): number {
  return Math.min(roof.gigaflopsPerSecond, intensity * roof.gigabytesPerSecond);
}

/** Layers that compute and move something, each under the roof. */
export function roofPoints(rows: readonly CostRow[], roof: Roof): RoofPoint[] {
  return rows.flatMap((row) => {
    const { all = 0, bytesMoved = 0 } = row.now ?? {};
    if (all <= 0 || bytesMoved <= 0) return [];
    const intensity = all / bytesMoved;
    const bound = intensity >= ridgeOf(roof) ? 'compute' : 'memory';
    return [{ row, intensity, attainable: attainable(roof, intensity), bound }] as const;
  });
}
