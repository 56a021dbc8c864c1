import type * as tfjs from '@tensorflow/tfjs';
import type { Loan } from '../native/gradientBuffers';
import { bytesOf, product } from '../native/items';
import { nativeOf, type CallObserver, type NativeFunction } from '../native/native';
import type { Tf } from '../register';
import type { Arena } from './arena';
import type { Drawn, Listener, StockFunction, Tap } from './tap';

/** One call of a plan. */
export interface PlannedCall {
  readonly run: (...given: never[]) => unknown;
  readonly given: readonly unknown[] | (() => readonly number[]);
}

/** Notes all that a step does, and has its tensors lie in an arena, where they will lie again. */
export class Recorder implements Listener, CallObserver {
  readonly calls: PlannedCall[] = [];
  /** Tensors outside of the arena that the calls write to, each time the same. */
  readonly loans = new Set<Loan>();
  /** Why the step cannot be done from its calls alone; undefined while it can. */
  refusal: string | undefined;
  /** Data in the arena that is alive, by address. */
  private readonly alive = new Map<number, tfjs.DataId>();
  /** Likewise what was made of values that JavaScript had: it lies elsewhere, and stays when it is disposed of. */
  private readonly constants = new Map<number, tfjs.DataId>();
  private readonly lasting: number[] = [];
  private readonly ids: number[] = [];
  private constant = false;
  private random = Math.random;

  constructor(
    private readonly tf: Tf,
    private readonly tap: Tap,
    private readonly arena: Arena,
  ) {}

  /** Runs `step` while all is noted. */
  record<T>(step: () => T): T {
    const { tap } = this;
    const native = nativeOf(tap.backend);
    const { random } = this;
    Math.random = () => {
      this.unrepeatable('random numbers');
      return random();
    };
    tap.listener = this;
    native.observer = this;
    try {
      return step();
    } finally {
      native.observer = undefined;
      tap.listener = undefined;
      Math.random = random;
    }
  }

  /** Lets go of all that the calls work on: they are not to be made again. */
  forget(): void {
    for (const id of this.ids) {
      this.tap.pinned.delete(id);
      this.tap.forget(id);
    }
    for (const address of this.lasting) this.tap.free(address);
  }

  /** Tensors that outlive the step move out of the arena; returns those that every step would leave. */
  evacuate(): tfjs.DataId[] {
    const left = [...this.alive.values()];
    for (const id of [...left, ...this.constants.values()]) this.moveOut(id);
    return [...left, ...[...this.loans].filter(({ isOut }) => isOut).map(({ dataId }) => dataId)];
  }

  allocate(bytes: number): number {
    return this.constant ? this.keep(bytes) : this.arena.take(bytes);
  }

  release(address: number): boolean {
    if (this.constants.delete(address)) return true;
    if (!this.arena.holds(address)) return false;
    this.alive.delete(address);
    this.arena.giveBack(address);
    return true;
  }

  making(fromValues: boolean): void {
    this.constant = fromValues;
  }

  made(id: tfjs.DataId): void {
    const data = this.tap.backend.dataIdMap.get(id);
    if (this.constant) this.constants.set(data.memoryOffset, id);
    else if (this.arena.holds(data.memoryOffset)) this.alive.set(data.memoryOffset, id);
    this.constant = false;
    this.tap.pinned.add(data.id);
    this.ids.push(data.id);
  }

  /** Drawn anew, from the same source, each time the step is done. */
  drawn(shape: number[], dtype: tfjs.DataType, draw: () => Drawn): tfjs.Tensor | undefined {
    if (dtype !== 'float32') return undefined;
    const { backend } = this.tap;
    const info = backend.makeOutput(shape, dtype);
    const { memoryOffset } = backend.dataIdMap.get(info.dataId);
    const write = () => {
      const { values } = draw();
      new Float32Array(backend.wasm.HEAPU8.buffer, memoryOffset, values.length).set(values);
    };
    const watched = Math.random;
    Math.random = this.random;
    try {
      write();
    } finally {
      Math.random = watched;
    }
    this.calls.push({ run: write, given: [] });
    return this.tf.engine().makeTensorFromTensorInfo(info);
  }

  stockCall(run: StockFunction, given: (number | Uint8Array)[], returns: boolean): void {
    if (returns) this.unrepeatable('a kernel that returns a size');
    this.calls.push({ run, given });
  }

  call(run: (...numbers: number[]) => unknown, numbers: readonly number[]): void {
    this.calls.push({ run, given: numbers });
  }

  changingCall(run: NativeFunction, numbers: () => readonly number[]): void {
    this.calls.push({ run, given: numbers });
  }

  keep(bytes: number): number {
    const address = this.tap.allocate(bytes) >>> 0;
    this.lasting.push(address);
    return address;
  }

  lends(loan: Loan): void {
    this.loans.add(loan);
  }

  unrepeatable(what: string): void {
    this.refusal ??= what;
  }

  private moveOut(id: tfjs.DataId): void {
    const { tap } = this;
    const { backend } = tap;
    const data = backend.dataIdMap.get(id);
    const bytes = bytesOf(data);
    const address = tap.allocate(bytes) >>> 0;
    nativeOf(backend).run('copy', data.memoryOffset, address, bytes);
    data.memoryOffset = address;
    data.id = backend.dataIdNextNumber++;
    backend.wasm.tfjs.registerTensor(data.id, product(data.shape), address);
  }
}
