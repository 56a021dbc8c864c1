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
 * Convolutions of single channels that the wasm backend lacks or gets wrong, made of those that it has. A gradient of a
 * convolution is a convolution itself (Dumoulin and Visin 2016, sections 4.1 to 4.6).
 */
export function registerDepthwiseConvolutions(tf: Tf, backend: string): void {
  const add = <A>(kernel: string, make: (call: Call<A>) => Tensor) =>
    replaceKernel(tf, backend, kernel, composed(tf, make));
  add<FilterGradientAttrs>('DepthwiseConv2dNativeBackpropFilter', (call) =>
    depthwiseFilterGradient(tf, call),
  );
  add<InputGradientAttrs>('DepthwiseConv2dNativeBackpropInput', (call) => depthwiseInputGradient(tf, call));
  for (const kernel of ['DepthwiseConv2dNative', 'FusedDepthwiseConv2D'])
    replaceKernel<ConvAttrs>(tf, backend, kernel, (call, stock) => {
      const small = withoutSamePadding(tf, call);
      return small ? tf.tidy(() => stock(small()) as Tensor) : stock(call);
    });
}

/** One product and sum for each position of the window. */
function depthwiseFilterGradient(tf: Tf, { inputs, attrs }: Call<FilterGradientAttrs>): Tensor {
  const { x, dy } = inputs as { x: Tensor; dy: Tensor };
  const info = infoOf(tf, x.shape as Shape4, attrs.filterShape as Shape4, attrs);
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
  const info = infoOf(tf, attrs.inputShape as Shape4, filter.shape as Shape4, attrs);
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
function withoutSamePadding(tf: Tf, call: Call<ConvAttrs>): (() => Call<ConvAttrs>) | undefined {
  const { inputs, attrs } = call;
  const { x, filter } = inputs as { x: Tensor; filter: Tensor };
  if (attrs.pad !== 'same' || attrs.dataFormat === 'NCHW') return undefined;
  const info = infoOf(tf, x.shape as Shape4, filter.shape as Shape4, attrs);
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

function infoOf(tf: Tf, x: Shape4, filter: Shape4, attrs: ConvAttrs): ConvInfo {
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode, true);
}
