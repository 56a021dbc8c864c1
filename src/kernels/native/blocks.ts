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
  /** Where the first weight of each is among all. */
  private readonly positions: number;
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
    this.positions = this.indices + 4 * count;
    this.values = this.positions + 4 * count;
  }

  /** Writes the lists anew, in their place. */
  set(mask: Uint8Array): void {
    const { columns, count } = this;
    const list = (address: number, length: number) =>
      new Int32Array(this.backend.wasm.HEAPU8.buffer, address, length);
    const offsets = list(this.offsets, columns / blockWidth + 1);
    const [indices, positions] = [list(this.indices, count), list(this.positions, count)];
    let i = 0;
    for (let panel = 0; panel < columns; panel += blockWidth) {
      offsets[panel / blockWidth] = i;
      for (let at = panel, row = 0; at < mask.length; at += columns, row++)
        if (mask[at]) {
          indices[i] = row;
          positions[i++] = at;
        }
    }
    offsets[columns / blockWidth] = i;
    this.gathered.forget();
  }

  /** Sees to it that the values are those of the weight at this moment. */
  gather({ dataId }: tfjs.TensorInfo): void {
    if (!this.gathered.isStale(dataId)) return;
    const { backend, count, positions, values } = this;
    const from = backend.dataIdMap.get(dataId).memoryOffset;
    nativeOf(backend).share('blockValues', blockWidth * count, count, positions, from, values);
  }

  dispose(): void {
    this.backend.wasm._free(this.offsets);
  }
}
