import { product } from './native/items';
import type { Tensor, Tf } from './register';

/** Zeros to put around an axis; negative: rows to take away. */
export type Margin = readonly [before: number, after: number];

/** What makes an axis of `length` rows one of `whole`, with `before` rows in front. */
export function marginTo(whole: number, length: number, before: number): Margin {
  return [before, whole - length - before];
}

/** Pads and crops `x`, one margin an axis. */
export function withMargins(tf: Tf, x: Tensor, margins: readonly Margin[]): Tensor {
  let y = x;
  if (margins.some(([before, after]) => before < 0 || after < 0)) {
    const begin = margins.map(([before]) => Math.max(0, -before));
    const size = margins.map(
      ([before, after], axis) => (x.shape[axis] ?? 0) + Math.min(0, before) + Math.min(0, after),
    );
    y = tf.slice(y, begin, size);
  }
  if (margins.some(([before, after]) => before > 0 || after > 0))
    y = tf.pad(
      y,
      margins.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]),
    );
  return y;
}

/** Puts `strides[k] - 1` zeros behind each row of the axes 1, 2, ... of `x`. */
function spreadOut(tf: Tf, x: Tensor, strides: readonly number[]): Tensor {
  const shape = [...x.shape];
  let y = x;
  strides.forEach((stride, k) => {
    if (stride === 1) return;
    const axis = k + 1;
    const [before, rest] = [product(shape.slice(0, axis + 1)), product(shape.slice(axis + 1))];
    y = tf.pad(tf.reshape(y, [before, 1, rest]), [
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ]);
    shape[axis] = (shape[axis] ?? 1) * stride;
  });
  return tf.reshape(y, shape);
}

/**
 * The gradient of a strided convolution's output, spread out and with margins, so that a convolution of stride one with
 * the turned filter gives the gradient of its input.
 *
 * @param axes of each spatial axis: stride, extent of the filter, padding before, length of the input
 */
export function spreadGradient(
  tf: Tf,
  dy: Tensor,
  axes: readonly { stride: number; extent: number; before: number; length: number }[],
): Tensor {
  const spread = spreadOut(
    tf,
    dy,
    axes.map(({ stride }) => stride),
  );
  const margins = axes.map(({ extent, before, length }, k) =>
    marginTo(length + extent - 1, spread.shape[k + 1] ?? 0, extent - 1 - before),
  );
  return withMargins(tf, spread, [[0, 0], ...margins, [0, 0]]);
}
