import { carbonIntensity } from './carbon';
import type { Surroundings } from './budget';

/** As a user says it: everything may be left out. */
export interface GivenSurroundings {
  readonly place?: string | number | undefined;
  readonly pue?: number | undefined;
  readonly pricePerKwh?: number | undefined;
  readonly pricePerGpuHour?: number | undefined;
  readonly currency?: string | undefined;
}

/** @throws Error where the place is unknown or a number makes no sense */
export function surroundingsOf(given: GivenSurroundings): Surroundings {
  const { place, pue = 1, pricePerKwh, pricePerGpuHour, currency = 'USD' } = given;
  if (!(Number.isFinite(pue) && pue >= 1))
    throw new Error(`A power usage effectiveness (PUE) is a number from 1 on; found ${pue}.`);
  for (const price of [pricePerKwh, pricePerGpuHour])
    if (price !== undefined && !(Number.isFinite(price) && price >= 0))
      throw new Error(`A price is a number from 0 on; found ${price}.`);
  return {
    intensity: carbonIntensity(place === '' ? undefined : place),
    pue,
    prices: { perKwh: pricePerKwh, perGpuHour: pricePerGpuHour, currency },
  };
}
