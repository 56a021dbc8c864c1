import type * as tfjs from '@tensorflow/tfjs';
import { Tap } from '../plan/tap';
import type { Blocks } from './blocks';
import { Gathered } from './gathered';
import { GradientBuffers } from './gradientBuffers';
import { product } from './items';
import { nativeOf, type WasmBackend } from './native';
import { Packed } from './packed';

let generation = 0;

/** Goes up by one whenever what a recorded step has to do with sparse weights is another. */
export function topologyGeneration(): number {
  return generation;
}

/** Has steps that were recorded not be done by their records again. */
export function changeTopologies(): void {
  generation++;
}

/** Active weights by rows or by columns, as assembly/sparse.ts takes them. Addresses in bytes. */
export interface Side {
  /** One for each row, or column, and one behind the last. */
  readonly offsets: number;
  /** The column, or row, of each weight. */
  readonly indices: number;
  /** Room for the value of each. */
  readonly values: number;
}

/**
 * Which weights of a matrix [rows, columns] are active, in the memory of the wasm backend, and the values of all that has
 * a number for each of them. Packed values are in the order of positions, which is by rows.
 */
export class Topology {
  readonly byRow: Side;
  readonly byColumn: Side;
  /** Where each active weight is among all, by rows. */
  readonly positions: number;
  /** A byte for each of all weights, ones where it is active, where most are; else 0. */
  readonly kept: number;
  readonly gradients: GradientBuffers;
  private readonly block: number;
  /** Which of those by columns each of those by rows is. */
  private readonly slots: number;
  private readonly sorted = new Gathered();
  /** Of the weight, which lie in `byRow`, and of each slot of its optimizer. */
  private readonly packs = new Map<tfjs.Variable, Packed>();

  /** @param weight all axes but the last are its rows */
  constructor(
    private readonly backend: WasmBackend,
    private readonly weight: tfjs.Variable,
    readonly active: number,
    /** Where all that is active comes in blocks. */
    readonly blocks: Blocks | undefined,
  ) {
    const { rows, columns } = this;
    const starts: number[] = [];
    let size = 0;
    const words = 2 * active > rows * columns ? Math.ceil((rows * columns) / 4) : 0;
    for (const count of [rows + 1, columns + 1, ...Array.from({ length: 6 }, () => active), words]) {
      starts.push(4 * size);
      size += count;
    }
    this.block = lasting(backend, size);
    const [r = 0, c = 0, ri = 0, rv = 0, ci = 0, cv = 0, p = 0, q = 0, o = 0] = starts.map(
      (at) => this.block + at,
    );
    this.byRow = { offsets: r, indices: ri, values: rv };
    this.byColumn = { offsets: c, indices: ci, values: cv };
    this.positions = p;
    this.slots = q;
    this.kept = words > 0 ? o : 0;
    this.gradients = new GradientBuffers(backend, this.shape, this);
    this.packs.set(weight, new Packed(backend, weight, this, rv));
  }

  get shape(): readonly number[] {
    return this.weight.shape;
  }

  get rows(): number {
    return product(this.shape.slice(0, -1));
  }

  get columns(): number {
    return this.shape.at(-1) ?? 1;
  }

  get size(): number {
    return this.rows * this.columns;
  }

