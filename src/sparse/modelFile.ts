import { packBits, unpackBits } from './bits';
import { product } from './distribution';
import type { ModelTopology, NamedWeight } from './compress/graph';

/**
 * A sparse model on disk: `model.json` says what it is and where its weights lie in `weights.bin`. A weight lies there
 * either dense, or as a bit mask, eight positions a byte from the lowest bit on, with the values where it is one behind
 * it, in the weight's row-major order. Numbers are little-endian; every weight begins at a multiple of four bytes.
 */
export interface SparseModelJson {
  readonly format: 'compute-lens-sparse-model';
  readonly version: 1;
  readonly modelTopology: ModelTopology;
  readonly weights: readonly StoredWeight[];
}
export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: NamedWeight['dtype'];
  readonly encoding: 'dense' | 'bitmask';
  readonly byteOffset: number;
  readonly byteLength: number;
}

const sparseModelFormat = 'compute-lens-sparse-model';

/** Each weight in the shorter way. */
export function encodeSparseModel(
  modelTopology: ModelTopology,
  weights: readonly NamedWeight[],
): { json: SparseModelJson; bytes: Uint8Array } {
  const stored: StoredWeight[] = [];
  const chunks: Uint8Array[] = [];
  let byteOffset = 0;
  for (const { name, shape, dtype, values } of weights) {
    const { encoding, bytes } = encoded(values);
    stored.push({ name, shape, dtype, encoding, byteOffset, byteLength: bytes.length });
    const padded = new Uint8Array(4 * Math.ceil(bytes.length / 4));
    padded.set(bytes);
    chunks.push(padded);
    byteOffset += padded.length;
  }
  const bytes = new Uint8Array(byteOffset);
  for (const [i, { byteOffset: at }] of stored.entries()) bytes.set(chunks[i] as Uint8Array, at);
  return { json: { format: sparseModelFormat, version: 1, modelTopology, weights: stored }, bytes };
}

/**
 * The weights of a sparse model.
 *
 * @throws Error where the files are not of this format, or do not belong together
 */
export function decodeSparseModel(json: SparseModelJson, bytes: Uint8Array): NamedWeight[] {
  if ((json.format as string) !== sparseModelFormat || (json.version as number) !== 1)
    throw new Error(
      `This is no sparse model of version 1: its format is "${json.format}", version ${json.version}.`,
    );
  return json.weights.map(({ name, shape, dtype, encoding, byteOffset, byteLength }) => {
    const own = Uint8Array.from(bytes.subarray(byteOffset, byteOffset + byteLength));
    const size = product(shape);
    const wrong = () => new Error(`The weight "${name}" of the sparse model is cut short or damaged.`);
    if (own.length !== byteLength) throw wrong();
    if (encoding === 'dense') {
      if (byteLength !== bytesOf(shape, dtype)) throw wrong();
      return { name, shape, dtype, values: denseValues(own, dtype) };
    }
    const maskBytes = Math.ceil(size / 8);
    const values = new Float32Array(size);
    const nonzeros = new Float32Array(own.slice(maskBytes).buffer);
    let next = 0;
    for (const [place, bit] of unpackBits(own, size).entries())
      if (bit === 1) values[place] = nonzeros[next++] ?? NaN;
    if (next !== nonzeros.length) throw wrong();
    return { name, shape, dtype, values };
  });
}

/** Bytes that a weight takes with all its zeros. */
export function bytesOf(shape: readonly number[], dtype: string): number {
  return product(shape) * (dtype === 'bool' ? 1 : 4);
}

/** A weight's values as they lie, in bytes that nobody else holds. */
export function denseValues(bytes: Uint8Array<ArrayBuffer>, dtype: string): NamedWeight['values'] {
  if (dtype === 'bool') return bytes;
  return dtype === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

function encoded(values: NamedWeight['values']): { encoding: StoredWeight['encoding']; bytes: Uint8Array } {
  const dense = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (!(values instanceof Float32Array)) return { encoding: 'dense', bytes: dense };
  const nonzeros = values.filter((value) => value !== 0);
  const mask = packBits(Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)));
  const length = mask.length + nonzeros.byteLength;
  if (length >= dense.length) return { encoding: 'dense', bytes: dense };
  const bytes = new Uint8Array(length);
  bytes.set(mask);
  bytes.set(new Uint8Array(nonzeros.buffer), mask.length);
  return { encoding: 'bitmask', bytes };
}
