import * as v from 'valibot';
import { predictedTraining } from './predicted';
import { parseMessage } from './runPanel';

export { parseMessage };

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.finite());

/** Counted from shapes: matrix work of each phase under the convention, all of it in the optimizer. */
const work = {
  params: amount,
  forward: amount,
  backward: amount,
  optimizer: amount,
  activationBytes: amount,
};
const rowFigures = v.object({
  ...work,
  /** Matrix and elementwise work of all phases, two FLOPs a MAC: what shares are shares of. */
  all: amount,
  bytesMoved: amount,
  /** Of a step on the device that was calibrated: predicted. */
  seconds: v.optional(amount),
});
export type RowFigures = v.InferOutput<typeof rowFigures>;

const row = v.object({
  name: v.string(),
  className: v.string(),
  outputShape: v.array(amount),
  line: v.optional(count),
  /** Undefined for a layer that the other model has and this one has not. */
  now: v.optional(rowFigures),
  /** Of the other model, where two are compared. */
  before: v.optional(rowFigures),
  /** Share of the weights that would be kept, and what the forward pass of them takes. */
  sparse: v.optional(v.object({ density: amount, forward: amount })),
});
export type CostRow = v.InferOutput<typeof row>;

const totals = v.object({
  batch: count,
  params: amount,
  trainableParams: amount,
  forward: amount,
  backward: amount,
  optimizer: amount,
  step: amount,
  elementwise: amount,
  bytesMoved: amount,
  peakBytes: amount,
  /** Of the whole training, where an experiment says how long it is. */
  training: v.optional(amount),
});
export type CostTotals = v.InferOutput<typeof totals>;

const held = v.object({
  what: v.picklist(['weights', 'batch', 'before', 'forward', 'backward', 'optimizer', 'data']),
  layer: v.optional(v.string()),
  bytes: amount,
});
export type HeldAtPeak = v.InferOutput<typeof held>;

/** A step in columns of equal length: an entry is kernels in a row of one phase and layer. */
const timeline = v.pipe(
  v.object({
    layers: v.array(v.string()),
    phases: v.array(v.string()),
    /** Indices in `phases` and in `layers`; -1 is outside of all layers. */
    phase: v.array(amount),
    layer: v.array(amount),
    kernels: v.array(count),
    flops: v.array(amount),
    bytesMoved: v.array(amount),
    heldBytes: v.array(amount),
    /** Entry at which most is held. */
    peak: count,
    atPeak: v.array(held),
  }),
  v.check(
    ({ phase, ...columns }) =>
      [columns.layer, columns.kernels, columns.flops, columns.bytesMoved, columns.heldBytes].every(
        ({ length }) => length === phase.length,
      ),
    'columns of equal length',
  ),
);
export type CostTimeline = v.InferOutput<typeof timeline>;

export const distributions = ['uniform', 'erk'] as const;
/** How zeros change while training, where they do: moved at random or by gradients, or more and more of them. */
export const evolvings = ['set', 'rigl', 'gradual'] as const;
export type Evolving = (typeof evolvings)[number];

/** What is asked: another batch size, and zeros in the weights. */
const whatIf = v.object({
  batch: v.optional(v.pipe(count, v.minValue(1), v.maxValue(1_048_576))),
  /** Share of zeros; absent: as the model is. */
  sparsity: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.999))),
  distribution: v.optional(v.picklist(distributions)),
  /** Absent: zeros stay where they are. */
  evolving: v.optional(v.picklist(evolvings)),
});
export type WhatIf = v.InferOutput<typeof whatIf>;

/** The accounting of the papers: matrix work alone, two FLOPs a MAC, a step three forward passes. */
const sparse = v.object({
  weights: amount,
  kept: amount,
  denseForward: amount,
  forward: amount,
  denseStep: amount,
  step: amount,
  /** Where zeros change: the steps that `step` is the mean of, and the share of weights kept in their mean. */
  evolution: v.optional(v.object({ steps: count, density: amount })),
});
export type SparseTotals = v.InferOutput<typeof sparse>;

