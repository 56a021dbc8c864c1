import type * as tfjs from '@tensorflow/tfjs';
import { Tap } from '../plan/tap';
import { Gathered } from './gathered';
import { nativeOf, type WasmBackend } from './native';

/** Outputs that a block is wide. */
export const blockWidth = 8;

/** How many whole blocks of outputs that share an input a mask is made of; undefined: of other things as well. */
export function blocksIn(mask: Uint8Array, columns: number): number | undefined {
  if (columns % blockWidth !== 0) return undefined;
  let count = 0;
  for (let at = 0; at < mask.length; at += blockWidth) {
    const isActive = Boolean(mask[at]);
    for (let i = 1; i < blockWidth; i++) if (Boolean(mask[at + i]) !== isActive) return undefined;
    if (isActive) count++;
  }
  return count;
}

/** Active weights as such blocks, as assembly/sparseBlocks.ts takes them. Addresses in bytes. */
export class Blocks {
  /** One for each panel of outputs, and one behind the last. */
  readonly offsets: number;
  /** The input of each block. */
  readonly indices: number;
  /** Room for the values of each. */
  readonly values: number;
  /** Where the first weight of each is among those that are active. */
  readonly places: number;
  private readonly gathered = new Gathered();

  constructor(
    private readonly backend: WasmBackend,
    readonly count: number,
    private readonly columns: number,
  ) {
    const panels = columns / blockWidth + 1;
    const allocate = () => backend.wasm._malloc(4 * (panels + (2 + blockWidth) * count)) >>> 0;
    this.offsets = Tap.of(backend)?.unheard(allocate) ?? allocate();
    this.indices = this.offsets + 4 * panels;
    this.places = this.indices + 4 * count;
    this.values = this.places + 4 * count;
  }

  /**
   * Writes the lists anew, in their place.
   *
   * @param active where each active weight is among all
   */
  set(active: Int32Array): void {
    const { columns, count } = this;
    const list = (address: number, length: number) =>
      new Int32Array(this.backend.wasm.HEAPU8.buffer, address, length);
    const offsets = list(this.offsets, columns / blockWidth + 1).fill(0);
    const [indices, places] = [list(this.indices, count), list(this.places, count)];
    const panelOf = (at: number) => ((active[at] ?? 0) % columns) / blockWidth;
    for (let at = 0; at < active.length; at += blockWidth) {
      const panel = panelOf(at);
      offsets[panel + 1] = (offsets[panel + 1] ?? 0) + 1;
    }
    for (let panel = 0; panel < columns / blockWidth; panel++)
      offsets[panel + 1] = (offsets[panel + 1] ?? 0) + (offsets[panel] ?? 0);
    const next = offsets.slice();
    for (let at = 0; at < active.length; at += blockWidth) {
      const panel = panelOf(at);
      const to = next[panel] ?? 0;
      next[panel] = to + 1;
      indices[to] = Math.floor((active[at] ?? 0) / columns);
      places[to] = at;
    }
    this.gathered.forget();
  }

  /** Sees to it that the values are those of the weight at this moment, which lie packed at an address. */
  gather({ dataId }: tfjs.TensorInfo, packed: number): void {
    if (!this.gathered.isStale(dataId)) return;
    const { backend, count, places, values } = this;
    nativeOf(backend).share('blockValues', blockWidth * count, count, places, packed, values);
  }

  dispose(): void {
    this.backend.wasm._free(this.offsets);
  }
}
