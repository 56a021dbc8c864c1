import * as v from 'valibot';

/** What a run keeps busy, and what energy is told of. */
const componentNames = ['cpu', 'memory', 'gpu'] as const;
export type ComponentName = (typeof componentNames)[number];

/** Measured: read from a meter of the hardware. Estimated: worked out from load and the usual power of such parts. */
const provenances = ['measured', 'estimated'] as const;
export type Provenance = (typeof provenances)[number];

/** Energy of one component over some time, as far as one source tells of it. Part of `run.json` and of events. */
export const energyPartSchema = v.object({
  component: v.picklist(componentNames),
  provenance: v.picklist(provenances),
  /** What it was read from or worked out by, in words. */
  source: v.string(),
  /** Of this run alone, where others use the component too. */
  joules: v.number(),
  /** What it may be at the least and at the most: nine times of ten, by what is known of the source. */
  low: v.number(),
  high: v.number(),
  /** Of the time that this tells of. */
  seconds: v.number(),
});
export type EnergyPart = v.InferOutput<typeof energyPartSchema>;

/** Parts that are of one component and one source, as one. */
export function addParts(parts: Iterable<EnergyPart>): EnergyPart[] {
  const sums = new Map<string, EnergyPart>();
  for (const part of parts) {
    const key = `${part.component} ${part.provenance} ${part.source}`;
    const sum = sums.get(key);
    sums.set(
      key,
      sum
        ? {
            ...sum,
            joules: sum.joules + part.joules,
            low: sum.low + part.low,
            high: sum.high + part.high,
            seconds: sum.seconds + part.seconds,
          }
        : part,
    );
  }
  return [...sums.values()];
}

export interface EnergyTotal {
  readonly joules: number;
  readonly low: number;
  readonly high: number;
  /** Estimated as soon as one of the parts is. */
  readonly provenance: Provenance;
}

/** Sum over components. Errors of parts are taken to go the same way, so that their bounds add up. */
export function totalEnergy(parts: Iterable<EnergyPart>): EnergyTotal {
  let total: EnergyTotal = { joules: 0, low: 0, high: 0, provenance: 'measured' };
  for (const { joules, low, high, provenance } of parts)
    total = {
      joules: total.joules + joules,
      low: total.low + low,
      high: total.high + high,
      provenance: provenance === 'estimated' ? provenance : total.provenance,
    };
  return total;
}
