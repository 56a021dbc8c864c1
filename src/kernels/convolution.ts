import type * as tfjs from '@tensorflow/tfjs';
import { reached, spreadGradient, type ConvInfo } from './geometry';
import { composed, replaceKernel, type Call, type Tensor, type Tf } from './register';

type Pair = number | [number, number];
interface ConvAttrs {
  readonly strides: Pair;
  readonly pad: 'valid' | 'same' | number;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: Pair;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
type FilterGradientAttrs = ConvAttrs & { readonly filterShape: number[] };
type InputGradientAttrs = ConvAttrs & { readonly inputShape: number[] };
type Images = tfjs.Tensor4D;
type Shape4 = [number, number, number, number];

/**
 * Convolutions that the wasm backend lacks or gets wrong, made of those that it has. A gradient of a convolution is a
 * convolution itself (Dumoulin and Visin 2016, sections 4.1 to 4.6).
 */
export function registerConvolutions(tf: Tf, backend: string): void {
  const add = <A>(kernel: string, make: (call: Call<A>) => Tensor) =>
    replaceKernel(tf, backend, kernel, composed(tf, make));
  add<FilterGradientAttrs>('Conv2DBackpropFilter', (call) => filterGradient(tf, call));
  add<InputGradientAttrs>('Conv2DBackpropInput', (call) => inputGradient(tf, call));
  add<FilterGradientAttrs>('DepthwiseConv2dNativeBackpropFilter', (call) =>
    depthwiseFilterGradient(tf, call),
  );
  add<InputGradientAttrs>('DepthwiseConv2dNativeBackpropInput', (call) => depthwiseInputGradient(tf, call));
  for (const kernel of ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'])
    replaceKernel<ConvAttrs>(tf, backend, kernel, (call, stock) => {
      const small = withoutSamePadding(tf, call, kernel.includes('Depthwise'));
      return small ? tf.tidy(() => stock(small()) as Tensor) : stock(call);
    });
}

/**
 * dW[i, j, c, d] is the sum over n, r, s of x[n, r * stride + i, s * stride + j, c] dy[n, r, s, d]: a convolution with
 * the examples as channels, the channels as examples, and dy as a filter that is dilated by the stride.
 */
function filterGradient(tf: Tf, { inputs, attrs }: Call<FilterGradientAttrs>): Tensor {
  const [x, dy] = [inputs.x, inputs.dy].map((each) => channelsLast(tf, each as Tensor, attrs)) as [
    Tensor,
    Tensor,
  ];
  const info = infoOf(tf, x.shape as Shape4, attrs.filterShape as Shape4, attrs);
  const channels = tf.transpose(reached(tf, x, info), [3, 1, 2, 0]);
  const filter = tf.transpose(dy, [1, 2, 0, 3]);
  const dilations: [number, number] = [info.strideHeight, info.strideWidth];
  const made = tf.conv2d(channels as Images, filter as Images, 1, 'valid', 'NHWC', dilations);
  return tf.transpose(made, [1, 2, 0, 3]);
}

/** dX is dy, spread out by the stride, convolved with the turned filter. */
function inputGradient(tf: Tf, { inputs, attrs }: Call<InputGradientAttrs>): Tensor {
  const dy = channelsLast(tf, inputs.dy as Tensor, attrs);
  const filter = inputs.filter as Tensor;
  const [batch = 1, a = 1, b = 1, c = 1] = attrs.inputShape;
  const shape: Shape4 = attrs.dataFormat === 'NCHW' ? [batch, b, c, a] : [batch, a, b, c];
  const info = infoOf(tf, shape, filter.shape as Shape4, attrs);
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const dx = tf.conv2d(spread(tf, dy, info) as Images, turned as Images, 1, 'valid');
  return attrs.dataFormat === 'NCHW' ? tf.transpose(dx, [0, 3, 1, 2]) : dx;
}

/** One product and sum for each position of the window. */
function depthwiseFilterGradient(tf: Tf, { inputs, attrs }: Call<FilterGradientAttrs>): Tensor {
  const { x, dy } = inputs as { x: Tensor; dy: Tensor };
  const info = infoOf(tf, x.shape as Shape4, attrs.filterShape as Shape4, attrs, true);
  const { batchSize, outHeight, outWidth, inChannels, strideHeight, strideWidth } = info;
  const multiplier = info.outChannels / inChannels;
  const padded = reached(tf, x, info);
  const of = [batchSize, outHeight, outWidth, inChannels];
  const gradient = tf.reshape(dy, [...of, multiplier]);
  const taps: Tensor[] = [];
  for (let i = 0; i < info.filterHeight; i++)
    for (let j = 0; j < info.filterWidth; j++) {
      const [top, left] = [i * info.dilationHeight, j * info.dilationWidth];
      const met = tf.stridedSlice(
        padded,
        [0, top, left, 0],
        [
          batchSize,
          top + (outHeight - 1) * strideHeight + 1,
          left + (outWidth - 1) * strideWidth + 1,
          inChannels,
        ],
        [1, strideHeight, strideWidth, 1],
      );
      const products = tf.mul(tf.reshape(met, [...of, 1]), gradient);
      taps.push(tf.reshape(tf.sum(products, [0, 1, 2]), [1, inChannels * multiplier]));
    }
  return tf.reshape(tf.concat(taps, 0), attrs.filterShape);
}

/** As of a full convolution, channel by channel; with a multiplier, the sum over its parts. */
function depthwiseInputGradient(tf: Tf, { inputs, attrs }: Call<InputGradientAttrs>): Tensor {
  const { dy, filter } = inputs as { dy: Tensor; filter: Tensor };
  const info = infoOf(tf, attrs.inputShape as Shape4, filter.shape as Shape4, attrs, true);
  const { batchSize, outHeight, outWidth, inChannels, filterHeight, filterWidth } = info;
  const multiplier = info.outChannels / inChannels;
  const parts = Array.from({ length: multiplier }, (_, k) => {
    const own = (t: Tensor, shape: number[]) =>
      multiplier === 1
        ? tf.reshape(t, shape)
        : tf.reshape(tf.slice(t, [...shape.map(() => 0), k], [...shape, 1]), shape);
    const gradient = own(tf.reshape(dy, [batchSize, outHeight, outWidth, inChannels, multiplier]), [
      ...[batchSize, outHeight, outWidth, inChannels],
    ]);
    const plane = own(filter, [filterHeight, filterWidth, inChannels]);
    const turned = tf.reverse(tf.reshape(plane, [filterHeight, filterWidth, inChannels, 1]), [0, 1]);
    const dilations: [number, number] = [info.dilationHeight, info.dilationWidth];
    return tf.depthwiseConv2d(
      spread(tf, gradient, info) as Images,
      turned as Images,
      1,
      'valid',
      'NHWC',
      dilations,
    );
  });
  return parts.length === 1 ? (parts[0] as Tensor) : tf.addN(parts);
}

/** The stock kernel pads by itself and wrongly where a window is smaller than the stride: there it needs no padding. */
function withoutSamePadding(
  tf: Tf,
  call: Call<ConvAttrs>,
  depthwise: boolean,
): (() => Call<ConvAttrs>) | undefined {
  const { inputs, attrs } = call;
  const { x, filter } = inputs as { x: Tensor; filter: Tensor };
  if (attrs.pad !== 'same' || attrs.dataFormat === 'NCHW') return undefined;
  const info = infoOf(tf, x.shape as Shape4, filter.shape as Shape4, attrs, depthwise);
  const small =
    info.effectiveFilterHeight < info.strideHeight || info.effectiveFilterWidth < info.strideWidth;
  if (!small) return undefined;
  return () => ({
    ...call,
    inputs: { ...inputs, x: reached(tf, x, info) },
    attrs: { ...attrs, pad: 'valid' },
  });
}

function spread(tf: Tf, dy: Tensor, info: ConvInfo): Tensor {
  const { top, left } = info.padInfo;
  return spreadGradient(tf, dy, [
    { stride: info.strideHeight, extent: info.effectiveFilterHeight, before: top, length: info.inHeight },
    { stride: info.strideWidth, extent: info.effectiveFilterWidth, before: left, length: info.inWidth },
  ]);
}

function infoOf(tf: Tf, x: Shape4, filter: Shape4, attrs: ConvAttrs, depthwise = false): ConvInfo {
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode, depthwise);
}

function channelsLast(tf: Tf, x: Tensor, { dataFormat }: ConvAttrs): Tensor {
  return dataFormat === 'NCHW' ? tf.transpose(x, [0, 2, 3, 1]) : x;
}
