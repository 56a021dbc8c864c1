import type * as tfjs from '@tensorflow/tfjs';
import type { WasmBackend } from '../native/native';

export type StockFunction = (...given: (number | Uint8Array)[]) => unknown;

/** Random numbers, as TensorFlow.js draws them. */
export interface Drawn {
  readonly values: ArrayLike<number>;
}

/** The wasm backend with what is private in it. */
export interface OpenBackend extends WasmBackend {
  readonly wasm: WasmBackend['wasm'] & {
    cwrap: (name: string, returns: string | null, takes: readonly string[]) => StockFunction;
    readonly tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData: (id: number) => void;
    };
  };
  dataIdNextNumber: number;
  move: (id: tfjs.DataId, values: unknown, shape: number[], dtype: string, references: number) => void;
  makeOutput: (
    shape: readonly number[],
    dtype: string,
    address?: number | null,
    values?: unknown,
  ) => tfjs.TensorInfo;
  typedArrayFromHeap: (tensor: tfjs.TensorInfo) => unknown;
  readSync: (id: tfjs.DataId, start?: number, end?: number) => tfjs.backend_util.TypedArray;
}

/** Hears what a backend does, and may decide where its tensors lie. */
export interface Listener {
  /** Where so many bytes are to lie. */
  allocate(bytes: number): number;
  /** Whether that memory was the listener's to take back. */
  release(address: number): boolean;
  /** Data is made: from values that JavaScript has, or for a kernel to fill. */
  making(fromValues: boolean): void;
  made(id: tfjs.DataId): void;
  stockCall(run: StockFunction, given: (number | Uint8Array)[], returns: boolean): void;
  /** Random numbers are needed; undefined: they are to be drawn as always. */
  drawn(shape: number[], dtype: tfjs.DataType, draw: () => Drawn): tfjs.Tensor | undefined;
  /** Something that only the JavaScript which does it can do again. */
  unrepeatable(what: string): void;
}

/** Where one listens to a wasm backend; it costs a comparison a call while nobody does. */
export class Tap {
  private static readonly taps = new WeakMap<object, Tap>();
  listener: Listener | undefined;
  /** Data that kernels in C++ go on knowing when TensorFlow.js has disposed of it. */
  readonly pinned = new Set<number>();
  readonly free: (address: number) => void;
  readonly allocate: (bytes: number) => number;
  readonly forget: (id: number) => void;

  private constructor(readonly backend: OpenBackend) {
    const { wasm } = backend;
    // Emscripten's functions put others in their own place when they are first called.
    wasm._free(wasm._malloc(1));
    this.allocate = wasm._malloc.bind(wasm);
    this.free = wasm._free.bind(wasm);
    this.forget = wasm.tfjs.disposeData;
    this.tapMemory();
    this.tapCalls();
  }

  static of(backend: object): Tap | undefined {
    return Tap.taps.get(backend);
  }

  /** Has wasm backends that start from now on be listened to. */
  static install(tf: { engine(): object }): void {
    const { registryFactory } = tf.engine() as {
      registryFactory: Record<string, { factory: () => Promise<OpenBackend> } | undefined>;
    };
    const entry = registryFactory.wasm;
    if (!entry) return;
    const { factory } = entry;
    entry.factory = async () => {
      const backend = await factory();
      Tap.taps.set(backend, new Tap(backend));
      return backend;
    };
  }

  /** Runs `work`, whose memory is none of a step's. */
  unheard<T>(work: () => T): T {
    const { listener } = this;
    this.listener = undefined;
    try {
      return work();
    } finally {
      this.listener = listener;
    }
  }

  private tapMemory(): void {
    const { backend, allocate, free, forget } = this;
    const { move } = backend;
    Object.assign(backend.wasm, {
      _malloc: (bytes: number) => this.listener?.allocate(bytes) ?? allocate(bytes),
      _free: (address: number) => {
        if (!this.listener?.release(address)) free(address);
      },
    });
    Object.assign(backend.wasm.tfjs, {
      disposeData: (id: number) => {
        if (!this.pinned.has(id)) forget(id);
      },
    });
    const tapped: Pick<OpenBackend, 'move'> = {
      move: (id, values, ...rest) => {
        this.listener?.making(values !== null && values !== undefined);
        move.call(backend, id, values, ...rest);
        this.listener?.made(id);
      },
    };
    Object.assign(backend, tapped, {
      // Asked for by the ops that draw (esbuild.js).
      drawn: (shape: number[], dtype: tfjs.DataType | undefined, draw: () => Drawn) =>
        this.listener?.drawn(shape, dtype ?? 'float32', draw),
    });
  }

  private tapCalls(): void {
    const { backend } = this;
    const { cwrap } = backend.wasm;
    const { makeOutput, typedArrayFromHeap, readSync } = backend;
    Object.assign(backend.wasm, {
      cwrap: (name: string, returns: string | null, takes: readonly string[]): StockFunction => {
        const run = cwrap.call(backend.wasm, name, returns, takes);
        return (...given) => {
          this.listener?.stockCall(run, given, returns !== null);
          return run(...given);
        };
      },
    });
    const tapped: Pick<OpenBackend, 'makeOutput' | 'typedArrayFromHeap' | 'readSync'> = {
      makeOutput: (shape, dtype, address, values) => {
        if (address !== undefined && address !== null)
          this.listener?.unrepeatable('an output as large as values decide');
        return makeOutput.call(backend, shape, dtype, address, values);
      },
      typedArrayFromHeap: (tensor) => {
        this.listener?.unrepeatable('a kernel in JavaScript');
        return typedArrayFromHeap.call(backend, tensor);
      },
      readSync: (...what) => {
        this.listener?.unrepeatable('values that are read');
        return readSync.apply(backend, what);
      },
    };
    Object.assign(backend, tapped);
  }
}
