import os from 'node:os';
import type { Tensor } from '@tensorflow/tfjs-core';
import { isGpu, type BackendName } from '../runs/record';
import type { Peak } from '../runs/peak';
import type { Tf } from './tfInstance';

/** Rows and columns of the matrices, as far as time allows: a GPU is not busy with less than the last of them. */
const sizes = [64, 128, 256, 512, 1024, 2048, 4096];
/** More than caches hold; bytes of each of the three tensors of a sum. */
const addBytes = 64e6;
/** Short ones are timed together until they take this long, so that neither clock, dispatch nor reading shows. */
const timedMilliseconds = { computed: 10, queued: 50 };

export interface PeakLimits {
  /** About how long matrix products are measured. */
  readonly matmulMilliseconds: number;
  /** About how long sums are; absent: not at all. */
  readonly addMilliseconds?: number;
}

/**
 * Measures the backend that is active: matrix products and sums as a run computes them, the fastest of many. Draws
 * nothing random and leaves no tensors behind.
 *
 * @throws Error where a result is wrong or there is no memory for it
 */
export async function measurePeak(tf: Tf, name: BackendName, limits: PeakLimits): Promise<Peak> {
  const threads = threadsOf(tf, name);
  const matmul = await fastestMatmul(tf, isQueued(name), limits.matmulMilliseconds);
  const add =
    limits.addMilliseconds === undefined
      ? undefined
      : await fastestAdd(tf, isQueued(name), limits.addMilliseconds);
  return { matmul, ...(add && { add }), ...(threads !== undefined && { threads }) };
}

/** How many threads the active backend computes with; undefined for GPUs. */
export function threadsOf(tf: Tf, name: BackendName): number | undefined {
  if (name === 'wasm') return tf.getThreadsCount();
  if (name === 'cpu') return 1;
  return name === 'tensorflow' ? os.availableParallelism() : undefined;
}

/** Whether an op returns before it has run. */
function isQueued(name: BackendName): boolean {
  return isGpu(name);
}

/** Goes on to larger matrices only once there is time for them: the first products run before they are compiled well. */
async function fastestMatmul(tf: Tf, queued: boolean, milliseconds: number): Promise<Peak['matmul']> {
  const deadline = performance.now() + milliseconds;
  let fastest = { gigaflopsPerSecond: 0, size: 0 };
  let place = 0;
  do {
    const size = sizes[place] ?? 0;
    const time = await matmulTime(tf, size, queued, milliseconds / sizes.length);
    const gigaflopsPerSecond = (2 * size ** 3) / (time * 1e6);
    if (gigaflopsPerSecond > fastest.gigaflopsPerSecond) fastest = { gigaflopsPerSecond, size };
    const affordable = 8 * time <= (deadline - performance.now()) / 4;
    if (affordable && place < sizes.length - 1) place++;
  } while (performance.now() < deadline);
  return { ...fastest, measuredAt: new Date().toISOString() };
}

async function matmulTime(tf: Tf, size: number, queued: boolean, milliseconds: number): Promise<number> {
  const ones = tf.fill([size, size], 1);
  const halves = tf.fill([size, size], 0.5);
  try {
    return await shortest(tf, () => tf.matMul(ones, halves), size / 2, queued, milliseconds);
  } finally {
    tf.dispose([ones, halves]);
  }
}

async function fastestAdd(tf: Tf, queued: boolean, milliseconds: number): Promise<Peak['add']> {
  const ones = tf.fill([addBytes / 4], 1);
  const halves = tf.fill([addBytes / 4], 0.5);
  try {
    const time = await shortest(tf, () => tf.add(ones, halves), 1.5, queued, milliseconds);
    const gigabytesPerSecond = (3 * addBytes) / (time * 1e6);
    return { gigabytesPerSecond, bytes: addBytes, measuredAt: new Date().toISOString() };
  } finally {
    tf.dispose([ones, halves]);
  }
}

/**
 * Shortest time of an op in milliseconds, tried for about as long as said and at least once after a first time.
 *
 * @param expected what every element of its result is
 * @param queued the clock stops only when the result was read
 */
async function shortest(
  tf: Tf,
  op: () => Tensor,
  expected: number,
  queued: boolean,
  milliseconds: number,
): Promise<number> {
  const deadline = performance.now() + milliseconds;
  const timed = async (repetitions: number) => {
    const began = performance.now();
    for (let i = 1; i < repetitions; i++) op().dispose();
    const result = op();
    const computed = performance.now();
    const value = await firstElement(tf, result);
    const read = performance.now();
    if (value !== expected)
      throw new Error(`it computes wrong results here (an element became ${value}, not ${expected}).`);
    return ((queued ? read : computed) - began) / repetitions;
  };
  // The first time compiles.
  await timed(1);
  const enough = queued ? timedMilliseconds.queued : timedMilliseconds.computed;
  let best = Infinity;
  for (let repetitions = 1; ;) {
    const time = await timed(repetitions);
    best = Math.min(best, time);
    if (performance.now() >= deadline) return best;
    if (time * repetitions < enough) repetitions *= 4;
  }
}

/** Reads one element of `result`, which waits for it on a GPU, and disposes it. */
async function firstElement(tf: Tf, result: Tensor): Promise<number> {
  const element = tf.slice(
    result,
    result.shape.map(() => 0),
    result.shape.map(() => 1),
  );
  try {
    return (await element.data())[0] ?? NaN;
  } finally {
    tf.dispose([result, element]);
  }
}
