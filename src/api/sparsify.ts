import type * as tfjs from '@tensorflow/tfjs';
import type { Mask, SparsityMethod } from '../sparse';

/** A sparse training by hand. */
export interface SparseTraining {
  /** The sparse weights, in the order of `masks`. */
  readonly weights: readonly {
    /** Layer and part, such as `dense_1/kernel`. */
    readonly name: string;
    readonly layer: string;
    readonly shape: readonly number[];
    readonly variable: tfjs.Variable;
  }[];
  /** One byte a weight, 0 or 1, in the weight's own row-major order. */
  readonly masks: readonly Mask[];
  /** Steps so far. */
  readonly step: number;
  /**
   * To be awaited after every step: updates the masks where that is due.
   *
   * @param examples in the batch of that step, for the count of FLOPs
   * @returns the masks, where they were updated
   */
  afterStep(
    examples?: number,
  ): Promise<{ readonly step: number; readonly masks: readonly Mask[] } | undefined>;
  /** The same for `model.fit(xs, ys, { callbacks: sparse.callback() })`. */
  callback(): { onBatchEnd: () => Promise<void> };
  /** Density, dead units and FLOPs so far, counted in the accounting of the papers. */
  report(): {
    readonly density: number;
    readonly everActive: number;
    readonly updates: number;
    /** Of the training steps so far, and of the same steps done dense. */
    readonly trainingFlops: number;
    readonly denseTrainingFlops: number;
    /** Of one sample's forward pass. */
    readonly forwardFlops: number;
    readonly denseForwardFlops: number;
    readonly weights: readonly {
      name: string;
      size: number;
      active: number;
      /** Of a recurrent kernel, gate by gate. */
      gates?: readonly { name: string; size: number; active: number }[];
      deadInputs: number;
      deadOutputs: number;
    }[];
  };
  /** Training goes on dense from here. */
  dispose(): void;
}

export interface SparsifyOptions {
  /** Decides everything random. Default 0. */
  readonly seed?: number;
  /** Steps of the whole training: for methods whose end is a share of it, as `until` is by default. */
  readonly totalSteps?: number;
}

type SparseTrainingClass = new (
  tf: object,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
  method: SparsityMethod,
  options: SparsifyOptions,
) => SparseTraining & { begin(): Promise<unknown> };

/**
 * Makes the training of a model sparse by hand, in a script; an experiment says it in its field `sparsity`. However the
 * model is trained from then on (`fit`, `trainOnBatch`, `optimizer.minimize`), as long as it is with this optimizer.
 *
 * @param tf TensorFlow.js of a run: in a script that Compute Lens runs, what it imports
 * @param model built; compiled or not
 * @throws Error where the method does not fit the model, or `tf` is another TensorFlow.js
 */
export async function sparsify(
  tf: object,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
  method: SparsityMethod,
  options: SparsifyOptions = {},
): Promise<SparseTraining> {
  const { SparseTraining } = tf as { SparseTraining?: SparseTrainingClass };
  if (!SparseTraining)
    throw new Error(
      'sparsify: this TensorFlow.js is not that of a run; start the script with "compute-lens run FILE".',
    );
  const sparse = new SparseTraining(tf, model, optimizer, method, options);
  await sparse.begin();
  return sparse;
}
