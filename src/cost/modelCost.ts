import type { Amounts } from './amounts';
import type { Budget } from './budget';
import type { StepTimeline } from './timeline';
import type { PhaseWork } from './work';

/** Where something is in a user's file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Kernels that a training makes sparse: how many of their weights are left when it is over. Counted before it begins. */
export interface WeightSparsity {
  /** Weights that can be zero; biases and the like cannot. */
  readonly size: number;
  /** Those that are not; absent where training decides which layer keeps how many. */
  readonly active?: number | undefined;
  /** Multiply-accumulates by zeros in the batch's forward pass; absent where shapes, or what was said above, do not tell. */
  readonly zeroMacs?: number | undefined;
}

/** How an experiment's model is sparse. FLOPs are in the accounting of the papers, two a multiply-accumulate. */
export interface ModelSparsity extends WeightSparsity {
  readonly method: string;
  readonly active: number;
  /** What training may change of these figures, in words. */
  readonly uncertain?: string | undefined;
  /** Of the whole training, and of the same steps done dense; absent where its length or its work is not known. */
  readonly training?:
    { readonly flops: number; readonly denseFlops: number; readonly meanDensity: number } | undefined;
  /** Whether shapes tell the work of every layer. */
  readonly allCounted: boolean;
}

/** What one layer of a model costs in a training step. All counted from shapes. */
export interface LayerCost {
  readonly name: string;
  readonly className: string;
  readonly place?: SourcePlace | undefined;
  /** Weights, and those of them that training changes. */
  readonly params: number;
  readonly trainableParams: number;
  readonly work: PhaseWork;
  /** What takes a device its time. */
  readonly amounts: Amounts;
  /** Shapes of those of its weights that can be sparse: matrices and more; absent where there are none. */
  readonly kernels?: readonly (readonly number[])[] | undefined;
  /** Of the first output, batch included. */
  readonly outputShape: readonly number[];
  /** Bytes of its outputs. */
  readonly activationBytes: number;
  /** Absent where it is dense. */
  readonly sparsity?: WeightSparsity | undefined;
}

/**
 * What one line of a user's file costs. `layer`: layers are made here; `operation`: tensors are computed here;
 * `call`: something is called from here that does either.
 */
export interface LineCost {
  readonly kind: 'layer' | 'operation' | 'call';
  readonly file: string;
  readonly line: number;
  /** Names of the layers made here or by what is called here. */
  readonly layers: readonly string[];
  readonly params: number;
  readonly trainableParams: number;
  readonly work: PhaseWork;
  /** What takes a device its time. */
  readonly amounts: Amounts;
  /** Of the last output; absent where there is none. */
  readonly outputShape?: readonly number[] | undefined;
  readonly activationBytes: number;
  /** Of the layers made here; absent where they are dense. */
  readonly sparsity?: WeightSparsity | undefined;
}

/** The most memory that a step holds: the largest of these lines at a batch size. */
export interface PeakLine {
  readonly bytes: number;
  readonly bytesPerExample: number;
}

/** How much training is asked for, where an experiment says so. */
export interface TrainingPlan {
  readonly epochs: number;
  /** Absent for data of unknown length. */
  readonly stepsPerEpoch?: number | undefined;
  /** The last step of an epoch, where it has fewer examples than the others. */
  readonly lastStep?: { readonly batch: number; readonly work: PhaseWork } | undefined;
  /** Limits that the experiment names, and where. */
  readonly budget?: Budget | undefined;
  readonly budgetAt?: SourcePlace | undefined;
}

/** What a model costs: one training step on one batch, counted on shapes. */
export interface ModelCost {
  readonly name: string;
  readonly place?: SourcePlace | undefined;
  readonly batch: number;
  /** False for models whose batch size is part of the model or of its data. */
  readonly batchIsFree: boolean;
  readonly params: number;
  readonly trainableParams: number;
  readonly inputShapes: readonly (readonly number[])[];
  /** Of the whole step. A model that cannot be trained has a forward phase only. */
  readonly work: PhaseWork;
  /** What takes a device its time, of the whole step. */
  readonly amounts: Amounts;
  /** The most bytes of tensors at a time: weights, optimizer state, batch, activations, gradients. */
  readonly peakBytes: number;
  /** Bytes of the weights, and of what the optimizer keeps beside them. */
  readonly weightBytes: number;
  readonly optimizerBytes: number;
  /** The step is code of the user's own, and no model's `fit`. */
  readonly ownStep?: boolean | undefined;
  /** What the trace had to assume, in words. */
  readonly assumptions: readonly string[];
  readonly plan?: TrainingPlan | undefined;
  /** Absent where it is dense. */
  readonly sparsity?: ModelSparsity | undefined;
  /** Where it was asked for. */
  readonly timeline?: StepTimeline | undefined;
  readonly layers: readonly LayerCost[];
  readonly lines: readonly LineCost[];
}
