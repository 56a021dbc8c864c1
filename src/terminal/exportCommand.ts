import fs from 'node:fs/promises';
import path from 'node:path';
import { formatBytes, formatCount } from '../protocol/format';
import { listCheckpoints } from '../runs/checkpoints';
import { runFiles } from '../runs/record';
import { findRun } from '../runs/runIndex';
import { bytesOf, compress, denseValues, encodeSparseModel } from '../sparse';
import type { CompressibleModel, NamedWeight } from '../sparse';
import { UsageError } from './usageError';
import { findWorkspace } from './workspace';

export interface ExportOptions {
  readonly sparse?: string;
  readonly compressed?: string;
  readonly workspace?: string;
}

/** Writes the model of a run's last checkpoint, with zeros as bits or without the units that do nothing. */
export async function exportCommand(id: string, options: ExportOptions): Promise<number> {
  if ((options.sparse === undefined) === (options.compressed === undefined))
    throw new UsageError('Say what to write: --sparse DIR or --compressed DIR.');
  const workspace = options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd());
  const run = await findRun(workspace, id);
  const checkpoint = (await listCheckpoints(run.directory)).at(-1);
  if (checkpoint === undefined) throw new UsageError(`Run ${run.id} has no checkpoint to export.`);
  const model = await readModel(path.join(run.directory, runFiles.checkpoints, checkpoint));
  if (options.sparse !== undefined) await exportSparse(model, path.resolve(options.sparse));
  else await exportCompressed(model, path.resolve(options.compressed as string));
  return 0;
}

async function exportSparse(model: CompressibleModel, folder: string): Promise<void> {
  const { json, bytes } = encodeSparseModel(model.topology, model.weights);
  await write(folder, JSON.stringify(json), bytes);
  const positions = sum(model.weights, ({ values }) => values.length);
  const zeros = sum(model.weights, ({ values }) => values.filter((value) => value === 0).length);
  say(
    `${folder}: ${formatBytes(bytes.length)} of weights; ${formatCount(zeros)} of ${formatCount(positions)} are zero and take one bit.`,
    'Load it with loadSparseModel(tf, folder) of this package.',
  );
}

/** In TensorFlow.js's own format: it is a dense model like any other. */
async function exportCompressed(model: CompressibleModel, folder: string): Promise<void> {
  const { topology, weights, removed } = compress(model);
  const bytes = Buffer.concat(
    weights.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );
  const specs = weights.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const weightsManifest = [{ paths: ['weights.bin'], weights: specs }];
  const described = {
    format: 'layers-model',
    generatedBy: 'compute-lens',
    modelTopology: topology,
    weightsManifest,
  };
  await write(folder, JSON.stringify(described), bytes);
  const count = (of: readonly NamedWeight[]) => formatCount(sum(of, ({ values }) => values.length));
  say(
    ...removed.map(
      ({ layer, before, after }) => `${layer}: ${formatCount(after)} of ${formatCount(before)} units left`,
    ),
    `${folder}: ${count(weights)} of ${count(model.weights)} weights, ${formatBytes(bytes.length)}, dense, with the same outputs.` +
      (removed.length === 0 ? ' No unit could be left out.' : ''),
    'Load it with tf.loadLayersModel.',
  );
}

async function readModel(folder: string): Promise<CompressibleModel> {
  const { modelTopology, weightsManifest } = JSON.parse(
    await fs.readFile(path.join(folder, 'model.json'), 'utf8'),
  ) as {
    modelTopology: CompressibleModel['topology'];
    weightsManifest: { paths: string[]; weights: Omit<NamedWeight, 'values'>[] }[];
  };
  const bytes = await fs.readFile(path.join(folder, 'weights.bin'));
  let at = 0;
  const weights = weightsManifest.flatMap((group) =>
    group.weights.map(({ name, shape, dtype }): NamedWeight => {
      const own = Uint8Array.from(bytes.subarray(at, (at += bytesOf(shape, dtype))));
      return { name, shape, dtype, values: denseValues(own, dtype) };
    }),
  );
  return { topology: modelTopology, weights };
}

async function write(folder: string, description: string, weights: Uint8Array): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(path.join(folder, 'weights.bin'), weights);
  await fs.writeFile(path.join(folder, 'model.json'), description);
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
