import os from 'node:os';
import type { Tf } from '../register';

/** More would wait for memory rather than compute. */
const mostThreads = 8;

let wanted = Math.min(mostThreads, os.availableParallelism());

/** Threads that kernels are to be shared out to, the main one included. */
export function wantedThreads(): number {
  return wanted;
}

/** Has effect on backends that start from then on, as in TensorFlow.js itself. */
export function setThreadsCount(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1)
    throw new Error(
      `setThreadsCount: ${threads} is no number of threads; it takes a whole number from 1 on.`,
    );
  wanted = threads;
}

/**
 * Has the wasm backend take memory that threads can share, where this machine has more than one core. It runs its own
 * kernels on one thread; ours (threads.ts) are shared out.
 */
export function shareMemory(tf: Tf): void {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', wanted > 1 && canShare());
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
