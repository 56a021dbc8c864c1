import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { sourcesOf, type ResizeAttrs } from '../resize';
import { bitsOf } from './items';
import { addressesOf, nativeOf, output } from './native';

/** Gradients of resizing, from the same table of rows and columns as on cpu. */
export function registerResizing(tf: Tf, backend: string): void {
  for (const [kernel, sources] of Object.entries(sourcesOf))
    replaceKernel<ResizeAttrs>(tf, backend, kernel, (call) => gradient(call, sources));
}

function gradient(
  { inputs, attrs, backend }: Call<ResizeAttrs>,
  sources: (typeof sourcesOf)[keyof typeof sourcesOf],
): tfjs.TensorInfo {
  const { images, dy } = inputs as { images: Tensor; dy: Tensor };
  const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
  const [, tall = 0, wide = 0] = dy.shape;
  const entries = (to: number, from: number) =>
    Array.from({ length: to }, (_, position) => {
      const [first = [0, 0], second = [0, 0]] = sources(position, from, to, attrs);
      return [first, second].flatMap(([source, weight]) => [source, bitsOf('float32', weight)]);
    }).flat();
  const made = output(backend, images.shape);
  const native = nativeOf(backend);
  native.withTable([...entries(tall, height), ...entries(wide, width)], (table) =>
    native.share(
      ...(['resizeGradient', 4 * dy.size, batch, height, width, tall, wide, channels] as const),
      ...[table, table + 16 * tall, ...addressesOf(backend, dy, made)],
    ),
  );
  return made;
}
