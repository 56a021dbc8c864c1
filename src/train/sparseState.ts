import * as v from 'valibot';
import { packBits, unpackBits, type Mask } from '../sparse';
import type { SparseCounts } from './sparseReport';
import type { Snapshot } from './sparseSlots';

/** All of a sparse training that weights and optimizer do not say. */
export interface SparseState extends SparseCounts {
  readonly step: number;
  readonly masks: readonly Mask[];
  readonly everActive: readonly Mask[];
  readonly sums: readonly (Float32Array | undefined)[];
  readonly snapshot: Snapshot | undefined;
}

/** Where the parts of a sparse training lie in a binary file: masks bit by bit, values as float32, little-endian. */
export const sparseSchema = v.object({
  step: v.number(),
  updates: v.number(),
  countedFlops: v.number(),
  countedDenseFlops: v.number(),
  /** Of the optimizer, in the weights that rounds return to. */
  numbers: v.optional(v.record(v.string(), v.number())),
  parts: v.array(
    v.object({
      name: v.string(),
      kind: v.picklist(['mask', 'values']),
      length: v.number(),
      byteOffset: v.number(),
    }),
  ),
});
type Described = v.InferOutput<typeof sparseSchema>;

export function packSparse(state: SparseState): { described: Described; bytes: Uint8Array } {
  const parts: Described['parts'] = [];
  const chunks: Uint8Array[] = [];
  let byteOffset = 0;
  const add = (name: string, values: Uint8Array | Float32Array) => {
    const isMask = values instanceof Uint8Array;
    const bytes = isMask
      ? packBits(values)
      : new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    parts.push({ name, kind: isMask ? 'mask' : 'values', length: values.length, byteOffset });
    chunks.push(bytes);
    byteOffset += bytes.length;
  };
  for (const [i, mask] of state.masks.entries()) add(`mask/${i}`, mask);
  for (const [i, mask] of state.everActive.entries()) add(`ever/${i}`, mask);
  for (const [i, sum] of state.sums.entries()) if (sum) add(`sum/${i}`, sum);
  for (const [key, values] of state.snapshot?.values ?? []) add(`snapshot/${key}`, values);
  const numbers = state.snapshot && { numbers: { ...state.snapshot.numbers } };
  const { step, updates, countedFlops, countedDenseFlops } = state;
  const described = { step, updates, countedFlops, countedDenseFlops, ...numbers, parts };
  return { described, bytes: Buffer.concat(chunks) };
}

export function unpackSparse({ numbers, parts, ...counts }: Described, bytes: Uint8Array): SparseState {
  const all = (prefix: string) => parts.filter(({ name }) => name.startsWith(prefix));
  const read = ({ name, kind, length, byteOffset }: Described['parts'][number]) => {
    const size = kind === 'mask' ? Math.ceil(length / 8) : 4 * length;
    const own = Uint8Array.from(bytes.subarray(byteOffset, byteOffset + size));
    if (own.length !== size) throw new Error(`${name} of the sparse training is cut short`);
    return kind === 'mask' ? unpackBits(own, length) : new Float32Array(own.buffer);
  };
  const masks = all('mask/').map((part) => read(part) as Uint8Array);
  const sums = masks.map((_, i) => {
    const part = parts.find(({ name }) => name === `sum/${i}`);
    return part && (read(part) as Float32Array);
  });
  const kept = all('snapshot/').map((part) => [part.name.slice('snapshot/'.length), read(part)] as const);
  return {
    ...counts,
    masks,
    everActive: all('ever/').map((part) => read(part) as Uint8Array),
    sums,
    snapshot: numbers && { numbers, values: new Map(kept as [string, Float32Array][]) },
  };
}
