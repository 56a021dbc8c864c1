import type * as tfjs from '@tensorflow/tfjs';
import { candidateBackends } from './backends';
import { captureCheckpoint, writeCheckpoint } from './checkpoint';
import { DivergedError, ExperimentError } from './experimentError';
import type { RunnerContext } from './experimentRun';
import { registerFileHandlers } from './fileHandlers';
import { RunFlops, type FlopsReport } from './flopCount';
import { noteLayerSites } from './layerSites';
import { noteLibrary } from './libraryModel';
import { backendsWith, missingKernels } from './preflight';
import { peakForRun } from './knownPeak';
import { ScriptInstrumentation, type ScriptObserver } from './scriptInstrumentation';
import { withoutTrace } from './snapshot';
import type { Measures } from './step';
import { untrainable } from './unsupported';
import { compileForAttempt, importCompiled } from './userModule';

/** Ends the process of a script from inside one of its calls into TensorFlow.js. */
export type EndScript = (outcome: 'stopped' | 'failed', error?: unknown) => Promise<never>;

/**
 * Runs a plain TensorFlow.js script unchanged, with telemetry from its own `fit`, `fitDataset`, `trainOnBatch` and
 * `minimize`. Resolves when its top level is done; it may go on until the event loop is empty.
 */
export async function runScript(context: RunnerContext, end: EndScript): Promise<void> {
  const { tf, attempt, file } = context;
  const { record, directory } = attempt;
  const notes: string[] = [];
  const candidates = candidateBackends(tf, record.requestedBackend, context.folders, (name, reason) =>
    notes.push(`${name} was passed over: ${reason}`),
  );
  const first = await candidates.next();
  if (first.done) throw new ExperimentError(`No backend starts on this machine.\n${notes.join('\n')}`);
  let backend = first.value;
  registerFileHandlers(tf);
  tolerateForeignBackends(context);

  const peak = await peakForRun(tf, backend);
  noteLibrary(tf);
  noteLayerSites(tf);
  const flops = new RunFlops(tf);
  let step = 0;
  let epoch = 0;
  const checked = new WeakSet<tfjs.LayersModel>();
  const observer: ScriptObserver = {
    async beforeTraining(model) {
      if (checked.has(model) || !model.optimizer) return;
      checked.add(model);
      const never = untrainable(model, record.workspace, backend.name);
      if (never) throw never;
      for (
        let missing = await lacking(context, model, flops);
        missing.length > 0;
        missing = await lacking(context, model, flops)
      ) {
        const others = backendsWith(tf, missing, backend.name);
        const reason = `The ${backend.name} backend lacks ${missing.join(', ')}, which training this model needs.`;
        const next = record.requestedBackend === 'auto' ? await candidates.next() : undefined;
        if (!next || next.done)
          throw new ExperimentError(`${reason} ${others.join(' and ') || 'No backend here'} has it.`, {
            file,
          });
        attempt.warn(`${reason} Training goes on with ${next.value.name}.`);
        backend = next.value;
        await attempt.moved({ ...backend, peak: await peakForRun(tf, backend) });
      }
    },
    step(measures: Measures, milliseconds: number, counted: FlopsReport) {
      step++;
      attempt.step(measures, step, epoch, milliseconds, counted);
      if (!Number.isFinite(measures.loss))
        throw new DivergedError(`The loss became ${measures.loss} at step ${step}.`);
    },
    evaluation(measures: Measures) {
      attempt.evaluation({ ...measures, examples: 0 }, step, epoch, 0, flops.soFar);
    },
    epochEnd() {
      attempt.write({ type: 'epoch', step, epoch });
      epoch++;
    },
    stopRequested: () => attempt.stopRequested(),
    flush: () => attempt.flushSync(),
    async stopped(model) {
      if (model) await saveWeights(context, model, step, epoch, flops);
      return end('stopped');
    },
    failed: (error) => end('failed', error),
  };
  new ScriptInstrumentation(tf, observer, flops).install();

  const compiled = await compileForAttempt(directory, attempt.number, file);
  record.versions.tfjs = tf.version_core;
  await attempt.running({ ...backend, peak }, notes);
  context.randomness.restart('train');
  await importCompiled(compiled);
}

/** Kernels that a step of `model` needs and the active backend lacks, found on zeros of its shapes. */
async function lacking(
  { tf, randomness }: RunnerContext,
  model: tfjs.LayersModel,
  flops: RunFlops,
): Promise<string[]> {
  if (tf.getBackend() === 'cpu') return [];
  const zeros = (shapes: readonly tfjs.Shape[]) =>
    shapes.map((shape) => tf.zeros(shape.map((size) => size ?? 1)));
  const labels = (model as unknown as { feedOutputShapes: tfjs.Shape[] }).feedOutputShapes;
  const inputs = zeros(model.inputs.map((input) => input.shape));
  const targets = zeros(labels);
  try {
    return await withoutTrace(tf, model, model.optimizer, randomness, () =>
      missingKernels(tf, async () => {
        await flops.uncounted(() =>
          ScriptInstrumentation.untouched(() => model.trainOnBatch(inputs, targets)),
        );
      }),
    );
  } catch {
    // Zeros do not suit this model; its real data will say what is wrong.
    return [];
  } finally {
    tf.dispose([inputs, targets]);
  }
}

/** A stopped script cannot be resumed, but what it has learned is kept. */
async function saveWeights(
  { tf, attempt }: RunnerContext,
  model: tfjs.LayersModel,
  step: number,
  epoch: number,
  flops: RunFlops,
) {
  const { training, evaluation } = flops.soFar;
  const counted = { flops: training, evaluationFlops: evaluation };
  const none = { random: [], feed: null, evaluations: [], seconds: 0, code: '' };
  const place = { step, epoch, batch: 1, ...none, ...counted };
  const captured = await captureCheckpoint(tf, model, model.optimizer, place);
  await writeCheckpoint(attempt.directory, captured, 1);
  attempt.write({ type: 'checkpoint', step, name: captured.name, bytes: captured.bytes, ms: 0 });
}

/** Scripts written for a browser ask for backends that Node has not: they get the one that was chosen. */
function tolerateForeignBackends({ tf, attempt }: RunnerContext): void {
  const engine = tf.engine();
  const setBackend = engine.setBackend.bind(engine);
  engine.setBackend = (name: string) => {
    if (engine.registryFactory[name]) return setBackend(name);
    attempt.warn(
      `The script asks for backend "${name}", which this process does not have; ${tf.getBackend()} stays.`,
    );
    return Promise.resolve(true);
  };
}
