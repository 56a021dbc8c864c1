import fs from 'node:fs';
import type * as tfjs from '@tensorflow/tfjs';
import { buildCalibrationModel, calibrationBatches, type CalibrationModel } from './calibrationModel';
import type { Tf } from './tfInstance';

/** Measured seconds of a training step, by model. */
export type StepTimes = Record<string, number>;

/** Bursts of steps of each model, in rounds over all: what else the machine does slows some, and the fastest counts. */
const rounds = 3;
const burstMilliseconds = 40;
/** After a thousand steps on one batch, slots of optimizers hold denormal numbers, which take processors longer. */
const mostSteps = 150;
/** A system takes a processor away after about so long. */
const slicedMilliseconds = 2;
/** Larger models are not tried where a step would take longer, by what the slowest so far took for its work. */
const longestMilliseconds = 2000;
/** Where a step takes longer than this it is done seldom. */
const slowMilliseconds = 100;
/** Until optimizers have made their slots, steps are planned and JavaScript is compiled. */
const warmSteps = 4;
/** Below it, what a model computes says nothing of how long it takes. */
const tellingWork = 5e5;

interface Prepared {
  readonly name: string;
  readonly slow: boolean;
  readonly step: () => Promise<number>;
}

/**
 * Trains each model for some steps, with models planned (plannedModel.ts) as they are in runs, and tells what a step
 * took: the fastest burst. What is too large for the backend is left out.
 *
 * @param progress told what part of it is done
 */
export async function measureSteps(
  tf: Tf,
  models: readonly CalibrationModel[],
  progress: (done: number, of: number) => void = () => undefined,
): Promise<StepTimes> {
  const times: StepTimes = {};
  const prepared: Prepared[] = [];
  let slowest = 0;
  for (const [i, spec] of models.entries()) {
    progress(i, 2 * models.length);
    const model = buildCalibrationModel(tf as unknown as typeof tfjs, spec);
    const work = roughWork(model, spec);
    if (work * slowest > longestMilliseconds) {
      model.dispose();
      continue;
    }
    const step = stepOf(tf as unknown as typeof tfjs, model, spec);
    let least = Infinity;
    // The first one compiles.
    for (let done = 0; done < warmSteps && (done < 2 || least < slowMilliseconds); done++)
      least = Math.min(least, await step());
    if (work > tellingWork) slowest = Math.max(slowest, least / work);
    prepared.push({ name: spec.name, slow: least > slowMilliseconds, step });
  }
  for (let round = 0; round < rounds; round++)
    for (const [i, { name, slow, step }] of prepared.entries()) {
      progress(models.length + (round * models.length + i) / rounds, 2 * models.length);
      if (slow && round > 0) continue;
      const seconds = (slow ? await step() : await burst(step)) / 1000;
      times[name] = Math.min(times[name] ?? Infinity, seconds);
    }
  return times;
}

function stepOf(tf: typeof tfjs, model: tfjs.LayersModel, spec: CalibrationModel): () => Promise<number> {
  const batches = calibrationBatches(tf, spec);
  return async () => {
    const began = performance.now();
    const { xs, ys } = batches();
    await model.trainOnBatch(xs, ys);
    tf.dispose([xs, ys]);
    return performance.now() - began;
  };
}

/** About the multiply-accumulates of a step: each weight meets each place of its layer's output. */
function roughWork(model: tfjs.LayersModel, { batch, inputShape }: CalibrationModel): number {
  return model.layers.reduce((sum, layer) => {
    const shape: readonly (number | null)[] = [layer.outputShape].flat(2);
    const recurrent = layer.getClassName().endsWith('RNN') || /^(LSTM|GRU)$/.test(layer.getClassName());
    const places = recurrent ? inputShape.slice(0, 1) : shape.slice(1, -1);
    const positions = places.reduce<number>((all, each) => all * (each ?? 1), 1);
    return sum + batch * positions * layer.countParams();
  }, 0);
}

/**
 * Milliseconds of a step. Short ones are rarely interrupted: their median. Of longer ones the mean, without what the
 * process waited for a processor that others had.
 */
async function burst(step: () => Promise<number>): Promise<number> {
  const waited = waitedMilliseconds();
  const taken: number[] = [];
  let sum = 0;
  while ((taken.length < 2 || sum < burstMilliseconds) && taken.length < mostSteps) {
    const milliseconds = await step();
    taken.push(milliseconds);
    sum += milliseconds;
  }
  taken.sort((a, b) => a - b);
  const median = taken[Math.floor(taken.length / 2)] ?? NaN;
  if (median < slicedMilliseconds) return median;
  return Math.max((sum - (waitedMilliseconds() - waited)) / taken.length, (taken[0] ?? 0) / 2);
}

/** How long this thread was ready to run and did not, where the system tells (Linux); else 0. */
function waitedMilliseconds(): number {
  try {
    const [, nanoseconds] = fs.readFileSync('/proc/self/schedstat', 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return 0;
  }
}
