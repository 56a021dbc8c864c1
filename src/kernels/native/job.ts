/** Where in the memory that threads share what is to be found. */
export const slot = {
  /** Goes up by one with each job. */
  job: 0,
  kernel: 1,
  parts: 2,
  numbers: 3,
  /** Threads that are through with the job. */
  done: 4,
  ready: 5,
  failed: 6,
  /** Turns that a thread waits for a job without sleep. */
  turns: 7,
  count: 8,
} as const;

/**
 * Jobs of one step follow each other closely, and who sleeps takes longer to wake than a small job lasts. Ten times less
 * made steps with many small jobs, as of recurrent layers, slower on two threads than on one.
 */
export const turnsAlone = 20_000;
/** Where other programs are at work, too: who waits awake spends the time in which it could have computed. */
export const turnsInCompany = 200;

/** More numbers than any kernel takes. */
export const longestCall = 64;

/** What a thread is started with. */
export interface KernelWorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  /** Kernels by the number that a job names them by. */
  readonly names: readonly string[];
  /** Which part of each job is this thread's. */
  readonly index: number;
}
