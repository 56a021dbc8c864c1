import { poolAxes, type PoolAttrs, type PoolAxis } from './pool';
import { replaceKernel, type Tensor, type Tf } from './register';

/**
 * The gradient of an average over what of a window is inside the image. The stock kernels divide by the whole window,
 * so that what they get is first made greater by as much.
 */
export function registerWebgpuAveragePools(tf: Tf): void {
  for (const kernel of ['AvgPoolGrad', 'AvgPool3DGrad'])
    replaceKernel<PoolAttrs>(tf, 'webgpu', kernel, (call, stock) => {
      const { dy, input } = call.inputs as { dy: Tensor; input: Tensor };
      const axes = poolAxes(tf, input.shape, call.attrs);
      if (axes.every((axis) => reaches(axis).every((reached) => reached === axis.window))) return stock(call);
      const shares = axes.reduce(
        (rest, axis) =>
          outer(
            rest,
            reaches(axis).map((n) => axis.window / n),
          ),
        [1],
      );
      return tf.tidy(() => {
        const share = tf.tensor(shares, [1, ...axes.map(({ positions }) => positions), 1]);
        return stock({ ...call, inputs: { dy: tf.mul(dy, share), input } }) as Tensor;
      });
    });
}

/** For each position of the window, how much of it is inside; at least one, since nothing is divided there else. */
function reaches({ window, stride, before, length, positions }: PoolAxis): number[] {
  return Array.from({ length: positions }, (_, position) => {
    const from = position * stride - before;
    return Math.max(1, Math.min(length, from + window) - Math.max(0, from));
  });
}

function outer(a: readonly number[], b: readonly number[]): number[] {
  return a.flatMap((x) => b.map((y) => x * y));
}
