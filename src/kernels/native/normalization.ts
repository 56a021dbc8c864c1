import type * as tfjs from '@tensorflow/tfjs';
import type { FusedOp } from '../fusedOp';
import type { Tensor, Tf } from '../register';
import { asTensor } from './fused';
import { product } from './items';
import { addressesOf, addressOf, nativeOf, output } from './native';
import { unshare } from './unshare';

/** What is scaled and shifted: inputs of an op come in this order, without those that are not there. */
export interface Affine {
  readonly scale: boolean;
  readonly offset: boolean;
}
interface MovingAverages {
  readonly mean: tfjs.Variable;
  readonly variance: tfjs.Variable;
  readonly momentum: number;
}

/** Room for two sums in float64 for each of four columns. */
const sumsOf = (columns: number) => 16 * Math.ceil(columns / 4);

/** Batch normalisation in training over all axes but the last, of `[x, scale, offset]`; moves the averages on. */
export function batchNormTraining(
  tf: Tf,
  affine: Affine,
  epsilon: number,
  averages: MovingAverages,
): FusedOp {
  return {
    forward([x, ...parameters]) {
      const backend: unknown = tf.backend();
      const native = nativeOf(backend);
      const { rows, columns } = matrixOf(x as Tensor, 1);
      const [scale, offset] = addresses(backend, affine, parameters);
      const [sums, y] = [output(backend, [sumsOf(columns)]), output(backend, (x as Tensor).shape)];
      const made = [0, 1, 2].map(() => output(backend, [columns])) as [
        tfjs.TensorInfo,
        tfjs.TensorInfo,
        tfjs.TensorInfo,
      ];
      native.share(
        ...(['batchNormTraining', 8 * rows * columns, rows, columns, epsilon] as const),
        ...[addressOf(backend, x as Tensor), scale, offset],
        ...addressesOf(backend, sums, ...made, y),
      );
      const [mean, variance, spread] = made;
      moveAverages(tf, averages, mean, variance);
      for (const { dataId } of [sums, variance]) tf.backend().disposeData(dataId);
      const saved = [x as Tensor, asTensor(tf, mean), asTensor(tf, spread)];
      return { value: asTensor(tf, y), saved: affine.scale ? [...saved, parameters[0] as Tensor] : saved };
    },
    backward: (dy, saved) => gradients(tf, 'batchNormGradient', 1, affine, dy, saved),
  };
}

function moveAverages(
  tf: Tf,
  { mean, variance, momentum }: MovingAverages,
  ...made: [tfjs.TensorInfo, tfjs.TensorInfo]
): void {
  const backend: unknown = tf.backend();
  const native = nativeOf(backend);
  // While a step is recorded, the plan holds every variable once.
  for (const each of [mean, variance]) unshare(tf, each, native.observer ? 2 : 1);
  native.run('moveAverages', mean.size, 1 - momentum, ...addressesOf(backend, ...made, mean, variance));
}

/** Layer normalisation over the last `axes` axes, of `[x, scale, offset]`. */
export function layerNorm(tf: Tf, axes: number, affine: Affine, epsilon: number): FusedOp {
  return {
    forward([x, ...parameters]) {
      const backend: unknown = tf.backend();
      const { rows, columns } = matrixOf(x as Tensor, axes);
      const [scale, offset] = addresses(backend, affine, parameters);
      const [mean, spread] = [output(backend, [rows]), output(backend, [rows])];
      const y = output(backend, (x as Tensor).shape);
      nativeOf(backend).share(
        ...(['layerNorm', 8 * rows * columns, rows, columns, epsilon] as const),
        ...[addressOf(backend, x as Tensor), scale, offset],
        ...addressesOf(backend, mean, spread, y),
      );
      const saved = [x as Tensor, asTensor(tf, mean), asTensor(tf, spread)];
      return { value: asTensor(tf, y), saved: affine.scale ? [...saved, parameters[0] as Tensor] : saved };
    },
    backward: (dy, saved) => gradients(tf, 'layerNormGradient', axes, affine, dy, saved),
  };
}

/** By all inputs; what scales and shifts has the shape of the last `axes` axes. */
function gradients(
  tf: Tf,
  kernel: string,
  axes: number,
  affine: Affine,
  dy: Tensor,
  saved: readonly Tensor[],
): Tensor[] {
  const [x, mean, spread, scale] = saved as [Tensor, Tensor, Tensor, Tensor | undefined];
  const backend: unknown = tf.backend();
  const { rows, columns } = matrixOf(x, axes);
  const shape = x.shape.slice(-axes);
  const sums = output(backend, [sumsOf(columns)]);
  const [dx, ofScale, ofOffset] = [output(backend, x.shape), output(backend, shape), output(backend, shape)];
  nativeOf(backend).share(
    ...([kernel, 12 * rows * columns, rows, columns] as const),
    ...addressesOf(backend, x, dy, mean, spread),
    scale ? addressOf(backend, scale) : 0,
    ...addressesOf(backend, sums, dx, ofScale, ofOffset),
  );
  tf.backend().disposeData(sums.dataId);
  if (!affine.scale) tf.backend().disposeData(ofScale.dataId);
  if (!affine.offset) tf.backend().disposeData(ofOffset.dataId);
  return [dx, ...(affine.scale ? [ofScale] : []), ...(affine.offset ? [ofOffset] : [])].map((each) =>
    asTensor(tf, each),
  );
}

function addresses(backend: unknown, affine: Affine, parameters: readonly Tensor[]): [number, number] {
  const next = [...parameters];
  const address = (isThere: boolean) => (isThere ? addressOf(backend, next.shift() as Tensor) : 0);
  return [address(affine.scale), address(affine.offset)];
}

/** Columns are numbers along the last `axes` axes. */
function matrixOf({ shape, size }: Tensor, axes: number): { rows: number; columns: number } {
  const columns = product(shape.slice(-axes));
  return { rows: size / columns, columns };
}
