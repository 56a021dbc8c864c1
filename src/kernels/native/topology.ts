import type * as tfjs from '@tensorflow/tfjs';
import { Tap } from '../plan/tap';
import type { Tf } from '../register';
import { Blocks, blocksIn } from './blocks';
import { Gathered, weightsMoved } from './gathered';
import { GradientBuffers } from './gradientBuffers';
import { product } from './items';
import { nativeOf, type WasmBackend } from './native';

/** Active weights by rows or by columns, as assembly/sparse.ts takes them. Addresses in bytes. */
export interface Side {
  /** One for each row, or column, and one behind the last. */
  readonly offsets: number;
  /** The column, or row, of each weight. */
  readonly indices: number;
  /** Room for the value of each. */
  readonly values: number;
}

/** Which weights of a matrix [rows, columns] are active, in the memory of the wasm backend. */
export class Topology {
  readonly byRow: Side;
  readonly byColumn: Side;
  /** Where each active weight is among all, by rows. */
  readonly positions: number;
  /** Where each other weight is, where these are fewer; else 0. */
  readonly inactive: number;
  readonly gradients: GradientBuffers;
  private readonly block: number;
  /** Which of those by columns each of those by rows is. */
  private readonly slots: number;
  private readonly gathered = new Gathered();

  /** @param shape of the weight; all axes but the last are its rows */
  constructor(
    private readonly backend: WasmBackend,
    readonly shape: readonly number[],
    readonly active: number,
    /** Where all that is active comes in blocks. */
    readonly blocks: Blocks | undefined,
  ) {
    const { rows, columns } = this;
    const starts: number[] = [];
    let size = 0;
    const others = 2 * active > rows * columns ? rows * columns - active : 0;
    for (const count of [rows + 1, columns + 1, ...Array.from({ length: 6 }, () => active), others]) {
      starts.push(4 * size);
      size += count;
    }
    // It outlives a step that is being recorded.
    const allocate = () => backend.wasm._malloc(4 * size) >>> 0;
    this.block = Tap.of(backend)?.unheard(allocate) ?? allocate();
    const [r = 0, c = 0, ri = 0, rv = 0, ci = 0, cv = 0, p = 0, q = 0, o = 0] = starts.map(
      (at) => this.block + at,
    );
    this.byRow = { offsets: r, indices: ri, values: rv };
    this.byColumn = { offsets: c, indices: ci, values: cv };
    this.positions = p;
    this.slots = q;
    this.inactive = others > 0 ? o : 0;
    this.gradients = new GradientBuffers(backend, shape);
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
    const { rows, columns, active, byRow, byColumn } = this;
    const list = (address: number, count: number) =>
      new Int32Array(this.backend.wasm.HEAPU8.buffer, address, count);
    const rowOffsets = list(byRow.offsets, rows + 1);
    const columnOffsets = list(byColumn.offsets, columns + 1);
    const [rowIndices, columnIndices] = [list(byRow.indices, active), list(byColumn.indices, active)];
    const [positions, slots] = [list(this.positions, active), list(this.slots, active)];
    columnOffsets.fill(0);
    const others = list(this.inactive, this.inactive ? this.size - active : 0);
    let count = 0;
    for (let row = 0, at = 0; row < rows; row++) {
      rowOffsets[row] = count;
      for (let column = 0; column < columns; column++, at++)
        if (mask[at]) {
          rowIndices[count] = column;
          positions[count++] = at;
          columnOffsets[column + 1] = (columnOffsets[column + 1] ?? 0) + 1;
        } else if (others.length > 0) others[at - count] = at;
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
    this.gradients.clear();
    this.gathered.forget();
    this.blocks?.set(mask);
  }

  /** Sees to it that the values of both sides are those of the weight at this moment. */
  gather({ dataId }: tfjs.TensorInfo): void {
    if (!this.gathered.isStale(dataId)) return;
    const { active, positions, slots, byRow, byColumn, backend } = this;
    const from = backend.dataIdMap.get(dataId).memoryOffset;
    const given = [active, positions, slots, from, byRow.values, byColumn.values];
    nativeOf(backend).share('sparseValues', 4 * active, ...given);
  }

  dispose(): void {
    this.backend.wasm._free(this.block);
    this.gradients.dispose();
    this.blocks?.dispose();
  }
}

interface Entry {
  readonly variable: tfjs.Variable;
  readonly topology: Topology;
}

let entries: Entry[] = [];
const byData = new WeakMap<object, Entry>();
let generation = 0;
let dense: ReadonlySet<tfjs.Variable> = new Set();

/** Goes up by one whenever what a recorded step has to do with sparse weights is another. */
export function topologyGeneration(): number {
  return generation;
}

/**
 * From now on products with this variable on the wasm backend may skip its zeros, and updates touch only its active
 * weights; without a mask it is dense again. Told of another mask with as many active weights, recorded steps go on.
 *
 * @param mask a byte for each weight, in its own order; what is not active has to be zero in the variable, and in the
 *   slots of its optimizer
 * @throws Error where the mask is of another size
 */
export function setTopology(tf: Tf, variable: tfjs.Variable, mask: Uint8Array | undefined): void {
  if (mask && mask.length !== variable.size)
    throw new Error(
      `setTopology: the mask of "${variable.name}" has ${mask.length} entries; the variable has ${variable.size}.`,
    );
  const known = entryOf(variable)?.topology;
  weightsMoved();
  const columns = variable.shape.at(-1) ?? 1;
  const active = mask?.reduce((count, each) => count + (each ? 1 : 0), 0) ?? 0;
  const blocks = mask && blocksIn(mask, columns);
  const isSparse = mask && active < variable.size && canBeSparse(tf, variable);
  if (isSparse && known?.active === active && known.blocks?.count === blocks) return known.set(mask);
  drop(({ variable: each }) => each === variable || each.isDisposed);
  if (!isSparse) return;
  const backend = tf.backend() as unknown as WasmBackend;
  const lists = blocks === undefined ? undefined : new Blocks(backend, blocks, columns);
  const topology = new Topology(backend, variable.shape, active, lists);
  topology.set(mask);
  entries.push({ variable, topology });
  generation++;
}

function canBeSparse(tf: Tf, { isDisposed, rank, dtype }: tfjs.Variable): boolean {
  return tf.getBackend() === 'wasm' && !isDisposed && rank > 1 && dtype === 'float32';
}

function drop(isGone: (entry: Entry) => boolean): void {
  const gone = entries.filter(isGone);
  if (gone.length === 0) return;
  entries = entries.filter((each) => !gone.includes(each));
  for (const { topology } of gone) topology.dispose();
  generation++;
}

/** Until told otherwise, gradients of these are computed in full, of all others with a topology only where active. */
export function wantDenseGradients(variables: readonly tfjs.Variable[] | undefined): void {
  dense = new Set(variables);
}

/** What of the above a recorded step was recorded with. */
export function gradientsWanted(): string {
  return [...dense].map(({ id }) => id).join();
}

/** What is known of a tensor that is a variable's data by whatever name; undefined: it is dense. */
export function topologyOf(tensor: tfjs.TensorInfo): Topology | undefined {
  return entries.length > 0 ? entryOf(tensor)?.topology : undefined;
}

/** Of which topology both are gradients, zero where nothing is active. */
export function topologyOfGradients(a: tfjs.TensorInfo, b: tfjs.TensorInfo): Topology | undefined {
  return entries.find(({ topology: { gradients } }) => gradients.has(a) && gradients.has(b))?.topology;
}

/** Whether the whole gradient of such a tensor is wanted. */
export function isDenseGradientWanted(topology: Topology): boolean {
  return dense.size > 0 && entries.some((each) => each.topology === topology && dense.has(each.variable));
}

function entryOf({ dataId }: tfjs.TensorInfo): Entry | undefined {
  const known = byData.get(dataId);
  if (known?.variable.dataId === dataId && entries.includes(known)) return known;
  const found = entries.find(({ variable }) => !variable.isDisposed && variable.dataId === dataId);
  if (found) byData.set(dataId, found);
  return found;
}