/** `head`: the file as it was last committed; else a model of an open file. */
const comparison = v.union([v.literal('head'), v.object({ entry: v.string(), name: v.string() })]);
export type Comparison = v.InferOutput<typeof comparison>;

/** A backend's roof, measured. */
const roof = v.object({
  backend: v.string(),
  gigaflopsPerSecond: amount,
  gigabytesPerSecond: amount,
  measuredAt: v.string(),
});
export type Roof = v.InferOutput<typeof roof>;

/** A step of the last run of the model as it is shown: measured time, counted work and bytes. */
const measuredStep = v.object({ backend: v.string(), seconds: amount, flops: amount, bytesMoved: amount });
export type MeasuredStep = v.InferOutput<typeof measuredStep>;

/** What a view is the answer to. */
const asked = {
  model: v.optional(v.string()),
  whatIf: v.optional(whatIf),
  comparison: v.optional(comparison),
};

export const costViewSchema = v.object({
  asked: v.object(asked),
  file: v.string(),
  convention: v.picklist(['mac2', 'mac', 'padded']),
  /** Whether the file was traced; before, nobody knows its models. */
  traced: v.boolean(),
  models: v.array(v.string()),
  shown: v.optional(
    v.object({
      name: v.string(),
      /** The file that was traced, where it is not the panel's own. */
      tracedFrom: v.optional(v.string()),
      /** Why these figures may be of an earlier text. */
      stale: v.optional(v.string()),
      ownBatch: count,
      canSetBatch: v.boolean(),
      /** Something is still being traced for this view. */
      pending: v.boolean(),
      totals,
      rows: v.array(row),
      timeline: v.optional(timeline),
      sparse: v.optional(sparse),
      timing: v.optional(predictedTraining),
      measured: v.optional(measuredStep),
      notes: v.array(v.string()),
    }),
  ),
  other: v.optional(
    v.object({ label: v.string(), totals: v.optional(totals), problem: v.optional(v.string()) }),
  ),
  roofs: v.array(roof),
});
export type CostView = v.InferOutput<typeof costViewSchema>;

// ---- to webview

/** To be acknowledged; the host sends the next one only then. */
export const toCostPanelSchema = v.object({ type: v.literal('view'), id: v.number(), view: costViewSchema });
export type ToCostPanel = v.InferOutput<typeof toCostPanelSchema>;

// ---- from webview

const exportFormats = ['csv', 'json', 'markdown'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const fromCostPanelSchema = v.variant('type', [
  /** What was shown before a reload. */
  v.object({ type: v.literal('ready'), ...asked }),
  v.object({ type: v.literal('acknowledge'), id: v.number() }),
  v.object({ type: v.literal('choose'), model: v.string() }),
  v.object({ type: v.literal('whatIf'), whatIf }),
  v.object({ type: v.literal('compareHead') }),
  v.object({ type: v.literal('compare') }),
  v.object({ type: v.literal('endComparison') }),
  /** Goes to the line of a layer. */
  v.object({ type: v.literal('openLayer'), name: v.string() }),
  v.object({ type: v.literal('showTable') }),
  v.object({ type: v.literal('export'), format: v.picklist(exportFormats) }),
]);
export type FromCostPanel = v.InferOutput<typeof fromCostPanelSchema>;

const costColumns = [
  'name',
  'line',
  'output',
  'params',
  'forward',
  'backward',
  'optimizer',
  'activationBytes',
  'seconds',
  'all',
  'change',
] as const;
export type CostColumn = (typeof costColumns)[number];

/** What the webview keeps across reloads. */
export const costPanelStateSchema = v.object({
  file: v.string(),
  ...asked,
  sort: v.optional(v.object({ column: v.picklist(costColumns), descending: v.boolean() })),
});
