import * as v from 'valibot';
import { predictedTraining } from './predicted';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const status = v.picklist(['queued', 'starting', 'running', 'finished', 'stopped', 'failed', 'crashed']);

const bounded = v.object({ low: v.number(), value: v.number(), high: v.number() });
const provenance = v.picklist(['measured', 'estimated']);

/** What the run was predicted to take before it began, and what it has taken so far. */
const prediction = v.object({
  ...predictedTraining.entries,
  /** ISO 8601. */
  calibratedAt: v.string(),
  /** Real runs that predictions had been corrected by. */
  runs: v.number(),
  used: v.object({
    /** Of recent steps, and of all of them: measured. */
    stepSeconds: v.optional(v.number()),
    trainingSeconds: v.optional(v.number()),
    /** Of all attempts, their starts and evaluations included. */
    energy: v.optional(v.object({ joules: v.number(), low: v.number(), high: v.number(), provenance })),
    gCO2e: v.optional(bounded),
    cost: v.optional(bounded),
  }),
});

/** Everything the run panel shows besides its curves. */
const runViewSchema = v.object({
  id: v.string(),
  name: v.string(),
  file: v.string(),
  status,
  /** Stop was asked for and the run has not ended yet. */
  stopping: v.boolean(),
  canResume: v.boolean(),
  /** Whether it writes a checkpoint when asked to. */
  canCheckpoint: v.boolean(),
  backend: v.optional(v.string()),
  backendNotes: v.array(v.string()),
  data: v.optional(v.string()),
  /** Number of trainable and other weights of the model. */
  parameters: v.optional(v.number()),
  params: v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])),
  seed: v.optional(v.number()),
  attempt: v.number(),
  startedAt: v.string(),
  /** Wall time of all attempts so far. */
  elapsedSeconds: v.number(),
  step: v.number(),
  totalSteps: v.optional(v.number()),
  epoch: v.number(),
  epochs: v.optional(v.number()),
  /** Median of recent steps, measured. */
  stepMilliseconds: v.optional(v.number()),
  /** Of recent steps by wall time, evaluations between them included: measured. */
  stepsPerSecond: v.optional(positive),
  batchSize: v.optional(positive),
  /** Resident set of the process that trains: the last sample and the highest, measured. */
  memory: v.optional(v.object({ bytes: v.number(), peakBytes: v.number() })),
  /** Predicted from the measured step time: [low, high]. */
  remainingSeconds: v.optional(v.tuple([v.number(), v.number()])),
  /** Of the training so far, counted from the kernels that were run. */
  flops: v.optional(v.number()),
  /** Kernels of a step that are in no count. */
  uncoveredKernels: v.optional(v.number()),
  /** Of recent steps, counted FLOPs by measured time. */
  flopsPerSecond: v.optional(positive),
  /** The fastest matrix product that was measured on the backend: a lower bound of its peak. */
  peak: v.optional(
    v.object({
      flopsPerSecond: positive,
      /** Rows and columns of its matrices. */
      size: v.number(),
      /** ISO 8601. */
      measuredAt: v.string(),
      threads: v.optional(v.number()),
    }),
  ),
  /** Of all evaluations, known once an attempt has ended. */
  evaluationFlops: v.optional(v.number()),
  /** Of all attempts so far, by component; each says whether it is measured or estimated. */
  energy: v.optional(
    v.object({
      joules: v.number(),
      low: v.number(),
      high: v.number(),
      provenance,
      parts: v.array(
        v.object({
          component: v.string(),
          provenance,
          source: v.string(),
          joules: v.number(),
          low: v.number(),
          high: v.number(),
        }),
      ),
    }),
  ),
  /** Limits of the run, and what is used of them, in their own units. */
  budget: v.optional(
    v.array(v.object({ unit: v.string(), limit: v.pipe(v.number(), v.gtValue(0)), used: v.number() })),
  ),
  prediction: v.optional(prediction),
  /** Last value of each series, by series key. On its way to a webview what is no finite number becomes null. */
  latest: v.record(
    v.string(),
    v.union([
      v.number(),
      v.nan(),
      v.pipe(
        v.null(),
        v.transform(() => NaN),
      ),
    ]),
  ),
  lastCheckpointStep: v.optional(v.number()),
  /** Whether masks of sparse weights were recorded. */
  hasMasks: v.optional(v.boolean()),
  warnings: v.array(v.string()),
  error: v.optional(
    v.object({ message: v.string(), file: v.optional(v.string()), line: v.optional(v.number()) }),
  ),
  /** End of the process's output, for runs that failed or crashed. */
  logTail: v.optional(v.string()),
});
export type RunView = v.InferOutput<typeof runViewSchema>;

// ---- curves

