import type { CostRow, MeasuredStep, Roof } from '../../src/protocol/costPanel';

/** A layer under a roof. */
export interface RoofPoint {
  readonly row: CostRow;
  /** FLOPs a byte moved. */
  readonly intensity: number;
  /** The most that the backend could reach with it, in GFLOP/s. */
  readonly attainable: number;
  readonly bound: 'compute' | 'memory';
  /** What it is predicted to reach in GFLOP/s, where the backend was calibrated. */
  readonly predicted?: number;
}

/** A whole step as the last run measured it. */
export interface MeasuredPoint {
  readonly intensity: number;
  /** In GFLOP/s. */
  readonly achieved: number;
}

/** FLOPs a byte from which on arithmetic is what holds a kernel up, and no longer memory. */
export function ridgeOf({ gigaflopsPerSecond, gigabytesPerSecond }: Roof): number {
  return gigaflopsPerSecond / gigabytesPerSecond;
}

/** Where a roof is at an intensity, in GFLOP/s. */
export function attainable(roof: Roof, intensity: number): number {
  return Math.min(roof.gigaflopsPerSecond, intensity * roof.gigabytesPerSecond);
}

/**
 * Layers that compute and move something, each under the roof.
 *
 * @param calibrated backend that times are predicted for
 */
export function roofPoints(rows: readonly CostRow[], roof: Roof, calibrated?: string): RoofPoint[] {
  return rows.flatMap((row) => {
    const { all = 0, bytesMoved = 0, seconds = 0 } = row.now ?? {};
    if (all <= 0 || bytesMoved <= 0) return [];
    const intensity = all / bytesMoved;
    const bound = intensity >= ridgeOf(roof) ? 'compute' : 'memory';
    const predicted = calibrated === roof.backend && seconds > 0 ? { predicted: all / seconds / 1e9 } : {};
    return [{ row, intensity, attainable: attainable(roof, intensity), bound, ...predicted }] as const;
  });
}

/** Where a measured step lies; undefined where it was measured on another backend, or moves nothing. */
export function measuredPoint(step: MeasuredStep | undefined, roof: Roof): MeasuredPoint | undefined {
  if (step?.backend !== roof.backend) return undefined;
  const { seconds, flops, bytesMoved } = step;
  if (!(seconds > 0 && flops > 0 && bytesMoved > 0)) return undefined;
  return { intensity: flops / bytesMoved, achieved: flops / seconds / 1e9 };
}
