import type * as tfjs from '@tensorflow/tfjs';
import { runFused, type FusedOp } from './fusedOp';
import { mend, only, type LayerMethods } from './layers';
import { batchNormTraining, layerNorm } from './native/normalization';
import type { Tensor, Tf } from './register';

interface LayerVariable {
  readonly val: tfjs.Variable;
  read(): Tensor;
}
interface Normalization extends LayerMethods {
  readonly epsilon: number;
  readonly gamma: LayerVariable | null | undefined;
  readonly beta: LayerVariable | null | undefined;
}
interface BatchNormalization extends Normalization {
  readonly axis: number;
  readonly momentum: number;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}
interface LayerNormalization extends Normalization {
  /** Ascending where the kernel has them, and from the front once the layer is built. */
  readonly axis: readonly number[];
}

/**
 * The layers that normalise are one kernel forward and one backward where the backend has such (assembly/). On every
 * backend they train without a scale or an offset and along any axis, for which TensorFlow.js has no gradient.
 */
export function fuseNormalizations(tf: Tf): void {
  mend<BatchNormalization>(tf, 'BatchNormalization', (stock) => ({
    call(inputs, kwargs) {
      const { training } = kwargs as { training?: boolean };
      if (!training) return stock.call.call(this, inputs, kwargs);
      return tf.tidy(() => {
        const x = only(inputs);
        const axis = this.axis < 0 ? this.axis + x.rank : this.axis;
        if (axis === x.rank - 1) return batchNorm(tf, this, x, stock, kwargs);
        // Two axes that change places do so again on the way back.
        const order = Array.from({ length: x.rank }, (_, i) => i);
        [order[axis], order[x.rank - 1]] = [x.rank - 1, axis];
        const layer = Object.create(this, { axis: { value: -1 } }) as BatchNormalization;
        return tf.transpose(batchNorm(tf, layer, tf.transpose(x, order), stock, kwargs), order);
      });
    },
  }));
  mend<LayerNormalization>(tf, 'LayerNormalization', (stock) => ({
    call(inputs, kwargs) {
      return tf.tidy(() => {
        const x = only(inputs);
        const { axis } = this;
        const shape = axis.map((each) => x.shape[each] ?? 1);
        const composed = (layer: LayerNormalization, of: Tensor) => only(stock.call.call(layer, of, kwargs));
        const areLast = axis.every((each, i) => each === x.rank - axis.length + i);
        if (!areLast || !fits(tf, x)) return composed(complete(tf, this, shape), x);
        const op = layerNorm(tf, axis.length, affineOf(this), this.epsilon);
        return fusedCall(tf, this, op, x, shape, composed);
      });
    },
  }));
}

function batchNorm(
  tf: Tf,
  layer: BatchNormalization,
  x: Tensor,
  stock: LayerMethods,
  kwargs: object,
): Tensor {
  const shape = x.shape.slice(-1);
  if (!fits(tf, x)) return only(stock.call.call(complete(tf, layer, shape), x, kwargs));
  const op = batchNormTraining(tf, affineOf(layer), layer.epsilon, {
    mean: layer.movingMean.val,
    variance: layer.movingVariance.val,
    momentum: layer.momentum,
  });
  return fusedCall(tf, layer, op, x, shape, (other, of) =>
    only(stock.call.call(withoutAverages(other), of, kwargs)),
  );
}

function fits(tf: Tf, x: Tensor): boolean {
  return tf.getBackend() === 'wasm' && x.dtype === 'float32' && x.size > 0 && x.rank >= 2 && x.rank <= 4;
}

function affineOf({ gamma, beta }: Normalization) {
  return { scale: gamma != null, offset: beta != null };
}

function fusedCall<L extends Normalization>(
  tf: Tf,
  layer: L,
  op: FusedOp,
  x: Tensor,
  shape: readonly number[],
  composed: (layer: L, x: Tensor) => Tensor,
): Tensor {
  const parameters = [layer.gamma, layer.beta].flatMap((each) => (each ? [each.read()] : []));
  return runFused(tf, op, [x, ...parameters], ([of, ...read]) =>
    composed(complete(tf, layer, shape, read), of as Tensor),
  );
}

/** The layer with a scale of 1 or an offset of 0 where it has none, and with other values of those that it has. */
function complete<L extends Normalization>(
  tf: Tf,
  layer: L,
  shape: readonly number[],
  values?: readonly Tensor[],
): L {
  const next = values && [...values];
  const read = (value: Tensor) => ({ value: { read: () => value } });
  const own = (parameter: LayerVariable) => read(next?.shift() ?? parameter.read());
  return Object.create(layer, {
    gamma: layer.gamma ? own(layer.gamma) : read(tf.ones([...shape])),
    beta: layer.beta ? own(layer.beta) : read(tf.zeros([...shape])),
    scale: { value: true },
    center: { value: true },
  }) as L;
}

/** The layer with averages that stay as they are. */
function withoutAverages(layer: BatchNormalization): BatchNormalization {
  const still = (own: LayerVariable) => ({ value: { read: () => own.read(), write: () => undefined } });
  return Object.create(layer, {
    movingMean: still(layer.movingMean),
    movingVariance: still(layer.movingVariance),
  }) as BatchNormalization;
}
