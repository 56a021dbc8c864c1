import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { longestCall, slot, turnsAlone, turnsInCompany, type KernelWorkerData } from './job';

/** After so long without an answer a thread is taken for dead; no kernel of a training step comes near it. */
const patienceMilliseconds = 120_000;
/** A thread this much later than its caller, and than its share of the work explains, had to leave its processor. */
const lateMilliseconds = 1;
/** One late job outweighs so many that were on time; with a surplus of ten, other programs are at work, too. */
const weightOfLate = 50;
const mostLate = 10;
/** So many jobs later it is looked anew whether they still are. */
const jobsInCompany = 50_000;
/** A turn of waiting without sleep: what others do at the same time is about as long. */
const spins = 20_000;

/**
 * Threads that do parts of a kernel beside the caller's. They are handed a job through shared memory, and are asleep
 * while there is none. The process may end whenever it likes.
 */
export class ThreadPool {
  private readonly state: Int32Array;
  private readonly numbers: Float64Array;
  private started = 0;
  private dead = false;
  private lateness = 0;
  private jobsLeft = 0;

  constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    private readonly names: readonly string[],
    threads: number,
  ) {
    const control = new SharedArrayBuffer(8 * longestCall + 4 * slot.count);
    this.numbers = new Float64Array(control, 0, longestCall);
    this.state = new Int32Array(control, 8 * longestCall, slot.count);
    this.state[slot.turns] = turnsAlone;
    for (let index = 1; index < threads; index++) {
      const workerData: KernelWorkerData = { module, memory, control, names, index };
      const worker = new Worker(path.join(__dirname, 'kernelWorker.js'), { workerData, stdout: false });
      worker.unref();
      // Without it the rest does the work: one thread less is no reason to end a run.
      const lost = () => (this.dead = true);
      worker.once('error', lost).once('exit', lost);
      this.started++;
    }
  }

  /** Threads that it has when all have started; 1 once one was lost. */
  get wanted(): number {
    return this.dead ? 1 : this.started + 1;
  }

  /** Threads that are ready, the caller's own included. */
  get threads(): number {
    if (this.dead || Atomics.load(this.state, slot.ready) < this.started) return 1;
    return this.started + 1;
  }

  /** Has all threads do their part of one kernel, and returns when all have. `own` does the caller's. */
  share(name: string, numbers: readonly number[], own: (parts: number) => void): void {
    const { state } = this;
    const parts = this.threads;
    state[slot.kernel] = this.names.indexOf(name);
    state[slot.parts] = parts;
    state[slot.numbers] = numbers.length;
    this.numbers.set(numbers);
    Atomics.store(state, slot.done, 0);
    Atomics.add(state, slot.job, 1);
    Atomics.notify(state, slot.job);
    const began = performance.now();
    own(parts);
    const through = performance.now();
    this.awaitOthers();
    this.noteCompany(through - began, performance.now() - through);
    if (Atomics.exchange(state, slot.failed, 0) !== 0)
      throw new Error(`a thread failed in the kernel "${name}".`);
  }

  /** @param work milliseconds of the caller's own part, and of `waiting` for the others */
  private noteCompany(work: number, waiting: number): void {
    if (this.jobsLeft > 0) {
      if (--this.jobsLeft === 0) Atomics.store(this.state, slot.turns, turnsAlone);
      return;
    }
    const isLate = waiting > lateMilliseconds + 2 * work;
    this.lateness = Math.max(0, this.lateness + (isLate ? weightOfLate : -1));
    if (this.lateness <= mostLate * weightOfLate) return;
    this.lateness = 0;
    this.jobsLeft = jobsInCompany;
    Atomics.store(this.state, slot.turns, turnsInCompany);
  }

  private awaitOthers(): void {
    const { state, started } = this;
    for (let i = 0; i < spins; i++) if (Atomics.load(state, slot.done) === started) return;
    const deadline = Date.now() + patienceMilliseconds;
    for (let done = Atomics.load(state, slot.done); done < started; done = Atomics.load(state, slot.done)) {
      Atomics.wait(state, slot.done, done, 1000);
      if (Date.now() > deadline) {
        this.dead = true;
        throw new Error('a thread that computes does not answer any more.');
      }
    }
  }
}
