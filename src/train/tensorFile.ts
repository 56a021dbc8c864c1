import { createHash } from 'node:crypto';
import type * as tfjs from '@tensorflow/tfjs';
import * as v from 'valibot';
import type { Tf } from './tfInstance';

/** Where a tensor lies in a binary file. */
export const tensorEntrySchema = v.object({
  name: v.string(),
  shape: v.array(v.number()),
  dtype: v.picklist(['float32', 'int32', 'bool']),
  byteOffset: v.number(),
  byteLength: v.number(),
});
export type TensorEntry = v.InferOutput<typeof tensorEntrySchema>;

/** Tensors by name, copied out of the backend into one buffer, in little-endian row-major order. */
export interface PackedTensors {
  readonly entries: TensorEntry[];
  readonly bytes: Uint8Array;
}

/** Reads `tensors` out of the backend; afterwards training may go on changing them. */
export async function packTensors(
  tensors: readonly { name: string; tensor: tfjs.Tensor }[],
): Promise<PackedTensors> {
  const values = await Promise.all(tensors.map(({ tensor }) => tensor.data()));
  const entries: TensorEntry[] = [];
  let byteOffset = 0;
  for (const [index, { name, tensor }] of tensors.entries()) {
    const dtype = tensor.dtype;
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      throw new Error(`Variable "${name}" is of type ${dtype}, which a checkpoint cannot hold.`);
    const byteLength = (values[index] as Float32Array).byteLength;
    entries.push({ name, shape: tensor.shape, dtype, byteOffset, byteLength });
    byteOffset += byteLength;
  }
  const bytes = new Uint8Array(byteOffset);
  for (const [index, entry] of entries.entries()) {
    const source = values[index] as Float32Array | Int32Array | Uint8Array;
    bytes.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), entry.byteOffset);
  }
  return { entries, bytes };
}

/** The tensor of `entry` out of `bytes`. */
export function unpackTensor(tf: Tf, entry: TensorEntry, bytes: Uint8Array): tfjs.Tensor {
  // A Buffer's own slice() would share memory and keep a foreign offset.
  const copy = Uint8Array.from(bytes.subarray(entry.byteOffset, entry.byteOffset + entry.byteLength));
  if (copy.byteLength !== entry.byteLength) throw new Error(`tensor "${entry.name}" is cut short`);
  const values =
    entry.dtype === 'float32'
      ? new Float32Array(copy.buffer)
      : entry.dtype === 'int32'
        ? new Int32Array(copy.buffer)
        : copy;
  return tf.tensor(values, entry.shape, entry.dtype);
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
