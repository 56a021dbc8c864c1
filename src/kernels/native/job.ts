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
  count: 8,
} as const;

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
