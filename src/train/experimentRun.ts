import { newestCheckpointStep } from '../runs/checkpoints';
import type { Attempt } from './attempt';
import { candidateBackends, type StartedBackend } from './backends';
import { budgetGuard, type BudgetGuard } from './budgetGuard';
import { buildRun, type BuiltRun } from './builtRun';
import { captureCheckpoint, loadLatestCheckpoint, removeDrafts, writeCheckpoint } from './checkpoint';
import { countModels } from './countedModel';
import { resolveDefinition } from './definition';
import { ExperimentError } from './experimentError';
import { disposeBatch } from './feed';
import { RunFlops } from './flopCount';
import { GpuFailure } from './gpuFailure';
import { noteLayerSites } from './layerSites';
import { noteLibrary } from './libraryModel';
import { trainLoop, type LoopObserver, type LoopResult } from './loop';
import { peakForRun } from './knownPeak';
import { PhaseSensor } from './phase';
import { planModels } from './plannedModel';
import { backendsWith, missingKernels } from './preflight';
import type { SeededRandomness } from './randomness';
import { withoutTrace } from './snapshot';
import { beginSparse, recordedWeights, sparseTrainingOf, useSparseProfile } from './sparseRun';
import { canEvaluate, evaluateBatch, trainStep } from './step';
import type { Tf } from './tfInstance';
import { namingLayers, untrainable } from './unsupported';
import { compileForAttempt, importExperiment } from './userModule';

export interface RunnerContext {
  readonly tf: Tf;
  readonly attempt: Attempt;
  /** Absolute path of the user's file. */
  readonly file: string;
  /** Where packages with backends may be, the workspace first. */
  readonly folders: readonly string[];
  readonly randomness: SeededRandomness;
}

/** Trains the experiment of this attempt, from its last checkpoint where there is one. */
export async function runExperiment(context: RunnerContext): Promise<LoopResult> {
  const { tf, attempt, file, randomness } = context;
  const { record, directory } = attempt;
  const notes: string[] = [];
  noteLibrary(tf);
  noteLayerSites(tf);
  const candidates = candidateBackends(tf, record.requestedBackend, context.folders, (name, reason) =>
    notes.push(`${name} was passed over: ${reason}`),
  );
  let backend = await nextBackend(candidates, notes);

  const compiled = await compileForAttempt(directory, attempt.number, file);
  randomness.restart('module');
  const experiment = await importExperiment(compiled);
  const definition = resolveDefinition(experiment, file, { params: record.params, seed: record.seed });
  record.name = definition.name;
  record.params = definition.params;
  record.seed = definition.seed;
  record.versions.tfjs = tf.version_core;
  const guard = await budgetGuard(attempt, definition);
  const run = await buildRun(tf, definition, randomness);

  const never = untrainable(run.model, record.workspace);
  if (never) throw never;
  for (;;) {
    const problem =
      untrainable(run.model, record.workspace, backend.name) ??
      (await preflight(context, run).then(
        (missing) =>
          missing.length > 0 && new ExperimentError(lacksKernels(tf, backend.name, missing), { file }),
        (error: unknown) => {
          if (error instanceof GpuFailure && error.recover) return error;
          throw error;
        },
      ));
    if (!problem) break;
    if (record.requestedBackend !== 'auto') throw problem;
    notes.push(`${backend.name} was passed over: ${problem.message}`);
    if (problem instanceof GpuFailure) problem.recover?.();
    backend = await nextBackend(candidates, notes);
  }

  const peak = await peakForRun(tf, backend);
  await removeDrafts(directory);
  const sparse = sparseTrainingOf(tf, run);
  if (sparse) await useSparseProfile(tf, backend, attempt);
  const checkpoint = await loadLatestCheckpoint(directory, (message) => attempt.warn(message));
  if (checkpoint) {
    checkpoint.apply(tf, run.model, run.optimizer);
    await run.feed.restore(checkpoint.place.feed);
    if (checkpoint.place.code !== compiled.sha256)
      attempt.warn(
        'The experiment has changed since the checkpoint: this attempt continues with the new code.',
      );
  }
  const masks = sparse && (await beginSparse(sparse, checkpoint, file));
  const flops = new RunFlops(tf, checkpoint?.place);
  planModels(tf);
  countModels(tf, flops);
  PhaseSensor.of(tf).watch(run.optimizer);
  record.plan = { ...planOf(run), ...(guard && { budget: guard.budget }) };
  await attempt.running({ ...backend, peak }, notes, checkpoint);
  if (sparse && masks)
    attempt.beginMasks(recordedWeights(sparse, run.model, record.workspace), masks, sparse);
  // Last, so that nothing before the loop draws from what the loop draws from.
  if (checkpoint) randomness.restore(checkpoint.place.random);
  else randomness.restart('train');
  const counted = { ...run, flops, sparse };
  const observer = observe(context, counted, flops, guard);
  try {
    return await trainLoop(tf, counted, randomness, observer, compiled.sha256, checkpoint?.place);
  } catch (error) {
    throw error instanceof GpuFailure ? await withAdvice(error, directory) : error;
  }
}

