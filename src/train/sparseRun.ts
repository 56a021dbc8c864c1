import type * as tfjs from '@tensorflow/tfjs';
import type { Attempt } from './attempt';
import type { StartedBackend } from './backends';
import type { BuiltRun } from './builtRun';
import type { LoadedCheckpoint } from './checkpoint';
import { ExperimentError } from './experimentError';
import { siteOf } from './layerSites';
import type { RecordedWeight } from '../runs/masks';
import type { MaskUpdate } from './sparseMasks';
import { sparseProfileForRun } from './sparseProfileStore';
import type { SparseTraining } from './sparseTraining';
import type { SparseWeight } from './sparseWeights';
import type { Tf } from './tfInstance';

/**
 * Makes the training of a run sparse, where its experiment says so; the masks come with {@link beginSparse}.
 *
 * @throws ExperimentError where the method does not fit the model or the length of training
 */
export function sparseTrainingOf(tf: Tf, run: BuiltRun): SparseTraining | undefined {
  const { sparsity, definition, feed, epochs, model, optimizer } = run;
  if (!sparsity) return undefined;
  const { stepsPerEpoch } = feed;
  const totalSteps = stepsPerEpoch === undefined ? undefined : stepsPerEpoch * epochs;
  try {
    return new tf.SparseTraining(tf, model, optimizer, sparsity, { seed: definition.seed, totalSteps });
  } catch (error) {
    throw new ExperimentError((error as Error).message, { file: definition.file, field: 'sparsity' });
  }
}

/**
 * Has kernels for sparse weights be chosen as in the attempts of this run before, on whatever machine they were, and in
 * its first one by what is measured here: that decides about bits.
 */
export async function useSparseProfile(tf: Tf, backend: StartedBackend, attempt: Attempt): Promise<void> {
  if (backend.name !== 'wasm') return;
  const { record } = attempt;
  record.sparseProfile ??= await sparseProfileForRun(tf, backend, (message) => attempt.warn(message));
  tf.setSparseProfile(record.sparseProfile);
}

/**
 * The masks that an attempt begins with, those of its checkpoint where there is one.
 *
 * @throws ExperimentError where the checkpoint is of a dense training, or of other weights
 */
export async function beginSparse(
  sparse: SparseTraining,
  checkpoint: LoadedCheckpoint | undefined,
  file: string,
): Promise<MaskUpdate> {
  if (!checkpoint) return sparse.begin();
  if (!checkpoint.sparse)
    throw new ExperimentError('The checkpoint is of a dense training; the experiment is sparse now.', {
      file,
    });
  try {
    sparse.restore({ ...checkpoint.sparse, step: checkpoint.place.step });
  } catch (error) {
    throw new ExperimentError((error as Error).message, { file });
  }
  return { step: sparse.step, masks: sparse.masks };
}

/** Sparse weights as the run folder holds them. */
export function recordedWeights(
  sparse: SparseTraining,
  model: tfjs.LayersModel,
  workspace: string,
): RecordedWeight[] {
  return sparse.weights.map((weight, i) => {
    const { name, layer, kind, shape, layout, source } = weight;
    const image = i === 0 ? imageInto(weight, model) : undefined;
    const site = siteOf(source, workspace);
    const { file, line, column } = site ?? {};
    const known = file !== undefined && line !== undefined;
    return {
      name,
      layer,
      kind,
      shape: [...shape],
      ...(layout.axes === 'outputInput' && { transposed: true }),
      ...(image && { image }),
      ...(known && { site: { file, line, ...(column !== undefined && { column }) } }),
    };
  });
}

/** Sides and channels of the image whose pixels are the inputs of a dense layer, flattened before it. */
function imageInto(
  { kind, shape }: SparseWeight,
  { inputs }: tfjs.LayersModel,
): [number, number, number] | undefined {
  const [height, width, channels = 1, ...rest] = inputs[0]?.shape.slice(1) ?? [];
  if (kind !== 'dense' || inputs.length > 1 || rest.length > 0 || !height || !width || !channels)
    return undefined;
  return height * width * channels === shape[0] ? [height, width, channels] : undefined;
}
