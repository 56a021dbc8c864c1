import * as v from 'valibot';

const cost = v.pipe(v.number(), v.finite(), v.minValue(0));

/** Nanoseconds for each of what a kernel does, and how many times faster the machine's threads do it together. */
const costsSchema = v.object({
  product: cost,
  weight: cost,
  input: cost,
  output: cost,
  line: cost,
  together: v.pipe(v.number(), v.finite(), v.gtValue(0)),
});
const formatsSchema = v.object({
  dense: costsSchema,
  lists: costsSchema,
  blocks: v.exactOptional(costsSchema),
});
const kindSchema = v.object({
  forward: formatsSchema,
  inputGradient: formatsSchema,
  weightGradient: formatsSchema,
});

/** What a machine takes for products with sparse weights, as `tf.measureSparseProfile()` says it. */
export const sparseProfileSchema = v.object({ matrix: kindSchema, window: kindSchema });
export type SparseProfile = v.InferOutput<typeof sparseProfileSchema>;
