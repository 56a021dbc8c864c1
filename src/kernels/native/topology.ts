import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../register';
import { Blocks, blocksIn } from './blocks';
import { weightsMoved } from './gathered';
import type { WasmBackend } from './native';
import { changeTopologies, Topology } from './topologyMemory';

interface Entry {
  readonly variable: tfjs.Variable;
  readonly topology: Topology;
}

let entries: Entry[] = [];
const byData = new WeakMap<object, Entry>();
let dense: ReadonlySet<tfjs.Variable> = new Set();

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
  const slots = known?.variables ?? [];
  drop(({ variable: each }) => each === variable || each.isDisposed);
  if (!isSparse) return;
  const backend = tf.backend() as unknown as WasmBackend;
  const lists = blocks === undefined ? undefined : new Blocks(backend, blocks, columns);
  const topology = new Topology(backend, variable, active, lists);
  topology.set(mask);
  for (const slot of slots) topology.packed(slot);
  entries.push({ variable, topology });
  changeTopologies();
}

function canBeSparse(tf: Tf, { isDisposed, rank, dtype }: tfjs.Variable): boolean {
  return tf.getBackend() === 'wasm' && !isDisposed && rank > 1 && dtype === 'float32';
}

function drop(isGone: (entry: Entry) => boolean): void {
  const gone = entries.filter(isGone);
  if (gone.length === 0) return;
  entries = entries.filter((each) => !gone.includes(each));
  for (const { topology } of gone) topology.dispose();
  changeTopologies();
}

/** Until told otherwise, gradients of these are computed in full, of all others with a topology only where active. */
export function wantDenseGradients(variables: readonly tfjs.Variable[] | undefined): void {
  dense = new Set(variables);
}

/** What of the above a recorded step was recorded with. */
export function gradientsWanted(): string {
  return [...dense].map(({ id }) => id).join();
}

/** Has it be noticed where somebody asks for the values of sparse weights, or of their optimizers' slots. */
export function watchSparse(): void {
  for (const { topology } of entries) topology.watch();
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
