import type * as tfjs from '@tensorflow/tfjs';
import { Tap } from '../plan/tap';
import { bytesOf } from './items';
import { nativeOf, type WasmBackend } from './native';
import { Packed, type Places } from './packed';

/** A tensor that a recorded step writes to each time and that somebody may still hold from the last time. */
export interface Loan {
  /** Whether somebody has it. */
  readonly isOut: boolean;
  readonly dataId: object;
  /** Leaves who has it with a copy. */
  takeBack(): void;
}

/**
 * Gradients of one sparse weight: packed, and for who reads them dense in layout, zero where the weight is not active
 * without being cleared in every step, since nothing else is written to.
 */
export class GradientBuffers {
  private readonly buffers: Buffer[] = [];
  private cleared = new WeakSet<object>();

  /** @param places where the weight is active */
  constructor(
    private readonly backend: WasmBackend,
    private readonly shape: readonly number[],
    private readonly places: Places,
  ) {}

  /** One that nobody else has, for the engine to own a reference of, with the address where it is to be written. */
  take(shape: readonly number[] = this.shape): {
    readonly gradient: tfjs.TensorInfo;
    readonly packed: number;
  } {
    const { backend, buffers } = this;
    let free = buffers.find((each) => !each.isOut);
    if (!free) {
      free = new Buffer(backend, this.shape, this.places);
      buffers.push(free);
    }
    nativeOf(backend).observer?.lends(free);
    backend.incRef(free.info.dataId);
    return { gradient: { ...free.info, shape: [...shape] }, packed: free.packed.overwrite() };
  }

  /** Notes a gradient that is zero where the weight is not active, though none of the buffers: it is not packed. */
  note({ dataId }: tfjs.TensorInfo): void {
    this.cleared.add(dataId);
  }

  isNoted({ dataId }: tfjs.TensorInfo): boolean {
    return this.cleared.has(dataId);
  }

  /** Whether a gradient, by whatever name, is known to be zero where the weight is not active. */
  isMasked(gradient: tfjs.TensorInfo): boolean {
    return this.isNoted(gradient) || this.has(gradient);
  }

  /** Whether this is one of the buffers, by whatever name. */
  has(gradient: tfjs.TensorInfo): boolean {
    return this.packed(gradient) !== undefined;
  }

  /** The values of such a one. */
  packed({ dataId }: tfjs.TensorInfo): Packed | undefined {
    return this.buffers.find((each) => each.dataId === dataId)?.packed;
  }

  /** What was active may not be any more. */
  clear(): void {
    this.cleared = new WeakSet();
    for (const each of this.buffers) {
      each.takeBack();
      each.packed.unpack();
      each.fillZeros();
    }
  }

  dispose(): void {
    for (const each of this.buffers.splice(0)) each.dispose();
  }
}

class Buffer implements Loan {
  info: tfjs.TensorInfo;
  readonly packed: Packed;

  constructor(
    private readonly backend: WasmBackend,
    shape: readonly number[],
    places: Places,
  ) {
    this.info = this.made(shape);
    this.fillZeros();
    const allocate = () => backend.wasm._malloc(4 * places.active) >>> 0;
    this.packed = new Packed(backend, this, places, Tap.of(backend)?.unheard(allocate) ?? allocate());
  }

  get dataId(): object {
    return this.info.dataId;
  }

  get isOut(): boolean {
    return this.backend.refCount(this.info.dataId) > 1;
  }

  takeBack(): void {
    if (!this.isOut) return;
    const { backend, info } = this;
    this.packed.unpack();
    const copy = this.made(info.shape);
    const [kept, own] = [backend.dataIdMap.get(info.dataId), backend.dataIdMap.get(copy.dataId)];
    const native = nativeOf(backend);
    native.unobserved(() => native.run('copy', kept.memoryOffset, own.memoryOffset, bytesOf(info)));
    // The place stays: recorded calls go on writing there.
    [kept.memoryOffset, own.memoryOffset] = [own.memoryOffset, kept.memoryOffset];
    [kept.id, own.id] = [own.id, kept.id];
    backend.disposeData(info.dataId);
    this.info = copy;
  }

  fillZeros(): void {
    const { memoryOffset } = this.backend.dataIdMap.get(this.info.dataId);
    new Uint8Array(this.backend.wasm.HEAPU8.buffer, memoryOffset, bytesOf(this.info)).fill(0);
  }

  dispose(): void {
    this.packed.unpack();
    this.backend.wasm._free(this.packed.values);
    this.backend.disposeData(this.info.dataId);
  }

  /** Outside of what a step that is being recorded shares out. */
  private made(shape: readonly number[]): tfjs.TensorInfo {
    const make = () => this.backend.makeOutput(shape, 'float32');
    return Tap.of(this.backend)?.unheard(make) ?? make();
  }
}
