import { marginTo, spreadGradient, withMargins } from './geometry';
import { composed, replaceKernel, type Tensor, type Tf } from './register';

type Shape5 = [number, number, number, number, number];
interface Conv3DAttrs {
  readonly strides: [number, number, number];
  readonly pad: 'valid' | 'same';
}

/** The stock kernel of wasm forgets one bound of the depth. */
export function registerConv3DInputGradient(tf: Tf, backend: string): void {
  replaceKernel<Conv3DAttrs & { readonly inputShape: Shape5 }>(
    tf,
    backend,
    'Conv3DBackpropInputV2',
    composed(tf, ({ inputs, attrs }) => {
      const { dy, filter } = inputs as { dy: Tensor; filter: Tensor };
      const axes = axesOf(tf, attrs.inputShape, filter.shape as Shape5, attrs);
      const turned = tf.transpose(tf.reverse(filter, [0, 1, 2]), [0, 1, 2, 4, 3]);
      return tf.conv3d(spreadGradient(tf, dy, axes) as never, turned as never, 1, 'valid');
    }),
  );
}

/** That of the filter is wrong with strides: here, one product of matrices for each position of the window. */
export function registerConv3DFilterGradient(tf: Tf, backend: string): void {
  replaceKernel<Conv3DAttrs & { readonly filterShape: Shape5 }>(
    tf,
    backend,
    'Conv3DBackpropFilterV2',
    composed(tf, ({ inputs, attrs }) => {
      const { x, dy } = inputs as { x: Tensor; dy: Tensor };
      const axes = axesOf(tf, x.shape as Shape5, attrs.filterShape, attrs);
      const [batch = 1] = x.shape;
      const [channels, filters] = attrs.filterShape.slice(3) as [number, number];
      const positions = dy.shape.slice(1, 4);
      const spans = axes.map(({ stride }, k) => ((positions[k] ?? 1) - 1) * stride + 1);
      const padded = withMargins(tf, x, [
        [0, 0],
        ...axes.map(({ extent, before, length }, k) =>
          marginTo((spans[k] ?? 1) + extent - 1, length, before),
        ),
        [0, 0],
      ]);
      const gradient = tf.reshape(dy, [-1, filters]);
      const taps = [...places(attrs.filterShape.slice(0, 3))].map((tap) => {
        const end = tap.map((at, k) => at + (spans[k] ?? 1));
        const strides = axes.map(({ stride }) => stride);
        const met = tf.stridedSlice(padded, [0, ...tap, 0], [batch, ...end, channels], [1, ...strides, 1]);
        return tf.matMul(tf.reshape(met, [-1, channels]), gradient, true, false);
      });
      return tf.reshape(tf.stack(taps), attrs.filterShape);
    }),
  );
}

/** Where a window is smaller than the stride, "same" needs no padding; the stock kernels take it as negative. */
export function registerConv3D(tf: Tf, backend: string): void {
  replaceKernel<Conv3DAttrs>(tf, backend, 'Conv3D', (call, stock) => {
    const { x, filter } = call.inputs as { x: Tensor; filter: Tensor };
    if (call.attrs.pad !== 'same') return stock(call);
    const axes = axesOf(tf, x.shape as Shape5, filter.shape as Shape5, call.attrs);
    if (axes.every(({ stride, extent }) => extent >= stride)) return stock(call);
    return tf.tidy(() => {
      const margins = axes.map(({ stride, extent, before, length }) =>
        marginTo((Math.ceil(length / stride) - 1) * stride + extent, length, before),
      );
      const reached = withMargins(tf, x, [[0, 0], ...margins, [0, 0]]);
      return stock({
        ...call,
        inputs: { x: reached, filter },
        attrs: { ...call.attrs, pad: 'valid' },
      }) as Tensor;
    });
  });
}

function axesOf(tf: Tf, x: Shape5, filter: Shape5, { strides, pad }: Conv3DAttrs) {
  const info = tf.backend_util.computeConv3DInfo(x, filter, strides, 1, pad);
  const { front, top, left } = info.padInfo;
  return [
    { stride: info.strideDepth, extent: info.filterDepth, before: Math.max(0, front), length: info.inDepth },
    { stride: info.strideHeight, extent: info.filterHeight, before: Math.max(0, top), length: info.inHeight },
    { stride: info.strideWidth, extent: info.filterWidth, before: Math.max(0, left), length: info.inWidth },
  ];
}

function* places([depth = 1, height = 1, width = 1]: readonly number[]): Iterable<number[]> {
  for (let i = 0; i < depth; i++)
    for (let j = 0; j < height; j++) for (let k = 0; k < width; k++) yield [i, j, k];
}
