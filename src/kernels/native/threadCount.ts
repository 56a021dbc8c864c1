import os from 'node:os';
import type { Tf } from '../register';

/** More would wait for memory rather than compute. */
const mostThreads = 8;

/** Leaves cores to others on a machine that is shared. */
const variable = 'COMPUTE_LENS_THREADS';

let asked: number | undefined;

/**
 * Threads that kernels are to be shared out to, the main one included: as many as were asked for, else as the
 * environment says, else as there are cores.
 *
 * @throws Error where the environment says no number of threads
 */
export function wantedThreads(): number {
  if (asked !== undefined) return asked;
  const given = process.env[variable];
  if (given === undefined || given === '') return Math.min(mostThreads, os.availableParallelism());
  return checked(variable, Number(given), given);
}

function checked(what: string, threads: number, given: unknown = threads): number {
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new Error(`${what}: "${String(given)}" is no number of threads; it takes a whole number from 1 on.`);
}

/** Has effect on backends that start from then on, as in TensorFlow.js itself. */
export function setThreadsCount(threads: number): void {
  asked = checked('setThreadsCount', threads);
}

/**
 * Has the wasm backend take memory that threads can share, where there can be such. It runs its own kernels on one
 * thread; ours (threads.ts) are shared out.
 */
export function shareMemory(tf: Tf): void {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', canShare());
}

/** Shared memory takes all its addresses at once, which a limit on them may forbid. */
function canShare(): boolean {
  try {
    new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
    return true;
  } catch {
    return false;
  }
}