/** What curves can be drawn over. */
export const xAxes = ['step', 'epoch', 'time', 'flops', 'energy', 'money'] as const;
export type XAxis = (typeof xAxes)[number];
const xAxis = v.picklist(xAxes);

/** What was reached at the steps of a run: see {@link runCurvesSchema}. */
const reachedKeys = ['seconds', 'gpuSeconds', 'epochs', 'flops', 'joules'] as const;
export type ReachedKey = (typeof reachedKeys)[number];

/** What is new of values by step. What was told of steps after `after` is void; -1: all. */
const change = {
  after: v.number(),
  /** Steps, ascending. */
  x: v.instance(Float64Array),
  y: v.instance(Float64Array),
};
const seriesChange = v.pipe(
  v.object({ key: v.string(), ...change }),
  v.check(({ x, y }) => x.length === y.length, 'as many values as steps'),
);
export type SeriesChange = v.InferOutput<typeof seriesChange>;
const reachedChange = v.pipe(
  v.object({ key: v.picklist(reachedKeys), ...change }),
  v.check(({ x, y }) => x.length === y.length, 'as many values as steps'),
);

/** The curves of one run, as far as they are new. */
const runCurvesSchema = v.object({
  directory: v.string(),
  name: v.string(),
  status,
  /** Why nothing more can be said of the run. */
  problem: v.optional(v.string()),
  /** What was told of this run before is void. */
  fresh: v.boolean(),
  /** By "train/loss", "test/loss", "train/acc", ...: the part before the slash is the split. */
  series: v.array(seriesChange),
  /** Reached at steps, by {@link reachedKeys}: ascending, and known between samples by interpolation. */
  reached: v.array(reachedChange),
  stepsPerEpoch: v.optional(positive),
  energyProvenance: v.optional(v.picklist(['measured', 'estimated'])),
  /** Money for a joule of the machine and for a second on its GPU. */
  prices: v.optional(v.object({ perJoule: v.number(), perGpuSecond: v.number(), currency: v.string() })),
});
export type RunCurves = v.InferOutput<typeof runCurvesSchema>;

// ---- to webview

export const toRunPanelSchema = v.variant('type', [
  v.object({
    type: v.literal('update'),
    /** To be acknowledged; the host sends no further update before. */
    id: v.number(),
    run: runViewSchema,
    /** The panel's run first, then those it is compared with. */
    curves: v.array(runCurvesSchema),
    /** The axis last chosen in any panel, for one that has none of its own. */
    lastAxis: v.optional(xAxis),
  }),
  v.object({ type: v.literal('gone'), id: v.number(), message: v.string() }),
]);
export type ToRunPanel = v.InferOutput<typeof toRunPanelSchema>;

// ---- from webview

export const fromRunPanelSchema = v.variant('type', [
  /** `compared`: folders of the runs that it showed beside its own before a reload. */
  v.object({ type: v.literal('ready'), compared: v.optional(v.array(v.string())) }),
  v.object({ type: v.literal('acknowledge'), id: v.number() }),
  v.object({ type: v.literal('stop') }),
  v.object({ type: v.literal('checkpoint') }),
  v.object({ type: v.literal('resume') }),
  v.object({ type: v.literal('openFile') }),
  v.object({ type: v.literal('openError') }),
  v.object({ type: v.literal('openLog') }),
  v.object({ type: v.literal('revealFolder') }),
  v.object({ type: v.literal('showMasks') }),
  /** Asks for further runs to compare with. */
  v.object({ type: v.literal('compare') }),
  v.object({ type: v.literal('endComparison'), directory: v.string() }),
  v.object({ type: v.literal('openRun'), directory: v.string() }),
  v.object({ type: v.literal('chooseAxis'), axis: xAxis }),
  v.object({ type: v.literal('exportCsv') }),
  v.object({ type: v.literal('exportPng'), png: v.instance(Uint8Array) }),
]);
export type FromRunPanel = v.InferOutput<typeof fromRunPanelSchema>;

/** What the webview keeps across reloads, so that the panel can be restored for the same run. */
export const runPanelStateSchema = v.object({
  runDirectory: v.string(),
  /** Weight of the past, see the moving average of the curves. */
  smoothing: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1))),
  /** Quantities with a logarithmic axis. */
  logarithmic: v.optional(v.array(v.string())),
  hiddenSeries: v.optional(v.array(v.string())),
  xAxis: v.optional(xAxis),
  /** Folders of the runs beside the panel's own. */
  compared: v.optional(v.array(v.string())),
});
export type RunPanelState = v.InferOutput<typeof runPanelStateSchema>;

/** The message as its sender meant it, or undefined where it is none of ours. */
export function parseMessage<T extends v.GenericSchema>(
  schema: T,
  message: unknown,
): v.InferOutput<T> | undefined {
  const result = v.safeParse(schema, message);
  return result.success ? result.output : undefined;
}
