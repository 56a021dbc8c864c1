import type { Tensor, Tf } from './register';

type Attrs = Readonly<Record<string, unknown>>;
type Gradients = Record<string, () => Tensor>;
type GradientFunction = (dy: Tensor, saved: readonly Tensor[], attrs: Attrs) => Gradients;

/** Stock gradients of these are as large as the output, also where an input is smaller and was broadcast. */
const neverSummed = ['Minimum', 'Maximum', 'SquaredDifference', 'BatchMatMul'];

/** Gradients of arithmetic that TensorFlow.js gets wrong on every backend. */
export function registerArithmeticGradients(tf: Tf): void {
  for (const kernel of neverSummed)
    replaceGradient(tf, kernel, (stock) => (dy, saved, attrs) => {
      const made = stock(dy, saved, attrs);
      const summed = (name: string, input: Tensor | undefined) => () =>
        sumTo(tf, (made[name] as () => Tensor)(), input?.shape ?? []);
      return { a: summed('a', saved[0]), b: summed('b', saved[1]) };
    });
  // The quotient is rounded, so constant wherever it has a derivative. The stock gradient is that of the exact one.
  replaceGradient(tf, 'FloorDiv', () => (_dy, [a, b]) => ({
    a: () => tf.zeros(a?.shape ?? []),
    b: () => tf.zeros(b?.shape ?? []),
  }));
  // The stock gradient moves the axis of the sums to the end, where the kernel has left it in its place.
  replaceGradient(tf, 'Cumsum', () => (dy, _saved, attrs) => {
    const { axis, exclusive, reverse } = attrs as { axis: number; exclusive: boolean; reverse: boolean };
    return { x: () => tf.cumsum(dy, axis, exclusive, !reverse) };
  });
}

/** Adds up a gradient along the axes in which an input of this shape stood for many. */
function sumTo(tf: Tf, gradient: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), shape);
}

/** Puts a gradient in the place of the stock one, which it is given. */
function replaceGradient(
  tf: Tf,
  kernelName: string,
  make: (stock: GradientFunction) => GradientFunction,
): void {
  const stock = tf.getGradient(kernelName);
  if (!stock) throw new Error(`TensorFlow.js has no gradient of ${kernelName}.`);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({ ...stock, gradFunc: make(stock.gradFunc as never) as never });
}
