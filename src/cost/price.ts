import { kilowattHours, type Interval } from './carbon';

/** What compute costs its user, in a currency of their own. */
export interface Prices {
  /** For a kilowatt-hour from the grid. */
  readonly perKwh?: number | undefined;
  /** For an hour on a GPU. */
  readonly perGpuHour?: number | undefined;
  readonly currency: string;
}

/**
 * Money for electricity and for hours on GPUs; undefined where no price is given.
 *
 * @param joules that the machine used
 * @param gpuSeconds on a GPU
 */
export function money(joules: Interval, gpuSeconds: number, prices: Prices, pue = 1): Interval | undefined {
  const { perKwh, perGpuHour } = prices;
  if (perKwh === undefined && perGpuHour === undefined) return undefined;
  const kwh = kilowattHours(joules, pue);
  const rent = (gpuSeconds / 3600) * (perGpuHour ?? 0);
  const each = (energy: number) => energy * (perKwh ?? 0) + rent;
  return { low: each(kwh.low), value: each(kwh.value), high: each(kwh.high) };
}
