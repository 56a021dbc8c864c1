import type * as tfjs from '@tensorflow/tfjs';
import { Tap } from '../plan/tap';
import { bytesOf } from './items';
import { nativeOf, type WasmBackend } from './native';

/** A tensor that a recorded step writes to each time and that somebody may still hold from the last time. */
export interface Loan {
  /** Whether somebody has it. */
  readonly isOut: boolean;
  readonly dataId: object;
  /** Leaves who has it with a copy. */
  takeBack(): void;
}

/**
 * Gradients of one sparse weight: dense in layout, and zero where the weight is not active without being cleared in
 * every step, since kernels write to nothing else.
 */
export class GradientBuffers {
  private readonly buffers: Buffer[] = [];
  private cleared = new WeakSet<object>();

  constructor(
    private readonly backend: WasmBackend,
    private readonly shape: readonly number[],
  ) {}

  /** One that nobody else has, for the engine to own a reference of. */
  take(shape: readonly number[] = this.shape): tfjs.TensorInfo {
    const { backend, buffers } = this;
    let free = buffers.find((each) => !each.isOut);
    if (!free) {
      free = new Buffer(backend, this.shape);
      buffers.push(free);
    }
    nativeOf(backend).observer?.lends(free);
    backend.incRef(free.info.dataId);
    return { ...free.info, shape: [...shape] };
  }

  /** Notes a gradient that is zero where the weight is not active, though none of the buffers. */
  note({ dataId }: tfjs.TensorInfo): void {
    this.cleared.add(dataId);
  }

  /** Whether a gradient, by whatever name, is known to be zero where the weight is not active. */
  isMasked(gradient: tfjs.TensorInfo): boolean {
    return this.cleared.has(gradient.dataId) || this.has(gradient);
  }

  /** Whether this is one of the buffers, by whatever name. */
  has({ dataId }: tfjs.TensorInfo): boolean {
    return this.buffers.some((each) => each.dataId === dataId);
  }

  /** What was active may not be any more. */
  clear(): void {
    this.cleared = new WeakSet();
    for (const each of this.buffers) {
      each.takeBack();
      each.fillZeros();
    }
  }

  dispose(): void {
    for (const { info } of this.buffers.splice(0)) this.backend.disposeData(info.dataId);
  }
}

class Buffer implements Loan {
  info: tfjs.TensorInfo;

  constructor(
    private readonly backend: WasmBackend,
    shape: readonly number[],
  ) {
    this.info = this.made(shape);
    this.fillZeros();
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

  /** Outside of what a step that is being recorded shares out. */
  private made(shape: readonly number[]): tfjs.TensorInfo {
    const make = () => this.backend.makeOutput(shape, 'float32');
    return Tap.of(this.backend)?.unheard(make) ?? make();
  }
}
