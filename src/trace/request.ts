import type { BatchFit } from '../cost/batchFit';
import type { Amounts } from '../cost/amounts';
import type { ModelCost, SourcePlace } from '../cost/modelCost';
import type { Params } from '../runs/record';

/** The name under which bundled code finds `require`. */
export const requireName = '__computeLensRequire';

/** What a tracer is asked: the cost of a file, as compiled now. */
export type TraceRequest = ModuleRequest | SavedModelRequest;

/** What the steps do that devices are calibrated by. */
export interface CalibrationRequest {
  readonly kind: 'calibration';
  readonly file: string;
  readonly workspace: string;
}

interface CommonRequest {
  /** Absolute path of the user's file. */
  readonly file: string;
  /** Folder that relative paths of the code are in. */
  readonly workspace: string;
  /** Examples in a batch, where nothing else says so. */
  readonly batch: number;
  /** Whether it replaces the batch size of an experiment, too. */
  readonly batchOfExperiments?: boolean;
  /** Whether to trace at two more batch sizes, so that the cost at any other follows. */
  readonly fit?: boolean;
  /** Whether to tell how the step goes, and what its peak of memory is made of. */
  readonly timeline?: boolean;
  /** Backend whose missing kernels are to be told, as TensorFlow.js names it. */
  readonly backend?: string | undefined;
}

/** A TypeScript or JavaScript file, bundled to one ES module. */
export interface ModuleRequest extends CommonRequest {
  readonly kind: 'module';
  readonly code: string;
  /** JSON; its sources are relative to the file's folder. */
  readonly sourceMap: string;
  /** Text of the file, for its tags. */
  readonly source: string;
  /** Parameters of an experiment that differ from its defaults. */
  readonly params?: Params | undefined;
}

/** A model.json that TensorFlow.js has saved. */
export interface SavedModelRequest extends CommonRequest {
  readonly kind: 'savedModel';
  /** Its text, where it is not as on disk. */
  readonly text?: string | undefined;
}

/** Something to say at a line. */
export interface TraceRemark {
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly place: SourcePlace;
}

export interface TraceResult {
  readonly models: readonly TracedModel[];
  readonly remarks: readonly TraceRemark[];
  /** Of the models that devices are calibrated by, where it was asked for. */
  readonly calibration?: Readonly<Record<string, Amounts>>;
}

/** A model's cost, and the other lines at which a reader looks for it. */
export interface TracedModel extends ModelCost {
  readonly alsoAt: readonly SourcePlace[];
  /** For models of a free batch size, where it was asked for. */
  readonly fit?: BatchFit;
}

/** Messages of the process. */
export type ToTracer = { readonly id: number; readonly request: TraceRequest | CalibrationRequest };
export type FromTracer =
  | { readonly type: 'ready' }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly result: TraceResult;
      /** The traced code has left something in the process: the next trace needs another one. */
      readonly spent: boolean;
    };
