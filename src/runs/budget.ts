import * as v from 'valibot';

const limit = v.pipe(
  v.number('a number above 0'),
  v.check((value) => Number.isFinite(value) && value > 0, 'a number above 0'),
);

/** Limits of a run, as its experiment, a setting or the command line says them: see cost/budget.ts for their units. */
export const budgetSchema = v.strictObject({
  flops: v.optional(limit),
  minutes: v.optional(limit),
  joules: v.optional(limit),
  gCO2e: v.optional(limit),
  memoryBytes: v.optional(limit),
  cost: v.optional(limit),
});

/** Where the machine of a run stands and what it costs, as the user says. */
export const surroundingsSchema = v.object({
  /** A country's ISO code of three letters, or grams of CO2e for a kilowatt-hour. */
  place: v.optional(v.union([v.string(), v.number()])),
  pue: v.optional(v.number()),
  pricePerKwh: v.optional(v.number()),
  pricePerGpuHour: v.optional(v.number()),
  currency: v.optional(v.string()),
});
export type RecordedSurroundings = v.InferOutput<typeof surroundingsSchema>;
