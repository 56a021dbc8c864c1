import * as v from 'valibot';

/**
 * The fastest that a backend was seen to compute on a machine, as measured: lower bounds of what it can do, dated.
 * Its schema is part of `run.json`.
 */
export const peakSchema = v.object({
  /** A float32 product of two square matrices, a multiply-accumulate being two FLOPs. */
  matmul: v.object({
    gigaflopsPerSecond: v.pipe(v.number(), v.finite(), v.gtValue(0)),
    /** Rows, and columns, of the matrices it was fastest with. */
    size: v.number(),
    /** ISO 8601. */
    measuredAt: v.string(),
  }),
  /** A float32 sum of two tensors, of which both are read and the sum is written. */
  add: v.optional(
    v.object({
      gigabytesPerSecond: v.pipe(v.number(), v.finite(), v.gtValue(0)),
      /** Of each of the three tensors, in bytes. */
      bytes: v.number(),
      measuredAt: v.string(),
    }),
  ),
  /** That the backend computes with; absent for GPUs. */
  threads: v.optional(v.number()),
});
export type Peak = v.InferOutput<typeof peakSchema>;

/** Of each figure the faster: a slower one says only that the machine was busy. */
export function fasterOf(one: Peak, other: Peak): Peak {
  const speed = ({ matmul }: Peak) => matmul.gigaflopsPerSecond;
  const bandwidth = ({ add }: Peak) => add?.gigabytesPerSecond ?? 0;
  const { matmul, threads } = speed(other) > speed(one) ? other : one;
  const { add } = bandwidth(other) > bandwidth(one) ? other : one;
  return { matmul, ...(add && { add }), ...(threads !== undefined && { threads }) };
}
