import fs from 'node:fs';
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import type { Loan } from './gradientBuffers';
import { moduleFile } from './moduleFile';
import { ThreadPool } from './threads';
import { wantedThreads } from './threadCount';

/** What is used here of the wasm backend. */
export interface WasmBackend extends tfjs.KernelBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get: (id: tfjs.DataId) => TensorData; has(id: tfjs.DataId): boolean };
  makeOutput(shape: readonly number[], dtype: string): tfjs.TensorInfo;
  incRef(id: tfjs.DataId): void;
  refCount(id: tfjs.DataId): number;
}
/** What the backend knows of a tensor's data; by the number its kernels in C++ know it. */
export interface TensorData {
  id: number;
  memoryOffset: number;
  readonly shape: number[];
  readonly dtype: tfjs.DataType;
}
interface WasmModule {
  readonly asm: { readonly memory?: WebAssembly.Memory };
  /** Of a module whose memory threads share. */
  readonly wasmMemory?: WebAssembly.Memory;
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** An exported function of the module: numbers in, among them addresses in bytes. */
export type NativeFunction = (...numbers: number[]) => number;

/** Below this many operations a kernel is done before another thread has heard of it. */
export const sharedOperations = 200_000;
/** What threads may take to start on a machine that does much else. */
const startMilliseconds = 3000;

/** Hears of every call while a step is recorded. */
export interface CallObserver {
  /** A call whose numbers are the same each time the step is done. */
  call(run: (...numbers: number[]) => unknown, numbers: readonly number[]): void;
  /** A call whose numbers are to be asked for each time. */
  changingCall(run: NativeFunction, numbers: () => readonly number[]): void;
  /** The address of so many bytes for recorded calls to go on using. */
  keep(bytes: number): number;
  /** Recorded calls write to a tensor that stays. */
  lends(loan: Loan): void;
}

/**
 * The module of our own kernels, at work in the memory of one wasm backend. It has no memory, no data and no stack of
 * its own, so any number of instances can share that memory.
 */
export class Native {
  observer: CallObserver | undefined;
  /** Memory for what a kernel needs while it runs: `scratchBytes()` of the module for each thread. */
  readonly scratch: number;
  /** Where a kernel puts a 1 when it was given what it cannot work with. */
  readonly fault: number;
  private readonly functions: Readonly<Record<string, NativeFunction>>;
  private readonly memory: WebAssembly.Memory;
  private readonly pool: ThreadPool | undefined;
  private flag: Int32Array;
  private isAlone = false;

  constructor(private readonly wasm: WasmModule) {
    const memory = wasm.wasmMemory ?? wasm.asm.memory;
    if (!memory)
      throw new Error('The wasm backend does not say where its memory is: is it TensorFlow.js 4.22?');
    this.memory = memory;
    const shared = memory.buffer instanceof SharedArrayBuffer;
    const threads = shared ? wantedThreads() : 1;
    const module = compiled(shared);
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    this.functions = instance.exports as Record<string, NativeFunction>;
    this.scratch = wasm._malloc(this.ask('scratchBytes') * threads) >>> 0;
    this.fault = wasm._malloc(16) >>> 0;
    this.flag = this.integersAt(this.fault, 1).fill(0);
    if (threads > 1) this.pool = new ThreadPool(module, memory, Object.keys(this.functions), threads);
  }

  /** Threads that a large kernel is shared out to; more than one once all have started. */
  get threads(): number {
    return this.pool?.threads ?? 1;
  }

  get threadsWanted(): number {
    return this.pool?.wanted ?? 1;
  }

  /** Runs a kernel. */
  run(name: string, ...numbers: number[]): void {
    const run = this.function(name);
    this.observer?.call(run, numbers);
    run(...numbers);
  }

  /** What a function of the module answers: for its caller, and no part of a step. */
  ask(name: string, ...numbers: number[]): number {
    return this.function(name)(...numbers);
  }

  /**
   * Runs a kernel whose first two numbers are the part to do and the number of parts, on as many threads as pay. Each
   * number is computed by one thread in the same way as by any other: results do not depend on how many there are.
   */
  share(name: string, operations: number, ...numbers: number[]): void {
    const run = this.shared(name, operations);
    this.observer?.call(run, numbers);
    run(...numbers);
  }

  /** As `share`, with numbers that may be others when a recorded step is done again. */
  shareChanging(name: string, operations: number, numbers: () => readonly number[]): void {
    const run = this.shared(name, operations);
    this.observer?.changingCall(run, numbers);
    run(...numbers());
  }