  /** Writes the lists anew, in their place: calls that were recorded with these addresses go on with what they say. */
  set(mask: Uint8Array): void {
    this.unpack();
    const { rows, columns, active, byRow, byColumn } = this;
    const list = (address: number, count: number) =>
      new Int32Array(this.backend.wasm.HEAPU8.buffer, address, count);
    const rowOffsets = list(byRow.offsets, rows + 1);
    const columnOffsets = list(byColumn.offsets, columns + 1);
    const [rowIndices, columnIndices] = [list(byRow.indices, active), list(byColumn.indices, active)];
    const [positions, slots] = [list(this.positions, active), list(this.slots, active)];
    columnOffsets.fill(0);
    const kept = new Uint8Array(this.backend.wasm.HEAPU8.buffer, this.kept, this.kept ? this.size : 0);
    let count = 0;
    for (let row = 0, at = 0; row < rows; row++) {
      rowOffsets[row] = count;
      for (let column = 0; column < columns; column++, at++)
        if (mask[at]) {
          rowIndices[count] = column;
          positions[count++] = at;
          columnOffsets[column + 1] = (columnOffsets[column + 1] ?? 0) + 1;
        }
    }
    rowOffsets[rows] = count;
    for (let column = 0; column < columns; column++)
      columnOffsets[column + 1] = (columnOffsets[column + 1] ?? 0) + (columnOffsets[column] ?? 0);
    const next = columnOffsets.slice();
    for (let row = 0, i = 0; row < rows; row++)
      for (; i < (rowOffsets[row + 1] ?? 0); i++) {
        const column = rowIndices[i] ?? 0;
        const to = next[column] ?? 0;
        next[column] = to + 1;
        columnIndices[to] = row;
        slots[i] = to;
      }
    for (let at = 0; at < kept.length; at++) kept[at] = mask[at] ? 255 : 0;
    this.sorted.forget();
    this.blocks?.set(positions);
  }

  /** Packed values of a weight at this moment: this one's or, in the course of a step, one that it was. */
  values(weight: tfjs.TensorInfo): number {
    const own = this.packed(this.weight);
    if (weight.dataId === this.weight.dataId) return own.read();
    own.unpack();
    const from = this.backend.dataIdMap.get(weight.dataId).memoryOffset;
    this.pack(from, own.values);
    return own.values;
  }

  /** One of the sides with the values of a weight at this moment. */
  side(weight: tfjs.TensorInfo, by: 'byRow' | 'byColumn'): Side {
    const values = this.values(weight);
    if (by === 'byColumn' && this.sorted.isStale(weight.dataId)) {
      const { active, slots, byColumn, backend } = this;
      nativeOf(backend).share('unpack', 4 * active, active, slots, values, byColumn.values);
    }
    return this[by];
  }

  /** Packs what lies at an address in its dense places. */
  pack(from: number, to: number): void {
    const { active, positions, backend } = this;
    nativeOf(backend).share('pack', 4 * active, active, positions, from, to);
  }

  /** Of a variable that has numbers only where this weight is active. */
  packed(variable: tfjs.Variable): Packed {
    const known = this.packs.get(variable);
    if (known) return known;
    const made = new Packed(this.backend, variable, this, this.room());
    this.packs.set(variable, made);
    changeTopologies();
    return made;
  }

  /** The variables that are known to be such. */
  get variables(): readonly tfjs.Variable[] {
    return [...this.packs.keys()].filter(({ isDisposed }) => !isDisposed);
  }

  /** Has it be noticed where somebody asks for dense places of any of them. */
  watch(): void {
    for (const packed of this.packs.values()) packed.watch();
  }

  dispose(): void {
    this.unpack();
    this.gradients.dispose();
    for (const [variable, { values }] of this.packs)
      if (variable !== this.weight) this.backend.wasm._free(values);
    this.backend.wasm._free(this.block);
    this.blocks?.dispose();
  }

  private unpack(): void {
    for (const packed of this.packs.values()) packed.unpack();
    this.gradients.clear();
  }

  /** Memory for packed values: that of a variable that is gone, if there is one. */
  private room(): number {
    for (const [variable, { values }] of this.packs)
      if (variable.isDisposed && variable !== this.weight) {
        this.packs.delete(variable);
        return values;
      }
    return lasting(this.backend, this.active);
  }
}

/** Memory for so many numbers, which outlives a step that is being recorded. */
function lasting(backend: WasmBackend, count: number): number {
  const allocate = () => backend.wasm._malloc(4 * count) >>> 0;
  return Tap.of(backend)?.unheard(allocate) ?? allocate();
}
