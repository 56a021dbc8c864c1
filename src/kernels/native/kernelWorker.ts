/** A thread of a ThreadPool (threads.ts): waits for a job, does its part, says so, and waits again. */
import { workerData } from 'node:worker_threads';
import { longestCall, slot, type KernelWorkerData } from './job';

const { module, memory, control, names, index } = workerData as KernelWorkerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const kernels = names.map((name) => exports[name] as (...numbers: number[]) => void);
const numbers = new Float64Array(control, 0, longestCall);
const state = new Int32Array(control, 8 * longestCall, slot.count);

let seen = Atomics.load(state, slot.job);
Atomics.add(state, slot.ready, 1);
for (;;) {
  const turns = Atomics.load(state, slot.turns);
  for (let i = 0; i < turns && Atomics.load(state, slot.job) === seen; i++);
  Atomics.wait(state, slot.job, seen);
  seen = Atomics.load(state, slot.job);
  const [kernel, parts, count] = [state[slot.kernel] ?? 0, state[slot.parts] ?? 1, state[slot.numbers] ?? 0];
  try {
    if (index < parts) kernels[kernel]?.(index, parts, ...numbers.subarray(0, count));
  } catch {
    Atomics.store(state, slot.failed, 1);
  }
  Atomics.add(state, slot.done, 1);
  Atomics.notify(state, slot.done);
}
