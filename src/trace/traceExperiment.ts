import type { Experiment } from '../api/experiment';
import type { ModelCost, TrainingPlan } from '../cost/modelCost';
import { buildRun, type BuiltRun } from '../train/builtRun';
import { resolveDefinition } from '../train/definition';
import { ExperimentError } from '../train/experimentError';
import { disposeBatch } from '../train/feed';
import { PhaseSensor } from '../train/phase';
import { trainStep } from '../train/step';
import { measure } from './modelStep';
import type { TraceSession } from './session';
import { layersOf, paramsOf, summarize, variablesOf } from './summarize';
import type * as tfjs from '@tensorflow/tfjs';

type ExperimentCost = Omit<ModelCost, 'place'> & { readonly model: tfjs.LayersModel };

/**
 * Traces the first training step of an experiment, on a batch of the shape that its data has.
 *
 * @param batchSize instead of the experiment's own
 */
export async function traceExperiment(
  session: TraceSession,
  experiment: Experiment,
  file: string,
  batchSize?: number,
): Promise<ExperimentCost> {
  const { tf, recorder, attribution, backend } = session;
  const asked = batchSize === undefined ? experiment : { ...experiment, batchSize };
  const definition = resolveDefinition(asked, file, { params: {} });
  const run = await buildRun(tf, definition, session.randomness);
  const { model } = run;
  PhaseSensor.of(tf).watch(run.optimizer);
  const layers = layersOf(model);
  const weights = layers.flatMap(variablesOf);
  for await (const { batch, examples } of run.feed.epoch(0, 0)) {
    const tensors = [batch.xs, batch.ys].flatMap((each) => tensorsOf(each));
    const memory = measure(session, [...weights, ...tensors]);
    recorder.start();
    try {
      await trainStep(tf, run, batch, { step: 1, epoch: 0 });
    } catch (error) {
      recorder.stop();
      throw error;
    }
    const recording = recorder.stop();
    const summary = summarize({
      recording,
      attribution,
      layers,
      isHeld: (id) => backend.holds(id),
      nameOf: (layer) => session.nameOf(layer),
    });
    disposeBatch(batch);
    return {
      ...summary,
      ...paramsOf(...layers),
      model,
      name: definition.name,
      batch: examples,
      batchIsFree: false,
      inputShapes: [batch.xs].flatMap((each) => tensorsOf(each)).map(({ shape }) => [...shape]),
      peakBytes: memory.peak(recording),
      weightBytes: memory.weightBytes,
      assumptions: [],
      plan: planOf(run),
    };
  }
  throw new ExperimentError('The training data yields no batch; there is nothing to trace.', { file });
}

function planOf({ feed, epochs }: BuiltRun): TrainingPlan {
  const { stepsPerEpoch } = feed;
  return { epochs, ...(stepsPerEpoch !== undefined && { stepsPerEpoch }) };
}

function tensorsOf(batch: tfjs.Tensor | Readonly<Record<string, tfjs.Tensor>>): tfjs.Tensor[] {
  return 'dataId' in batch ? [batch as tfjs.Tensor] : Object.values(batch);
}
