import fs from 'node:fs/promises';
import path from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import type { Tf } from './tfInstance';

const scheme = 'file://';
/** What a router returns for addresses of others; the type of TensorFlow.js leaves it out. */
const none = null as unknown as io.IOHandler;

/**
 * `model.save('file://folder')` and `tf.loadLayersModel('file://folder/model.json')` on every backend, as
 * tfjs-node has them: `model.json` beside `weights.bin`.
 */
export function registerFileHandlers(tf: Tf): void {
  const pathOf = (url: string | string[]) =>
    typeof url === 'string' && url.startsWith(scheme) ? url.slice(scheme.length) : undefined;
  tf.io.registerSaveRouter((url) => {
    const folder = pathOf(url);
    return folder === undefined ? none : { save: (artifacts) => save(folder, artifacts) };
  });
  tf.io.registerLoadRouter((url) => {
    const file = pathOf(url);
    return file === undefined ? none : { load: () => load(file) };
  });
}

async function save(folder: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const { weightSpecs = [], weightData, ...model } = artifacts;
  const buffers = weightData === undefined ? [] : [weightData].flat();
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(
    path.join(folder, 'weights.bin'),
    buffers.map((buffer) => new Uint8Array(buffer)),
  );
  const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  await fs.writeFile(
    path.join(folder, 'model.json'),
    JSON.stringify({ ...model, weightsManifest: manifest }),
  );
  return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
}

async function load(file: string): Promise<io.ModelArtifacts> {
  const model = JSON.parse(await fs.readFile(file, 'utf8')) as io.ModelArtifacts & {
    weightsManifest?: { paths: string[]; weights: io.WeightsManifestEntry[] }[];
  };
  const { weightsManifest = [], ...artifacts } = model;
  const files = weightsManifest.flatMap((group) => group.paths);
  const parts = await Promise.all(files.map((name) => fs.readFile(path.join(path.dirname(file), name))));
  const joined = Buffer.concat(parts);
  return {
    ...artifacts,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: joined.buffer.slice(joined.byteOffset, joined.byteOffset + joined.byteLength),
  };
}
