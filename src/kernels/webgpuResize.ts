import { replaceKernel, type Tensor, type Tf } from './register';

interface ResizeAttrs {
  readonly halfPixelCenters?: boolean;
}
/** Which pixels of `from` one of the result is made of, and how much of each it takes. */
type Sources = (place: number, from: number) => readonly (readonly [pixel: number, weight: number])[];

/**
 * Gradients of resizing with half-pixel centers, which the stock kernels take for resizing without. Resizing is a
 * product with one matrix for the rows and one for the columns, and its gradient one with both transposed.
 */
export function registerWebgpuResizeGradients(tf: Tf): void {
  register(tf, 'ResizeNearestNeighborGrad', (place, from) => [
    [Math.min(from - 1, Math.floor(place + 0.5)), 1],
  ]);
  register(tf, 'ResizeBilinearGrad', (place, from) => {
    const inside = Math.min(from - 1, Math.max(0, place));
    const low = Math.floor(inside);
    return [
      [low, 1 - (inside - low)],
      [Math.min(from - 1, low + 1), inside - low],
    ];
  });
}

function register(tf: Tf, kernel: string, sources: Sources): void {
  replaceKernel<ResizeAttrs>(tf, 'webgpu', kernel, (call, stock) => {
    if (!call.attrs.halfPixelCenters) return stock(call);
    const { images, dy } = call.inputs as { images: Tensor; dy: Tensor };
    const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
    const [, tall = 0, wide = 0] = dy.shape;
    return tf.tidy(() => {
      const rows = tf.matMul(
        matrix(tf, height, tall, sources),
        tf.reshape(dy, [batch, tall, wide * channels]),
        true,
      );
      const columns = tf.matMul(
        matrix(tf, width, wide, sources),
        tf.reshape(rows, [batch * height, wide, channels]),
        true,
      );
      return tf.reshape(columns, images.shape);
    });
  });
}

/** [1, to, from]: what each pixel of the result takes of each pixel. */
function matrix(tf: Tf, from: number, to: number, sources: Sources): Tensor {
  const values = new Float32Array(to * from);
  for (let i = 0; i < to; i++)
    for (const [pixel, weight] of sources(((i + 0.5) * from) / to - 0.5, from))
      values[i * from + pixel] = (values[i * from + pixel] as number) + weight;
  return tf.tensor(values, [1, to, from]);
}
