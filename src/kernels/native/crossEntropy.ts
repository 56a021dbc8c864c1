import type { FusedOp } from '../fusedOp';
import type { Tensor, Tf } from '../register';
import { asTensor } from './fused';
import { addressesOf, nativeOf, output } from './native';

/** A loss of rows of probabilities, the last axis: `[x]` becomes a number a row. */
function rowLoss(tf: Tf, kernel: string, kind: number, target: Tensor): FusedOp {
  const sizes = ({ shape, size }: Tensor) => {
    const columns = shape.at(-1) ?? 1;
    return [30 * size, kind, size / columns, columns] as const;
  };
  return {
    forward([given]) {
      const x = given as Tensor;
      const backend: unknown = tf.backend();
      const loss = output(backend, x.shape.slice(0, -1));
      nativeOf(backend).share(kernel, ...sizes(x), ...addressesOf(backend, x, target, loss));
      return { value: asTensor(tf, loss), saved: [x, target] };
    },
    backward(dy, saved) {
      const [x, kept] = saved as [Tensor, Tensor];
      const backend: unknown = tf.backend();
      const dx = output(backend, x.shape);
      nativeOf(backend).share(`${kernel}Gradient`, ...sizes(x), ...addressesOf(backend, x, kept, dy, dx));
      return [asTensor(tf, dx)];
    },
  };
}

/** As assembly/crossEntropy.ts numbers what targets are. */
const kindOf = ({ dtype }: Tensor) => (dtype === 'float32' ? 0 : 1);

/** Cross-entropy with a target for each probability. */
export function crossEntropy(tf: Tf, target: Tensor): FusedOp {
  return rowLoss(tf, 'crossEntropy', kindOf(target), target);
}

/** Cross-entropy with a class for each row, in float32. */
export function sparseCrossEntropy(tf: Tf, target: Tensor): FusedOp {
  return rowLoss(tf, 'crossEntropy', 2, target);
}

/** The mean cross-entropy of a row's probabilities, each that of yes against no. */
export function binaryCrossEntropy(tf: Tf, target: Tensor): FusedOp {
  return rowLoss(tf, 'binaryCrossEntropy', kindOf(target), target);
}

/**
 * Cross-entropy of rows of logits, with a target for each: `[logits]`, or `[logits, target]` where gradients by targets
 * may be asked for, becomes a number a row. Gradients are those of TensorFlow.js, which for targets are no derivatives.
 */
export function softmaxCrossEntropy(tf: Tf, target: Tensor): FusedOp {
  const sizes = ({ shape, size }: Tensor) => {
    const columns = shape.at(-1) ?? 1;
    return [30 * size, kindOf(target), size / columns, columns] as const;
  };
  return {
    forward([given, ...targets]) {
      const x = given as Tensor;
      const backend: unknown = tf.backend();
      const [loss, softmax] = [output(backend, x.shape.slice(0, -1)), output(backend, x.shape)];
      nativeOf(backend).share(
        'softmaxCrossEntropy',
        ...sizes(x),
        ...addressesOf(backend, x, target, loss, softmax),
      );
      return { value: asTensor(tf, loss), saved: [asTensor(tf, softmax), target, ...targets] };
    },
    backward(dy, [given, kept, ...targets]) {
      const softmax = given as Tensor;
      const backend: unknown = tf.backend();
      const dx = output(backend, softmax.shape);
      nativeOf(backend).share(
        'softmaxCrossEntropyGradient',
        ...sizes(softmax),
        ...addressesOf(backend, softmax, kept as Tensor, dy, dx),
      );
      const made = asTensor(tf, dx);
      return [made, ...targets.map(() => tf.neg(made))];
    },
  };
}

/** The gradient of a softmax over the last axis, from what it made. */
export function softmaxGradient(tf: Tf, y: Tensor, dy: Tensor): Tensor {
  const backend: unknown = tf.backend();
  const dx = output(backend, y.shape);
  const columns = y.shape.at(-1) ?? 1;
  nativeOf(backend).share(
    ...(['softmaxGradient', 4 * y.size, y.size / columns, columns] as const),
    ...addressesOf(backend, y, dy, dx),
  );
  return asTensor(tf, dx);
}
