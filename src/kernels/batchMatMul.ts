import { replaceKernel, type Tensor, type Tf } from './register';

type MatMulAttrs = Readonly<{ transposeA: boolean; transposeB: boolean }>;

/**
 * Products of matrices in several axes of batches, of which either side may have some alone: [2, 3, m, k] with
 * [2, 1, k, n]. The stock kernels of cpu and webgpu take each batch for one row of matrices, and pair the wrong ones.
 */
export function registerBatchMatMul(tf: Tf, backend: string): void {
  replaceKernel<MatMulAttrs>(tf, backend, 'BatchMatMul', (call, stock) => {
    const { a, b } = call.inputs as { a: Tensor; b: Tensor };
    const outer = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const count = outer.reduce((all, size) => all * size, 1);
    const isEven = ({ shape }: Tensor) => {
      const own = shape.slice(0, -2).reduce((all, size) => all * size, 1);
      return own === count || own === 1;
    };
    if (isEven(a) && isEven(b)) return stock(call);
    return tf.tidy(() => {
      const whole = (x: Tensor) => tf.broadcastTo(x, [...outer, ...x.shape.slice(-2)]);
      const { transposeA, transposeB } = call.attrs;
      return tf.matMul(whole(a), whole(b), transposeA, transposeB);
    });
  });
}
