import fs from 'node:fs/promises';
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import {
  compress,
  decodeSparseModel,
  encodeSparseModel,
  type CompressibleModel,
  type NamedWeight,
  type SparseModelJson,
} from '../sparse';

const [description, values] = ['model.json', 'weights.bin'];

export interface SaveSparseOptions {
  /** Leave out units that are constant or that nobody reads; outputs stay. Default false. */
  readonly compress?: boolean;
}

/**
 * Writes a model into a folder, zeros as one bit each. {@link loadSparseModel} reads it.
 *
 * @returns bytes on disk
 */
export async function saveSparseModel(
  model: tfjs.LayersModel,
  folder: string,
  options: SaveSparseOptions = {},
): Promise<number> {
  const weights = await Promise.all(
    model.weights.map(async (weight): Promise<NamedWeight> => {
      const tensor = weight.read();
      const { shape, dtype } = tensor;
      return {
        name: weight.originalName,
        shape,
        dtype: dtype as 'float32',
        values: await tensor.data<'float32'>(),
      };
    }),
  );
  const whole = { topology: model.toJSON(undefined, false), weights } as unknown as CompressibleModel;
  const { topology, weights: kept } = options.compress ? compress(whole) : whole;
  const { json, bytes } = encodeSparseModel(topology, kept);
  const text = JSON.stringify(json);
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(path.join(folder, values), bytes);
  await fs.writeFile(path.join(folder, description), text);
  return bytes.length + Buffer.byteLength(text);
}

/**
 * The model that {@link saveSparseModel} or `compute-lens export` wrote into a folder, as a model like any other.
 *
 * @throws Error where the folder holds no such model, or a damaged one
 */
export async function loadSparseModel(tf: typeof tfjs, folder: string): Promise<tfjs.LayersModel> {
  const json = JSON.parse(await fs.readFile(path.join(folder, description), 'utf8')) as SparseModelJson;
  const weights = decodeSparseModel(json, await fs.readFile(path.join(folder, values)));
  const bytes = Buffer.concat(
    weights.map(({ values: own }) => new Uint8Array(own.buffer, own.byteOffset, own.byteLength)),
  );
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: weights.map(({ name, shape, dtype }) => ({ name, shape: [...shape], dtype })),
      weightData: Uint8Array.from(bytes).buffer,
    }),
  );
}