  /** Runs `work`, which is done anew, whatever it calls then, whenever a recorded step is done again. */
  again(work: () => void): void {
    this.observer?.call(work, []);
    this.unobserved(work);
  }

  /** Runs `work`, whose calls nobody hears of. */
  unobserved(work: () => void): void {
    const { observer } = this;
    this.observer = undefined;
    try {
      work();
    } finally {
      this.observer = observer;
    }
  }

  /** Runs `work`, whose calls are not shared out. */
  alone<T>(work: () => T): T {
    this.isAlone = true;
    try {
      return work();
    } finally {
      this.isAlone = false;
    }
  }

  /** Runs `use` with the address of a table of integers, which is there for as long as calls with it are made. */
  withTable(numbers: readonly number[], use: (address: number) => void): void {
    const size = 4 * numbers.length;
    const address = this.observer?.keep(size) ?? this.wasm._malloc(size) >>> 0;
    new Int32Array(this.memory.buffer, address, numbers.length).set(numbers);
    try {
      use(address);
    } finally {
      if (!this.observer) this.wasm._free(address);
    }
  }

  /**
   * Looks whether the kernel before has noted a fault, also whenever a recorded step is done again.
   *
   * @param problem what there is to say; asked only then
   * @throws Error with it
   */
  check(problem: () => string): void {
    this.again(() => {
      // Memory that has grown is another array.
      if (this.flag.buffer !== this.memory.buffer) this.flag = this.integersAt(this.fault, 1);
      if (this.flag[0] === 0) return;
      this.flag[0] = 0;
      throw new Error(problem());
    });
  }

  /** What is there at this moment. */
  integersAt(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  private shared(name: string, operations: number): NativeFunction {
    const run = this.function(name);
    const { pool } = this;
    if (!pool || this.isAlone || operations < sharedOperations) return (...numbers) => run(0, 1, ...numbers);
    return (...numbers) => {
      // Threads may have started, or been lost, since a step was recorded.
      if (pool.threads === 1) return run(0, 1, ...numbers);
      pool.share(name, numbers, (parts) => run(0, parts, ...numbers));
      return 0;
    };
  }

  private function(name: string): NativeFunction {
    const found = this.functions[name];
    if (!found) throw new Error(`the module of kernels has no "${name}"`);
    return found;
  }
}

const natives = new WeakMap<object, Native>();
let latest: Native | undefined;

/** The kernels at work in a wasm backend's memory. */
export function nativeOf(backend: unknown): Native {
  const { wasm } = backend as WasmBackend;
  let native = natives.get(wasm);
  if (!native) {
    native = new Native(wasm);
    natives.set(wasm, native);
    latest = native;
  }
  return native;
}

/** Threads that the kernels of the last wasm backend started run on; before one is, those that it will have. */
export function getThreadsCount(): number {
  return latest?.threads ?? wantedThreads();
}

/** Resolves once a wasm backend's threads compute, or will not: until then its kernels run on one. */
export async function threadsStarted(backend: unknown): Promise<void> {
  const native = nativeOf(backend);
  const deadline = Date.now() + startMilliseconds;
  while (native.threads < native.threadsWanted && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Where the values of a tensor begin, in bytes. */
export function addressOf(backend: unknown, tensor: tfjs.TensorInfo): number {
  return (backend as WasmBackend).dataIdMap.get(tensor.dataId).memoryOffset;
}

/** Where those of several begin. */
export function addressesOf<Tensors extends readonly tfjs.TensorInfo[]>(
  backend: unknown,
  ...tensors: Tensors
): { [Each in keyof Tensors]: number } {
  return tensors.map((each) => addressOf(backend, each)) as { [Each in keyof Tensors]: number };
}

/** A new tensor whose values are whatever is there: a kernel is to write all of them. */
export function output(
  backend: unknown,
  shape: readonly number[],
  dtype: 'float32' | 'int32' | 'bool' = 'float32',
): tfjs.TensorInfo {
  return (backend as WasmBackend).makeOutput([...shape], dtype);
}

const modules = new Map<string, WebAssembly.Module>();

function compiled(shared: boolean): WebAssembly.Module {
  const file = moduleFile(shared);
  const module = modules.get(file) ?? new WebAssembly.Module(fs.readFileSync(path.join(__dirname, file)));
  modules.set(file, module);
  return module;
}
