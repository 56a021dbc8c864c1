import type * as tfjs from '@tensorflow/tfjs';
import { bytesOf } from '../cost/kernel';
import type { ModelCost } from '../cost/modelCost';
import type { HeldPart } from '../cost/timeline';
import { PhaseSensor } from '../train/phase';
import type { Recording } from './hooks/recorder';
import type { TraceSession } from './session';
import { layersOf, paramsOf, summarize, variablesOf } from './summarize';
import { stepTimeline } from './timeline';

export interface StepOptions {
  /** Examples in the batch; a model of a fixed batch size keeps its own. */
  readonly batch: number;
  /** Shapes of one example by input, where the model leaves sizes open. */
  readonly inputShapes?: readonly (readonly number[])[] | undefined;
  /** Bytes that the optimizer keeps, where an earlier step has made it make them. */
  readonly optimizerBytes?: number | undefined;
  /** Told of the bytes held after each allocation, and of the stretch of the step that each belongs to. */
  readonly held?: ((bytes: Float64Array, stretches: Int32Array) => void) | undefined;
}

/** What an input of unknown length is traced at. */
export const assumedLength = 32;

type Step = Omit<ModelCost, 'name' | 'place' | 'plan'>;

/** Traces one training step of a model on tensors without values; a model that cannot be trained, its forward pass. */
export async function traceModelStep(
  session: TraceSession,
  model: tfjs.LayersModel,
  options: StepOptions,
): Promise<Step> {
  const { tf, recorder } = session;
  const assumptions: string[] = [];
  const fixed = model.inputs.some(({ shape }) => typeof shape[0] === 'number');
  const shapes = model.inputs.map(({ shape, name }, i) =>
    shape.map((length, axis) => {
      const known = length ?? (axis === 0 ? options.batch : options.inputShapes?.[i]?.[axis - 1]);
      if (known !== undefined) return known;
      assumptions.push(`input ${name} is open along axis ${axis}: traced at ${assumedLength}`);
      return assumedLength;
    }),
  );
  if (!model.optimizer) {
    model.compile({ optimizer: 'adam', loss: model.outputs.map(() => 'meanSquaredError') });
    assumptions.push('the model is not compiled: traced with the optimizer adam and a mean squared error');
  }
  PhaseSensor.of(tf).watch(model.optimizer);
  // Weights are made when they are first read.
  const modelLayers = layersOf(model);
  const weights = modelLayers.flatMap(variablesOf);
  const batch = shapes[0]?.[0] ?? options.batch;
  const xs = shapes.map((shape, i) => empty(session, shape, model.inputs[i]?.dtype));
  const ys = targets(model, shapes, batch).map((shape) => empty(session, shape));
  const memory = measure(session, [...weights, ...xs, ...ys]);
  recorder.start();
  const untrained = await step(session, model, xs, ys);
  if (untrained !== undefined) assumptions.push(untrained);
  const stopped = recorder.stop();
  const recording = { ...stopped, optimizerBytes: stopped.optimizerBytes + (options.optimizerBytes ?? 0) };
  options.held?.(memory.timeline(recording), recording.heldStretches);
  const { layers, lines, work, amounts, optimizerBytes } = summarize(session, recording, modelLayers);
  const timeline = stepTimeline(session, recording, modelLayers, {
    batch,
    held: memory.timeline(recording),
    base: memory.base(recording),
  });
  tf.dispose([xs, ys]);
  return {
    batch,
    timeline,
    batchIsFree: !fixed,
    ...paramsOf(...modelLayers),
    inputShapes: shapes,
    work,
    amounts,
    peakBytes: memory.peak(recording),
    weightBytes: memory.weightBytes,
    optimizerBytes,
    assumptions,
    layers,
    lines,
  };
}

/** @returns why it is a forward pass only, if it is */
async function step(
  { recorder, tf }: TraceSession,
  model: tfjs.LayersModel,
  xs: tfjs.Tensor[],
  ys: tfjs.Tensor[],
): Promise<string | undefined> {
  try {
    await model.trainOnBatch(xs, ys);
    return undefined;
  } catch (error) {
    recorder.stop();
    const kernel = /gradient function not found for (\w+)/.exec(String(error))?.[1];
    const frozen = /at least one of the input variables to be trainable/.test(String(error));
    if (kernel === undefined && !frozen) throw error;
    recorder.start();
    recorder.inference = true;
    try {
      tf.dispose(model.predictOnBatch(xs));
    } finally {
      recorder.inference = false;
    }
    const why = frozen ? 'it has no weights that are trained' : `${kernel} has no gradient`;
    return `the model is traced for a forward pass alone: ${why}`;
  }
}

/** A tensor of this shape whose values nobody has. */
export function empty({ tf }: TraceSession, shape: number[], dtype: tfjs.DataType = 'float32'): tfjs.Tensor {
  return tf.engine().runKernel('Fill', {}, { shape, value: 0, dtype });
}

/** Shapes of the labels: what the losses want, at the sizes that the outputs have. */
function targets(model: tfjs.LayersModel, inputs: readonly number[][], batch: number): number[][] {
  const { feedOutputShapes } = model as unknown as { feedOutputShapes?: tfjs.Shape[] };
  const wanted = feedOutputShapes ?? model.outputs.map(({ shape }) => shape);
  const open = inputs[0]?.[1] ?? 1;
  return wanted.map((shape) => shape.map((length, axis) => length ?? (axis === 0 ? batch : open)));
}

/** The bytes of a step: what is held before it that belongs to it, and the most that is held during it. */
export function measure(session: TraceSession, own: readonly tfjs.Tensor[]) {
  const heldBefore = session.backend.memoryUse().liveBytes;
  const distinct = new Map(own.map((tensor) => [tensor.dataId, tensor]));
  const bytes = (tensors: Iterable<tfjs.Tensor>) =>
    [...tensors].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const ownBytes = bytes(distinct.values());
  const weightBytes = bytes([...distinct.values()].filter((tensor) => tensor instanceof session.tf.Variable));
  return {
    weightBytes,
    peak: ({ heldBytes, optimizerBytes }: Recording) =>
      most(heldBytes, heldBefore) - heldBefore + ownBytes + optimizerBytes,
    /** Bytes of the step alone, after each allocation. */
    timeline: ({ heldBytes, optimizerBytes }: Recording) =>
      heldBytes.map((held) => held - heldBefore + ownBytes + optimizerBytes),
    /** What is held throughout a step. */
    base: ({ optimizerBytes }: Recording): HeldPart[] => [
      { what: 'weights', bytes: weightBytes + optimizerBytes },
      { what: 'batch', bytes: ownBytes - weightBytes },
    ],
    /** Whatever else the process holds included. */
    peakOfAll: ({ heldBytes, optimizerBytes }: Recording) => most(heldBytes, 0) + optimizerBytes,
    timelineOfAll: ({ heldBytes, optimizerBytes }: Recording) =>
      heldBytes.map((held) => held + optimizerBytes),
    baseOfAll: ({ heldBytes, heldAt, optimizerBytes, lives }: Recording): HeldPart[] => {
      const first = (heldBytes[0] ?? 0) - (lives?.all[heldAt[0] ?? 0]?.bytes ?? 0);
      return [{ what: 'before', bytes: first + optimizerBytes }];
    },
  };
}

function most(heldBytes: Float64Array, atLeast: number): number {
  return heldBytes.reduce((peak, held) => Math.max(peak, held), atLeast);
}
