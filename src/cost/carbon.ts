import table from './carbonIntensity.json';

/** A figure with its bounds: it lies between them nine times of ten. */
export interface Interval {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

/** CO2 equivalents of a kilowatt-hour from the grid. */
export interface CarbonIntensity {
  readonly gramsPerKwh: Interval;
  /** In words: whose figure, of which place and year. */
  readonly source: string;
}

const countries = table.countries as unknown as Readonly<
  Record<string, readonly [name: string, gramsPerKwh: number, year: number]>
>;
/** Of the hours of a year: a grid is cleaner at noon and dirtier at night than its mean says. */
const withinYear = 0.25;
const joulesPerKwh = 3.6e6;

/**
 * @param place a country's ISO code of three letters, or the user's own number in g/kWh; undefined: somewhere on earth
 * @throws Error where it is neither
 */
export function carbonIntensity(place?: string | number): CarbonIntensity {
  if (place === undefined) return world();
  if (typeof place === 'number' || /^[\d.]+$/.test(place.trim())) return ownNumber(Number(place));
  const code = place.trim().toUpperCase();
  const country = countries[code];
  if (!country)
    throw new Error(
      `There is no figure for the place "${place}": give a country's code of three letters (ISO 3166, such as DEU), ` +
        'or grams of CO2e for a kilowatt-hour as a number.',
    );
  const [name, value, year] = country;
  return {
    gramsPerKwh: { low: value * (1 - withinYear), value, high: value * (1 + withinYear) },
    source: `${name}, mean of ${year}: ${table.source}`,
  };
}

function ownNumber(value: number): CarbonIntensity {
  if (!(Number.isFinite(value) && value >= 0 && value < 5000))
    throw new Error(`A carbon intensity is grams of CO2e for a kilowatt-hour; found ${value}.`);
  return { gramsPerKwh: { low: value, value, high: value }, source: 'given by the user' };
}

/** The mean of the world's grids, and what nine of ten countries are within. */
function world(): CarbonIntensity {
  const all = Object.values(countries)
    .map(([, grams]) => grams)
    .sort((a, b) => a - b);
  const at = (share: number) => all[Math.floor(share * (all.length - 1))] ?? NaN;
  return {
    gramsPerKwh: { low: at(0.05), value: 475, high: at(0.95) },
    source: 'world average (International Energy Agency, 2019), since no country is given',
  };
}

/**
 * CO2 equivalents in grams of electricity.
 *
 * @param joules that the machine used
 * @param pue power usage effectiveness, 1 or more: what the building uses for each joule of the machine
 */
export function emissions(joules: Interval, { gramsPerKwh }: CarbonIntensity, pue = 1): Interval {
  return times(kilowattHours(joules, pue), gramsPerKwh);
}

/** Electricity from the grid in kWh. */
export function kilowattHours(joules: Interval, pue = 1): Interval {
  return times(joules, { low: pue / joulesPerKwh, value: pue / joulesPerKwh, high: pue / joulesPerKwh });
}

/** Bounds are taken to be reached together. */
export function times(a: Interval, b: Interval): Interval {
  return { low: a.low * b.low, value: a.value * b.value, high: a.high * b.high };
}
