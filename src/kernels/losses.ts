import { runFused, type FusedOp } from './fusedOp';
import { fusing, unseen } from './fusion';
import {
  binaryCrossEntropy,
  crossEntropy,
  softmaxCrossEntropy,
  softmaxGradient,
  sparseCrossEntropy,
} from './native/crossEntropy';
import type { Tensor, Tf } from './register';

type Loss = (target: Tensor, output: Tensor) => Tensor;
interface Model {
  readonly outputs: readonly unknown[];
  readonly outputNames: readonly string[];
  readonly lossFunctions: Loss[];
  compile: (this: Model, args: { loss?: unknown }) => void;
}

interface FusedLoss {
  readonly op: (tf: Tf, target: Tensor) => FusedOp;
  /** Whether the kernel takes a target of this shape. */
  readonly fits: (target: Tensor, output: Tensor) => boolean;
}

const isAlike = (target: Tensor, output: Tensor) => target.shape.join() === output.shape.join();
const isClassOfRow = (target: Tensor, output: Tensor) => {
  const classes = output.shape.at(-1) ?? 1;
  return target.dtype === 'float32' && classes > 1 && target.size * classes === output.size;
};

/** By the names that models are compiled with. */
const fusedLosses: Readonly<Record<string, FusedLoss | undefined>> = {
  categoricalCrossentropy: { op: crossEntropy, fits: isAlike },
  sparseCategoricalCrossentropy: { op: sparseCrossEntropy, fits: isClassOfRow },
  binaryCrossentropy: { op: binaryCrossEntropy, fits: isAlike },
};

/** Losses that models are compiled with by name are one kernel forward and one backward where the backend has such. */
export function fuseLosses(tf: Tf): void {
  const models = tf.LayersModel.prototype as unknown as Model;
  const { compile } = models;
  models.compile = function (args) {
    compile.call(this, args);
    const names = namesOf(this, args.loss);
    for (const [i, stock] of this.lossFunctions.entries()) {
      const loss = fusedLosses[names[i] ?? ''];
      if (loss) this.lossFunctions[i] = fused(tf, loss, stock);
    }
  };
}

/** What each output's loss was called, where it was given by name. */
function namesOf({ outputs, outputNames }: Model, loss: unknown): (string | undefined)[] {
  const name = (given: unknown) => (typeof given === 'string' ? given : undefined);
  if (typeof loss === 'string') return outputs.map(() => loss);
  if (Array.isArray(loss)) return loss.map(name);
  return outputNames.map((output) => name((loss as Record<string, unknown> | undefined)?.[output]));
}

function fused(tf: Tf, { op, fits }: FusedLoss, stock: Loss): Loss {
  return (target, output) => {
    const isNumeric = target.dtype === 'float32' || target.dtype === 'int32';
    const may = tf.getBackend() === 'wasm' && isNumeric && output.dtype === 'float32' && output.size > 0;
    if (!may || output.rank < 2 || !fits(target, output)) return stock(target, output);
    return tf.tidy(() => runFused(tf, op(tf, target), [output], ([of]) => stock(target, of as Tensor)));
  };
}

type SoftmaxCrossEntropy = Tf['losses']['softmaxCrossEntropy'];

/** The cross-entropy of logits, likewise. */
export function fuseSoftmaxCrossEntropy(tf: Tf): void {
  const { losses, Reduction } = tf;
  const stock = losses.softmaxCrossEntropy;
  const fused: SoftmaxCrossEntropy = (labels, logits, weights, labelSmoothing = 0, reduction) => {
    if (labelSmoothing !== 0 || !isTensor(labels) || !isTensor(logits) || !mayFuse(tf, labels, logits))
      return stock(labels, logits, weights, labelSmoothing, reduction);
    const inputs = labels.dtype === 'float32' ? [logits, labels] : [logits];
    return tf.tidy(() => {
      const ofRows = runFused(tf, softmaxCrossEntropy(tf, labels), inputs, ([x, target]) =>
        stock(target ?? labels, x as Tensor, undefined, 0, Reduction.NONE),
      );
      return losses.computeWeightedLoss(ofRows, weights, reduction);
    });
  };
  Object.assign(losses, { softmaxCrossEntropy: fused });
}

function mayFuse(tf: Tf, target: Tensor, output: Tensor): boolean {
  const isNumeric = target.dtype === 'float32' || target.dtype === 'int32';
  const may = tf.getBackend() === 'wasm' && isNumeric && output.dtype === 'float32' && output.size > 0;
  return may && output.rank > 1 && isAlike(target, output);
}

function isTensor(given: unknown): given is Tensor {
  return typeof given === 'object' && given !== null && 'dataId' in given;
}

/** The gradient of a softmax, likewise. */
export function fuseSoftmaxGradient(tf: Tf): void {
  const stock = tf.getGradient('Softmax');
  if (!stock) throw new Error('TensorFlow.js has no gradient of Softmax.');
  tf.unregisterGradient('Softmax');
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const [gradient, y] = [dy as Tensor, saved[0] as Tensor];
      if (tf.getBackend() !== 'wasm' || y.dtype !== 'float32' || y.size === 0)
        return stock.gradFunc(dy, saved, attrs);
      const counted = fusing() ? undefined : stock.gradFunc(dy, saved, attrs);
      return {
        logits: () => {
          counted?.logits?.();
          return unseen(() => softmaxGradient(tf, y, gradient));
        },
      };
    },
  });
}
