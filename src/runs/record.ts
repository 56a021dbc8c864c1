import * as v from 'valibot';
import { budgetSchema, surroundingsSchema } from './budget';
import { energyPartSchema } from './energy';
import { peakSchema } from './peak';
import { sparseProfileSchema } from './sparseProfile';

/** Where a run's asked-for work stands. "crashed" is never written: it is what readers see of a dead process. */
const recordedStatuses = ['queued', 'starting', 'running', 'finished', 'stopped', 'failed'] as const;
export type RecordedStatus = (typeof recordedStatuses)[number];
export type RunStatus = RecordedStatus | 'crashed';

/** Best first: the order in which "auto" tries them. */
export const backendNames = ['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];
/** Whether a backend computes on a GPU. */
export function isGpu(backend: BackendName | undefined): boolean {
  return backend === 'tensorflow-gpu' || backend === 'webgpu';
}
export const backendChoices = ['auto', ...backendNames] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** A parameter of an experiment, as declared in `params` and set with `--set`. */
export const paramValueSchema = v.union([v.number(), v.string(), v.boolean()]);
export type ParamValue = number | string | boolean;
export type Params = Record<string, ParamValue>;

const errorSchema = v.object({
  message: v.string(),
  /** Absolute path of the user's own file, where known. */
  file: v.optional(v.string()),
  /** 1-based. */
  line: v.optional(v.number()),
  /** 1-based. */
  column: v.optional(v.number()),
  stack: v.optional(v.string()),
  /** Of an error that is no mistake in the code: the loss is not finite any more. */
  cause: v.optional(v.picklist(['diverged'])),
});
export type RunError = v.InferOutput<typeof errorSchema>;

const attemptSchema = v.object({
  /** 1 for the first process of a run, 2 for the first resume, ... */
  number: v.number(),
  pid: v.number(),
  /** Tells a process from a later one with the same pid: kernel start time, where the system has one. */
  processStart: v.optional(v.string()),
  host: v.string(),
  startedAt: v.string(),
  endedAt: v.optional(v.string()),
  backend: v.optional(v.picklist(backendNames)),
  /** Why better backends were passed over, one sentence each. */
  backendNotes: v.optional(v.array(v.string())),
  /** The fastest that the backend was seen to compute there, measured before this attempt trained. */
  peak: v.optional(peakSchema),
  /** First step this attempt trains, 1-based. */
  fromStep: v.optional(v.number()),
  outcome: v.optional(v.picklist(['finished', 'stopped', 'failed'])),
  /** Why it ended where it did, where that was not the last epoch. */
  reason: v.optional(v.string()),
  error: v.optional(errorSchema),
  /** What it used, by component; of an attempt that was killed, its last event of energy tells. */
  energy: v.optional(v.array(energyPartSchema)),
});
export type Attempt = v.InferOutput<typeof attemptSchema>;

const sparsitySchema = v.object({
  method: v.string(),
  /** Shares of the sparse weights that are active at the end, and that ever were. */
  density: v.number(),
  everActive: v.number(),
  updates: v.number(),
  weights: v.array(
    v.object({
      name: v.string(),
      layer: v.string(),
      size: v.number(),
      active: v.number(),
      /** Of a recurrent kernel, gate by gate. */
      gates: v.optional(v.array(v.object({ name: v.string(), size: v.number(), active: v.number() }))),
      deadInputs: v.number(),
      deadOutputs: v.number(),
    }),
  ),
  /** Of these weights on disk: four a nonzero, and one bit a position. */
  bytes: v.number(),
  /** Of one sample, sparse and dense. */
  forwardFlops: v.number(),
  denseForwardFlops: v.number(),
  /** Of all training steps, and of the same steps done dense. */
  trainingFlops: v.number(),
  denseTrainingFlops: v.number(),
  /** False where shapes do not tell the work of every layer. */
  allCounted: v.boolean(),
});

/** `run.json`: what was asked, by whom it is being done, and how it ended. */
export const runRecordSchema = v.object({
  schema: v.literal(1),
  id: v.string(),
  name: v.string(),
  kind: v.picklist(['experiment', 'script']),
  /** Path of the experiment or script, relative to `workspace`, with forward slashes. */
  file: v.string(),
  /** Absolute path of the workspace folder on the machine that started the run. */
  workspace: v.string(),
  createdAt: v.string(),
  params: v.record(v.string(), paramValueSchema),
  seed: v.optional(v.number()),
  requestedBackend: v.picklist(backendChoices),
  /** Limits given at the start of the run, beside those of its experiment. */
  budget: v.optional(budgetSchema),
  surroundings: v.optional(surroundingsSchema),
  git: v.optional(v.object({ commit: v.string(), dirty: v.boolean() })),
  versions: v.record(v.string(), v.string()),
  device: v.object({
    platform: v.string(),
    cpu: v.string(),
    cores: v.number(),
    memoryBytes: v.number(),
    gpu: v.optional(v.string()),
  }),
  status: v.picklist(recordedStatuses),
  /** Known once the data and the model are built. Totals are absent for scripts and unbounded data. */
  plan: v.optional(
    v.object({
      data: v.optional(v.string()),
      parameters: v.optional(v.number()),
      batchSize: v.optional(v.number()),
      epochs: v.optional(v.number()),
      stepsPerEpoch: v.optional(v.number()),
      totalSteps: v.optional(v.number()),
      /** The limits that hold. */
      budget: v.optional(budgetSchema),
    }),
  ),
  attempts: v.array(attemptSchema),
  /** Of a sparse run on wasm: what its kernels were chosen by, in every attempt. One that nobody knows is none. */
  sparseProfile: v.fallback(v.optional(sparseProfileSchema), undefined),
  /** Last figures of the run, written when an attempt ends. */
  result: v.optional(
    v.object({
      step: v.number(),
      epoch: v.number(),
      loss: v.optional(v.number()),
      /** Last evaluation, by name: `{ loss, acc }`. */
      evaluation: v.optional(v.record(v.string(), v.number())),
      /** Wall time of all attempts together. */
      seconds: v.number(),
      /** Of a step of the last attempt: the median of its last ones, measured. */
      stepSeconds: v.optional(v.number()),
      /** Of all training steps of all attempts, measured. */
      trainingSeconds: v.optional(v.number()),
      /** Of all training steps, counted. */
      flops: v.optional(v.number()),
      /** Of all evaluations, counted. */
      evaluationFlops: v.optional(v.number()),
      /** Of a sparse training: its weights, and FLOPs in the accounting of the papers (counted). */
      sparsity: v.optional(sparsitySchema),
      /** Kernels of a step that are in no count, by name; absent where every kernel has one. */
      uncoveredKernels: v.optional(v.record(v.string(), v.number())),
    }),
  ),
});
export type RunRecord = v.InferOutput<typeof runRecordSchema>;

/** Names inside a run folder. */
export const runFiles = {
  record: 'run.json',
  prediction: 'prediction.json',
  events: 'events.jsonl',
  masks: 'masks.bin',
  log: 'stdout.log',
  control: 'control.jsonl',
  lock: 'lock',
  /** Of a run that waits: its place in line. */
  place: 'queue.json',
  /** Space held back for the last words of a run on a full disk. */
  reserve: 'reserve',
  checkpoints: 'checkpoints',
  code: 'code',
} as const;

/** Of a run that waits: its code as it was when it was put in line. */
export const queuedCode = 'queued.mjs';

/** Folder of all runs of a workspace, relative to it. */
export const runsFolder = '.compute-lens/runs';
