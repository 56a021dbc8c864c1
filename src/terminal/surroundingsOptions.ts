import { surroundingsOf, type GivenSurroundings } from '../cost/surroundings';
import { UsageError } from './usageError';

/** Where the machine stands and what it costs, as options of the command line. */
export interface SurroundingsOptions {
  readonly place?: string;
  readonly pue?: number;
  readonly pricePerKwh?: number;
  readonly pricePerGpuHour?: number;
  readonly currency?: string;
}

/** These options alone, once they are known to make sense. */
export function checkedSurroundings(options: SurroundingsOptions) {
  const { place, pue, pricePerKwh, pricePerGpuHour, currency } = options;
  const given: GivenSurroundings = { place, pue, pricePerKwh, pricePerGpuHour, currency };
  try {
    surroundingsOf(given);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as SurroundingsOptions;
}
