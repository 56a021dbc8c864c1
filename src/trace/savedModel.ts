import fs from 'node:fs/promises';
import path from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import { bytesOf, size } from '../cost/kernel';
import type { ModelCost } from '../cost/modelCost';
import { ExperimentError } from '../train/experimentError';
import { assumedLength, empty, measure, traceModelStep } from './modelStep';
import { Remarks } from './remarks';
import type { SavedModelRequest, TraceResult } from './request';
import type { TraceSession } from './session';
import { summarize } from './summarize';
import { stepTimeline } from './timeline';

interface SavedModel {
  readonly format?: string;
  readonly modelTopology?: object;
  readonly weightsManifest?: readonly { paths: string[]; weights: io.WeightsManifestEntry[] }[];
}
type Graph = Awaited<ReturnType<TraceSession['tf']['loadGraphModel']>>;

/** Weights of up to this many elements are read: they may be shapes. Of others the shape is enough. */
const readElements = 64;

/** Traces a model.json: a layers model for a training step, a graph model for a forward pass. */
export async function traceSavedModel(
  session: TraceSession,
  request: SavedModelRequest,
): Promise<TraceResult> {
  const { file, batch } = request;
  const remarks = new Remarks(session, file);
  session.reset(undefined);
  try {
    const saved = await readModel(request);
    const graph = saved.format === 'graph-model' || 'node' in (saved.modelTopology ?? {});
    const cost = graph
      ? await traceGraph(session, saved, request)
      : await traceModelStep(session, await loadLayers(session, saved), { batch });
    const name = path.basename(path.dirname(file));
    const place = { file, line: 1, column: 1 };
    return { models: [{ ...cost, name, place, alsoAt: [] }], remarks: remarks.all };
  } catch (error) {
    remarks.thrown(error);
    return { models: [], remarks: remarks.all };
  }
}

async function readModel({ file, text }: SavedModelRequest): Promise<SavedModel> {
  let saved: unknown;
  try {
    saved = JSON.parse(text ?? (await fs.readFile(file, 'utf8')));
  } catch (error) {
    throw new ExperimentError(`${file} is not JSON: ${(error as Error).message}`, { file });
  }
  if (typeof saved === 'object' && saved !== null && 'modelTopology' in saved) return saved as SavedModel;
  throw new ExperimentError(`${file} holds no "modelTopology": it is not a model that TensorFlow.js saved.`, {
    file,
  });
}

async function loadLayers({ tf }: TraceSession, saved: SavedModel) {
  const topology = (saved as { modelTopology: { model_config?: object } }).modelTopology;
  return tf.models.modelFromJSON((topology.model_config ? topology : { model_config: topology }) as never);
}

async function traceGraph(
  session: TraceSession,
  saved: SavedModel,
  { file, batch }: SavedModelRequest,
): Promise<Omit<ModelCost, 'name' | 'place'>> {
  const { tf, recorder } = session;
  const specs = (saved.weightsManifest ?? []).flatMap(({ weights }) => weights);
  const { weightData, missing } = await readWeights(saved, file);
  const graph: Graph = await tf.loadGraphModel({
    load: async () => ({
      ...(saved as io.ModelArtifacts),
      weightSpecs: specs.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
      weightData,
    }),
  });
  const assumptions: string[] = ['a graph model is traced for a forward pass: it cannot be trained'];
  const inputs = graph.inputs.map(({ name, shape, dtype }) => {
    const known = (shape ?? [-1]).map((length, axis) => {
      if (length >= 0) return length;
      if (axis > 0) assumptions.push(`input ${name} is open along axis ${axis}: traced at ${assumedLength}`);
      return axis === 0 ? batch : assumedLength;
    });
    return [name, empty(session, known, dtype)] as const;
  });
  const weights = Object.values(graph.weights).flat();
  const memory = measure(session, [...weights, ...inputs.map(([, tensor]) => tensor)]);
  recorder.start();
  recorder.inference = true;
  try {
    await graph.executeAsync(Object.fromEntries(inputs));
  } catch (error) {
    if (missing === undefined) throw error;
    const message = `${missing} cannot be read, and with it shapes that the model computes with`;
    throw new ExperimentError(`${message}: ${(error as Error).message}`, { file });
  } finally {
    recorder.inference = false;
  }
  const recording = recorder.stop();
  const summary = summarize(session, recording, []);
  const params = weights.reduce((sum, { size }) => sum + size, 0);
  const weightBytes = weights.reduce((sum, weight) => sum + bytesOf(weight), 0);
  const batchBytes = inputs.reduce((sum, [, tensor]) => sum + bytesOf(tensor), 0);
  return {
    ...summary,
    batch,
    timeline: stepTimeline(session, recording, [], {
      batch,
      held: memory.timeline(recording),
      base: [
        { what: 'weights', bytes: weightBytes },
        { what: 'batch', bytes: batchBytes },
      ],
    }),
    batchIsFree: inputs.some(([, { shape }]) => shape[0] === batch),
    params,
    trainableParams: 0,
    inputShapes: inputs.map(([, { shape }]) => shape),
    peakBytes: memory.peak(recording),
    weightBytes,
    assumptions,
  };
}

/**
 * Weights as float or int zeros, but the small ones as they are: a Reshape takes its shape from one.
 *
 * @returns also the first file that is missing and holds small ones
 */
async function readWeights({ weightsManifest = [] }: SavedModel, file: string) {
  const parts: Buffer[] = [];
  let missing: string | undefined;
  for (const { paths, weights } of weightsManifest) {
    const shards = new Shards(paths.map((name) => path.join(path.dirname(file), name)));
    let offset = 0;
    for (const spec of weights) {
      const elements = size(spec.shape);
      const stored = storedBytes(spec.quantization?.dtype ?? spec.dtype);
      const plain = !spec.quantization && spec.dtype !== 'string';
      const bytes = elements * storedBytes(spec.dtype);
      parts.push(plain && elements <= readElements ? await shards.read(offset, bytes) : Buffer.alloc(bytes));
      offset += elements * stored;
    }
    missing ??= await shards.missing();
    await shards.close();
  }
  const joined = Buffer.concat(parts);
  const weightData = joined.buffer.slice(joined.byteOffset, joined.byteOffset + joined.byteLength);
  return { weightData, missing };
}

function storedBytes(dtype: string): number {
  return { uint8: 1, bool: 1, uint16: 2, float16: 2, complex64: 8, string: 0 }[dtype] ?? 4;
}

/** A group of weight files, read as one. A missing file reads as zeros: its sizes are in model.json. */
class Shards {
  private opened: Promise<{ handle: fs.FileHandle; size: number }[]> | undefined;
  private unread: string | undefined;

  constructor(private readonly files: readonly string[]) {}

  async read(offset: number, length: number): Promise<Buffer> {
    this.opened ??= Promise.all(
      this.files.map(async (file) => {
        const handle = await fs.open(file, 'r');
        return { handle, size: (await handle.stat()).size };
      }),
    ).catch((error: unknown) => {
      this.unread = path.basename((error as NodeJS.ErrnoException).path ?? '');
      return [];
    });
    const result = Buffer.alloc(length);
    let start = 0;
    for (const { handle, size } of await this.opened) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + size);
      if (from < to) await handle.read(result, from - offset, to - from, from - start);
      start += size;
    }
    return result;
  }

  /** The file that was to be read and cannot be. */
  async missing(): Promise<string | undefined> {
    await this.opened;
    return this.unread;
  }

  async close(): Promise<void> {
    for (const { handle } of (await this.opened) ?? []) await handle.close();
  }
}
