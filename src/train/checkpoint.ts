import fs from 'node:fs/promises';
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import * as v from 'valibot';
import { listCheckpoints } from '../runs/checkpoints';
import { runFiles } from '../runs/record';
import { StorageError } from '../runs/storageError';
import { ExperimentError } from './experimentError';
import { captureOptimizer, restoreOptimizer, type OptimizerState } from './optimizerState';
import { registeredVariables } from './snapshot';
import { packSparse, sparseSchema, unpackSparse, type SparseState } from './sparseState';
import type { SparseTraining } from './sparseTraining';
import { packTensors, sha256, tensorEntrySchema, unpackTensor } from './tensorFile';
import type { Tf } from './tfInstance';

const optimizerSchema = v.object({
  className: v.string(),
  numbers: v.record(v.string(), v.number()),
  scalars: v.array(v.string()),
  slots: v.record(v.string(), v.array(v.nullable(v.string()))),
});

/** Where training stood; everything a resumed attempt needs besides tensors. */
const placeSchema = v.object({
  /** Last step done, counted from 1. */
  step: v.number(),
  epoch: v.number(),
  /** Batches of this epoch already trained on. */
  batch: v.number(),
  random: v.array(v.number()),
  feed: v.unknown(),
  evaluations: v.array(v.object({ step: v.number(), metrics: v.record(v.string(), v.number()) })),
  /** Wall time of all attempts up to here. */
  seconds: v.number(),
  /** SHA-256 of the compiled experiment that wrote this. */
  code: v.string(),
  /** Counted up to here, in training and in evaluations. Older checkpoints have no count. */
  flops: v.optional(v.number(), 0),
  evaluationFlops: v.optional(v.number(), 0),
});
export type TrainingPlace = v.InferOutput<typeof placeSchema>;

const stateSchema = v.object({
  schema: v.literal(1),
  place: placeSchema,
  optimizer: optimizerSchema,
  weights: v.array(tensorEntrySchema),
  state: v.array(tensorEntrySchema),
  /** Of a sparse training. */
  sparse: v.optional(sparseSchema),
  /** SHA-256 of the binary files by name: a damaged checkpoint is passed over. */
  files: v.record(v.string(), v.string()),
});

const stateFile = 'state.json';
/** Weights beside `model.json`: the folder loads with `tf.loadLayersModel` as it is. */
const weightsFile = 'weights.bin';
const optimizerFile = 'state.bin';
const sparseFile = 'sparse.bin';

/** A checkpoint copied out of the backend, waiting to be written. */
export interface CapturedCheckpoint {
  readonly name: string;
  readonly files: Record<string, Uint8Array | string>;
  readonly bytes: number;
}

/** Copies model, optimizer and all other variables out of the backend. Training waits for this, not for the disk. */
export async function captureCheckpoint(
  tf: Tf,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
  place: TrainingPlace,
  sparse?: SparseTraining,
): Promise<CapturedCheckpoint> {
  const weights = await packTensors(
    model.weights.map((weight) => ({ name: weight.originalName, tensor: weight.read() })),
  );
  const captured = captureOptimizer(tf, optimizer);
  const named = [...optimizerTensors(captured), ...otherVariables(tf, model, optimizer, sparse?.derived)];
  const state = await packTensors(named);
  tf.dispose(optimizerTensors(captured).map(({ tensor }) => tensor));
  const masks = sparse && packSparse(await sparse.capture());
  const stateText = JSON.stringify({
    schema: 1,
    place,
    optimizer: {
      className: captured.className,
      numbers: captured.numbers,
      scalars: Object.keys(captured.scalars),
      slots: Object.fromEntries(
        Object.entries(captured.slots).map(([field, slots]) => [
          field,
          slots.map((slot) => slot?.name ?? null),
        ]),
      ),
    },
    weights: weights.entries,
    state: state.entries,
    ...(masks && { sparse: masks.described }),
    files: {
      [weightsFile]: sha256(weights.bytes),
      [optimizerFile]: sha256(state.bytes),
      ...(masks && { [sparseFile]: sha256(masks.bytes) }),
    },
  } satisfies v.InferInput<typeof stateSchema>);
  const files = {
    [weightsFile]: weights.bytes,
    [optimizerFile]: state.bytes,
    ...(masks && { [sparseFile]: masks.bytes }),
    'model.json': modelJson(model, weights.entries),
    [stateFile]: stateText,
  };
  const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
  return { name: checkpointName(place), files, bytes };
}

/** Puts a captured checkpoint on disk: whole or not at all, then thins out old ones. */
export async function writeCheckpoint(
  directory: string,
  captured: CapturedCheckpoint,
  keep: number,
): Promise<void> {
  const parent = path.join(directory, runFiles.checkpoints);
  const target = path.join(parent, captured.name);
  const draft = path.join(parent, `.draft-${captured.name}-${process.pid}`);
  try {
    await writeDraft(draft, captured);
    await fs.rm(target, { recursive: true, force: true });
    await fs.rename(draft, target);
  } catch (error) {
    await fs.rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw StorageError.from(error, target);
  }
  const names = await listCheckpoints(directory);
  for (const old of names.slice(0, -keep))
    await fs.rm(path.join(parent, old), { recursive: true, force: true });
}

async function writeDraft(draft: string, captured: CapturedCheckpoint): Promise<void> {
  await fs.rm(draft, { recursive: true, force: true });
  await fs.mkdir(draft, { recursive: true });
  for (const [name, content] of Object.entries(captured.files))
    await fs.writeFile(path.join(draft, name), content, { flush: true });
}

