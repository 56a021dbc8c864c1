import * as v from 'valibot';

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));

/** A predicted figure: nine times of ten between the ends. */
const spread = v.object({ p5: amount, p50: amount, p95: amount });

/** What a training is predicted to take on a device that was calibrated. */
export const predictedTraining = v.object({
  backend: v.string(),
  /** What is trained is sparse, and this is what it would take were it dense. */
  dense: v.boolean(),
  stepSeconds: spread,
  /** Of all training steps, and what they use; absent where their number is not known. */
  runSeconds: v.optional(spread),
  joules: v.optional(spread),
  gCO2e: v.optional(spread),
  cost: v.optional(v.object({ ...spread.entries, currency: v.string() })),
  /** What energy and emissions stand on. */
  sources: v.array(v.string()),
});
