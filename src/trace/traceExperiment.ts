import type * as tfjs from '@tensorflow/tfjs';
import type { Experiment } from '../api/experiment';
import type { ModelCost, TrainingPlan } from '../cost/modelCost';
import type { Params } from '../runs/record';
import { buildRun, type BuiltRun } from '../train/builtRun';
import { checkedCount, evaluateField, resolveDefinition } from '../train/definition';
import { ExperimentError } from '../train/experimentError';
import { disposeBatch } from '../train/feed';
import { PhaseSensor } from '../train/phase';
import { trainStep } from '../train/step';
import { measure } from './modelStep';
import type { TraceSession } from './session';
import { TracedSparsity, type SparsityOf } from './sparsity';
import { layersOf, paramsOf, summarize, variablesOf, type StepCost } from './summarize';
import { stepTimeline } from './timeline';

type ExperimentCost = Omit<ModelCost, 'place'> & { readonly model: tfjs.LayersModel };
type Step = StepCost & Pick<ModelCost, 'batch' | 'inputShapes' | 'peakBytes' | 'weightBytes' | 'timeline'>;

/**
 * Traces a training step of an experiment, on a batch of the shape that its data has.
 *
 * @param overrides parameters, and a batch size instead of the experiment's own
 */
export async function traceExperiment(
  session: TraceSession,
  experiment: Experiment,
  file: string,
  { params = {}, batchSize }: { params?: Params | undefined; batchSize?: number | undefined } = {},
): Promise<ExperimentCost> {
  const asked = batchSize === undefined ? experiment : { ...experiment, batchSize };
  const definition = resolveDefinition(asked, file, { params });
  const run = await buildRun(session.tf, definition, session.randomness);
  const ownBatch = checkedCount(evaluateField(experiment.batchSize ?? 32, run.context), 'batchSize', file);
  const sparsity = TracedSparsity.of(session, run, ownBatch);
  PhaseSensor.of(session.tf).watch(run.optimizer);
  const step = await traceStep(session, run, 0, sparsity?.of);
  if (!step)
    throw new ExperimentError('The training data yields no batch; there is nothing to trace.', { file });
  const { model } = run;
  const { budget } = experiment;
  const plan = { ...(await planOf(session, run, step)), ...(budget && { budget }) };
  return {
    ...step,
    ...paramsOf(...layersOf(model)),
    model,
    name: definition.name,
    batchIsFree: false,
    assumptions: [],
    ...(run.definition.experiment.step && { ownStep: true }),
    plan,
    ...(sparsity && { sparsity: sparsity.ofModel(step.batch, plan) }),
  };
}

/** @param skip batches of the epoch to leave out */
async function traceStep(
  session: TraceSession,
  run: BuiltRun,
  skip: number,
  sparsityOf?: SparsityOf,
): Promise<Step | undefined> {
  const { recorder } = session;
  const layers = layersOf(run.model);
  const weights = layers.flatMap(variablesOf);
  for await (const { batch, examples } of run.feed.epoch(0, skip)) {
    const memory = measure(session, [...weights, ...tensorsOf(batch.xs), ...tensorsOf(batch.ys)]);
    recorder.start();
    try {
      await trainStep(session.tf, run, batch, { step: skip + 1, epoch: 0 });
    } catch (error) {
      recorder.stop();
      throw error;
    }
    const recording = recorder.stop();
    const sparsity = sparsityOf && ((of: readonly tfjs.Variable[]) => sparsityOf(of, examples));
    const summary = summarize(session, recording, layers, sparsity);
    disposeBatch(batch);
    return {
      ...summary,
      batch: examples,
      timeline: stepTimeline(session, recording, layers, {
        batch: examples,
        held: memory.timeline(recording),
        base: memory.base(recording),
      }),
      inputShapes: tensorsOf(batch.xs).map(({ shape }) => [...shape]),
      peakBytes: memory.peak(recording),
      weightBytes: memory.weightBytes,
    };
  }
  return undefined;
}

/** How many steps there are, and what the last of an epoch costs where its batch is smaller. */
async function planOf(session: TraceSession, run: BuiltRun, first: Step): Promise<TrainingPlan> {
  const { stepsPerEpoch } = run.feed;
  if (stepsPerEpoch === undefined) return { epochs: run.epochs };
  const last = stepsPerEpoch > 1 ? await traceStep(session, run, stepsPerEpoch - 1) : undefined;
  return {
    epochs: run.epochs,
    stepsPerEpoch,
    ...(last && last.batch !== first.batch && { lastStep: { batch: last.batch, work: last.work } }),
  };
}

function tensorsOf(batch: tfjs.Tensor | Readonly<Record<string, tfjs.Tensor>>): tfjs.Tensor[] {
  return 'dataId' in batch ? [batch as tfjs.Tensor] : Object.values(batch);
}