/** The failure, with what becomes of the run. */
async function withAdvice(failure: GpuFailure, directory: string): Promise<GpuFailure> {
  const last = await newestCheckpointStep(directory);
  const advice =
    last !== undefined
      ? `Resume the run: it goes on after step ${last}, of which there is a checkpoint.`
      : 'There is no checkpoint yet: resumed, the run begins anew.';
  const message = `${failure.message} ${advice}`;
  failure.stack = failure.stack?.replace(failure.message, () => message) ?? message;
  failure.message = message;
  return failure;
}

async function nextBackend(
  candidates: AsyncGenerator<StartedBackend>,
  notes: readonly string[],
): Promise<StartedBackend> {
  const next = await candidates.next();
  if (next.done) throw new ExperimentError(`No backend on this machine can train this.\n${notes.join('\n')}`);
  return next.value;
}

/** Kernels that one step and one evaluation need and the active backend lacks. Leaves no trace. */
async function preflight({ tf, attempt, randomness }: RunnerContext, run: BuiltRun): Promise<string[]> {
  const step = async () => {
    const place = { step: 1, epoch: 0 };
    const position = run.feed.position();
    for await (const { batch, examples } of run.feed.epoch(0, 0)) {
      await trainStep(tf, run, batch, place);
      if (canEvaluate(run)) await evaluateBatch(tf, run, batch, examples, place);
      disposeBatch(batch);
      break;
    }
    await run.feed.restore(position);
  };
  return withoutTrace(tf, run.model, run.optimizer, randomness, () =>
    missingKernels(tf, () => namingLayers(tf, attempt.record.workspace, step)),
  );
}

function lacksKernels(tf: Tf, backend: string, missing: readonly string[]): string {
  const kernels = missing.join(', ');
  const others = backendsWith(tf, missing, backend);
  const help =
    others.length > 0
      ? `${others.join(' and ')} ${others.length > 1 ? 'have' : 'has'} ${missing.length > 1 ? 'them' : 'it'}: choose backend "${others[0]}".`
      : 'No backend loaded here has it; replace the layer that needs it.';
  return `The ${backend} backend lacks ${kernels}, which training this model needs. ${help}`;
}

function planOf(run: BuiltRun): NonNullable<Attempt['record']['plan']> {
  const { stepsPerEpoch } = run.feed;
  return {
    data: run.feed.description,
    parameters: run.parameters,
    batchSize: run.batchSize,
    epochs: run.epochs,
    ...(stepsPerEpoch !== undefined && { stepsPerEpoch, totalSteps: stepsPerEpoch * run.epochs }),
  };
}

/** Sends what happens in the loop to the run folder. One checkpoint is written at a time, beside the training. */
function observe(
  { tf, attempt }: RunnerContext,
  run: BuiltRun,
  flops: RunFlops,
  guard: BudgetGuard | undefined,
): LoopObserver {
  let writing: Promise<void> = Promise.resolve();
  return {
    step: (event) => attempt.step(event, event.step, event.epoch, event.milliseconds, flops.report()),
    evaluation: (event) =>
      attempt.evaluation(event, event.step, event.epoch, event.milliseconds, flops.soFar),
    masks: (update) => attempt.masks(update),
    epochEnd: ({ step, epoch }) => attempt.write({ type: 'epoch', step, epoch }),
    stopRequested: () => attempt.stopRequested() || (guard?.reason() ?? false),
    checkpointRequested: () => attempt.checkpointRequested(),
    assertWritable: () => attempt.assertWritable(),
    async checkpoint(place) {
      const began = performance.now();
      await writing;
      const captured = await captureCheckpoint(tf, run.model, run.optimizer, place, run.sparse);
      const ms = performance.now() - began;
      writing = writeCheckpoint(attempt.directory, captured, run.definition.keepCheckpoints).then(() =>
        attempt.write({
          type: 'checkpoint',
          step: place.step,
          name: captured.name,
          bytes: captured.bytes,
          ms,
        }),
      );
      // Its failure is met at the next checkpoint or at the end; until then it must not count as unhandled.
      writing.catch(() => undefined);
    },
    settle: () => writing,
  };
}