/** Leftovers of a writer that was killed. */
export async function removeDrafts(directory: string): Promise<void> {
  const parent = path.join(directory, runFiles.checkpoints);
  for (const name of await fs.readdir(parent).catch(() => []))
    if (name.startsWith('.draft-')) await fs.rm(path.join(parent, name), { recursive: true, force: true });
}

export interface LoadedCheckpoint {
  readonly name: string;
  readonly place: TrainingPlace;
  /** Undefined where the training was dense. */
  readonly sparse: SparseState | undefined;
  /** Puts weights, optimizer and other variables back; see {@link restoreOptimizer} for errors. */
  apply(tf: Tf, model: tfjs.LayersModel, optimizer: tfjs.Optimizer): void;
}

/**
 * The newest checkpoint that is whole, or undefined where there is none.
 *
 * @param onDamaged called for each newer one that had to be passed over
 */
export async function loadLatestCheckpoint(
  directory: string,
  onDamaged: (message: string) => void,
): Promise<LoadedCheckpoint | undefined> {
  for (const name of (await listCheckpoints(directory)).reverse()) {
    try {
      return await loadCheckpoint(path.join(directory, runFiles.checkpoints, name), name);
    } catch (error) {
      onDamaged(`Checkpoint ${name} is damaged and was passed over: ${(error as Error).message}`);
    }
  }
  return undefined;
}

async function loadCheckpoint(folder: string, name: string): Promise<LoadedCheckpoint> {
  const state = v.parse(stateSchema, JSON.parse(await fs.readFile(path.join(folder, stateFile), 'utf8')));
  const read = async (file: string) => {
    const bytes = await fs.readFile(path.join(folder, file));
    if (sha256(bytes) !== state.files[file]) throw new Error(`${file} does not match its checksum`);
    return bytes;
  };
  const weights = await read(weightsFile);
  const others = await read(optimizerFile);
  return {
    name,
    place: state.place,
    sparse: state.sparse && unpackSparse(state.sparse, await read(sparseFile)),
    apply(tf, model, optimizer) {
      applyWeights(tf, model, state.weights, weights);
      const byName = new Map(state.state.map((entry) => [entry.name, unpackTensor(tf, entry, others)]));
      const tensor = (key: string) => {
        const found = byName.get(key);
        if (!found) throw new Error(`checkpoint ${name} lacks ${key}`);
        return found;
      };
      const { className, numbers, scalars, slots } = state.optimizer;
      const restored: OptimizerState = {
        className,
        numbers,
        scalars: Object.fromEntries(scalars.map((field) => [field, tensor(`scalar/${field}`)])),
        slots: Object.fromEntries(
          Object.entries(slots).map(([field, names]) => [
            field,
            names.map((slot, i) =>
              slot === null ? null : { name: slot, tensor: tensor(`slot/${field}/${i}`) },
            ),
          ]),
        ),
      };
      restoreOptimizer(tf, optimizer, restored);
      const variables = registeredVariables(tf);
      for (const [key, value] of byName)
        if (key.startsWith('variable/')) variables[key.slice('variable/'.length)]?.assign(value);
      tf.dispose([...byName.values()]);
    },
  };
}

function applyWeights(
  tf: Tf,
  model: tfjs.LayersModel,
  entries: v.InferOutput<typeof stateSchema>['weights'],
  bytes: Uint8Array,
): void {
  const shapes = (list: readonly { shape: readonly (number | null)[] }[]) =>
    list.map(({ shape }) => `[${shape.join(',')}]`).join(' ');
  if (shapes(model.weights) !== shapes(entries))
    throw new ExperimentError(
      `The model has changed since the checkpoint: it now has weights ${shapes(model.weights)}, the checkpoint has ${shapes(entries)}.`,
    );
  const values = entries.map((entry) => unpackTensor(tf, entry, bytes));
  for (const [i, weight] of model.weights.entries()) weight.write(values[i] as tfjs.Tensor);
  tf.dispose(values);
}

/** Sorts by progress; the one after an epoch's evaluation is another place than the one after its last step. */
function checkpointName({ step, batch }: TrainingPlace): string {
  return `step-${String(step).padStart(8, '0')}${step > 0 && batch === 0 ? '-epoch' : ''}`;
}

function optimizerTensors(state: OptimizerState): { name: string; tensor: tfjs.Tensor }[] {
  const scalars = Object.entries(state.scalars).map(([field, tensor]) => ({
    name: `scalar/${field}`,
    tensor,
  }));
  const slots = Object.entries(state.slots).flatMap(([field, list]) =>
    list.flatMap((slot, i) => (slot ? [{ name: `slot/${field}/${i}`, tensor: slot.tensor }] : [])),
  );
  return [...scalars, ...slots];
}

/** Variables of the user's own `step`, which belong neither to the model nor to the optimizer. */
function otherVariables(
  tf: Tf,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
  derived: readonly tfjs.Variable[] = [],
) {
  const known = new Set<unknown>([...model.weights.map((weight) => weight.read()), ...derived]);
  for (const value of Object.values(optimizer) as unknown[])
    for (const entry of Array.isArray(value) ? (value as unknown[]) : [value])
      known.add((entry as { variable?: unknown } | null)?.variable ?? entry);
  return Object.entries(registeredVariables(tf))
    .filter(([, variable]) => !known.has(variable) && variable.dtype !== 'string')
    .map(([name, tensor]) => ({ name: `variable/${name}`, tensor: tensor }));
}

function modelJson(model: tfjs.LayersModel, weights: v.InferOutput<typeof stateSchema>['weights']): string {
  return JSON.stringify({
    format: 'layers-model',
    generatedBy: 'compute-lens',
    modelTopology: model.toJSON(undefined, false) as unknown,
    weightsManifest: [
      { paths: [weightsFile], weights: weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })) },
    ],
  });
}
