import * as v from 'valibot';
import { parseMessage } from './runPanel';

export { parseMessage };

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Which of the two runs side by side: the panel's own, or the one that it is compared with. */
const side = v.picklist([0, 1]);
export type Side = v.InferOutput<typeof side>;

const maskWeightSchema = v.object({
  name: v.string(),
  layer: v.string(),
  kind: v.picklist(['dense', 'conv', 'depthwise', 'recurrent', 'embedding', 'other']),
  shape: v.array(count),
  /** Its last two axes are outputs and inputs, as those of transposed convolutions. */
  transposed: v.optional(v.boolean()),
  /** Of the image that the inputs are, where known: height, width, channels. */
  image: v.optional(v.tuple([count, count, count])),
  /** Whether the line that makes the layer is known. */
  hasSite: v.boolean(),
});
export type MaskWeight = v.InferOutput<typeof maskWeightSchema>;

const runSchema = v.object({
  directory: v.string(),
  name: v.string(),
  id: v.string(),
  status: v.picklist(['queued', 'starting', 'running', 'finished', 'stopped', 'failed', 'crashed']),
  step: count,
});
export type MaskRun = v.InferOutput<typeof runSchema>;

/** Numbers of a weight in a frame. */
export const figuresPerWeight = 5;

/**
 * Frames of a run: `figures` has for each frame and each weight active, grown, dropped, dead outputs, dead inputs;
 * `follows` is 1 where the masks are told by what changed since the frame before, 0 where they are told whole.
 */
const frames = v.pipe(
  v.object({
    steps: v.instance(Float64Array),
    figures: v.instance(Uint32Array),
    follows: v.instance(Uint8Array),
  }),
  v.check(
    ({ steps, figures, follows }) =>
      follows.length === steps.length &&
      (steps.length === 0 ? figures.length === 0 : figures.length % (steps.length * figuresPerWeight) === 0),
    'as many figures as frames and weights',
  ),
);
export type MaskFrames = v.InferOutput<typeof frames>;

/** One weight's part of a frame: positions to be turned over, coded as runs/maskCode.ts does. */
const maskPart = v.object({
  frame: count,
  weight: count,
  /** One after the other, out of the mask before or out of zeros. */
  links: v.array(v.object({ form: count, ones: count, words: v.instance(Uint32Array) })),
});
export type MaskPart = v.InferOutput<typeof maskPart>;

// ---- to webview

/** Every message is to be acknowledged; the host sends the next one only then. */
export const toMasksPanelSchema = v.variant('type', [
  /** All that is known of a run, masks aside. */
  v.object({
    type: v.literal('hydrate'),
    id: v.number(),
    side,
    run: runSchema,
    weights: v.array(maskWeightSchema),
    frames,
    /** Why later masks cannot be read. */
    problem: v.optional(v.string()),
  }),
  v.object({ type: v.literal('append'), id: v.number(), side, run: runSchema, frames }),
  /** Parts of masks that were asked for, as they lie in the run's folder. */
  v.object({ type: v.literal('parts'), id: v.number(), side, parts: v.array(maskPart) }),
  /** How large weights are: a byte a position, 255 for the largest. */
  v.object({
    type: v.literal('magnitudes'),
    id: v.number(),
    side,
    weight: count,
    values: v.instance(Uint8Array),
    largest: v.number(),
    /** Step of the checkpoint that they are of. */
    step: count,
  }),
  v.object({
    type: v.literal('noMagnitudes'),
    id: v.number(),
    side,
    weight: count,
    message: v.string(),
  }),
  /** The run's folder is gone, or it is no longer compared. */
  v.object({ type: v.literal('gone'), id: v.number(), side, message: v.string() }),
]);
export type ToMasksPanel = v.InferOutput<typeof toMasksPanelSchema>;

/** A weight's mask in a frame of a run. */
const view = v.object({ side, frame: count, weight: count });
export type MaskView = v.InferOutput<typeof view>;
/** Parts asked for at a time. */
export const mostParts = 500;

// ---- from webview

export const fromMasksPanelSchema = v.variant('type', [
  /** @property other folder of the run that the panel was compared with before a reload */
  v.object({ type: v.literal('ready'), other: v.optional(v.string()) }),
  v.object({ type: v.literal('acknowledge'), id: v.number() }),
  /** Parts of masks that are wanted, the most wanted first, in the stead of those that were wanted before. */
  v.object({ type: v.literal('ask'), parts: v.pipe(v.array(view), v.maxLength(mostParts)) }),
  v.object({ type: v.literal('magnitudes'), side, weight: count }),
  v.object({ type: v.literal('compare') }),
  v.object({ type: v.literal('endComparison') }),
  v.object({ type: v.literal('openLayer'), side, weight: count }),
  v.object({ type: v.literal('openRun'), side }),
]);
export type FromMasksPanel = v.InferOutput<typeof fromMasksPanelSchema>;

export const maskModes = ['mask', 'image', 'magnitudes'] as const;
export type MaskMode = (typeof maskModes)[number];

/** What the webview keeps across reloads. */
export const masksPanelStateSchema = v.object({
  runDirectory: v.string(),
  other: v.optional(v.string()),
  /** Name of the weight that is shown large. */
  weight: v.optional(v.string()),
  /** Absent while the newest masks are followed. */
  step: v.optional(count),
  mode: v.optional(v.picklist(maskModes)),
});
