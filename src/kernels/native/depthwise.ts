import type * as tfjs from '@tensorflow/tfjs';
import type { ConvInfo } from '../geometry';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { activated, asTensor, fusedActivations } from './fused';
import { addressOf, nativeOf, output } from './native';

type Pair = number | [number, number];
interface ConvAttrs {
  readonly strides: Pair;
  readonly pad: 'valid' | 'same' | number;
  readonly dilations?: Pair | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
interface FusedAttrs extends ConvAttrs {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}
type Shape4 = [number, number, number, number];

/** Convolutions of each channel by itself, and both their gradients. */
export function registerDepthwise(tf: Tf, backend: string): void {
  replaceKernel<ConvAttrs>(tf, backend, 'DepthwiseConv2dNative', (call) => convolve(tf, call));
  replaceKernel<FusedAttrs>(tf, backend, 'FusedDepthwiseConv2D', (call) => fused(tf, call));
  replaceKernel<ConvAttrs & { readonly filterShape: number[] }>(
    tf,
    backend,
    'DepthwiseConv2dNativeBackpropFilter',
    ({ inputs, attrs, backend: own }) => {
      const { x, dy } = inputs as { x: Tensor; dy: Tensor };
      const info = infoOf(tf, x.shape, attrs.filterShape, attrs);
      return run(own, 'depthwiseFilterGradient', info, [x, dy], attrs.filterShape);
    },
  );
  replaceKernel<ConvAttrs & { readonly inputShape: number[] }>(
    tf,
    backend,
    'DepthwiseConv2dNativeBackpropInput',
    ({ inputs, attrs, backend: own }) => {
      const { dy, filter } = inputs as { dy: Tensor; filter: Tensor };
      const info = infoOf(tf, attrs.inputShape, filter.shape, attrs);
      return run(own, 'depthwiseInputGradient', info, [dy, filter], attrs.inputShape);
    },
  );
}

function fused(tf: Tf, call: Call<FusedAttrs>): tfjs.TensorInfo {
  const { bias, filter, preluActivationWeights } = call.inputs;
  const { activation, leakyreluAlpha } = call.attrs;
  const inside = fusedActivations[activation ?? 'linear'];
  const [, , channels = 1, multiplier = 1] = filter?.shape ?? [];
  const biasInside = bias === undefined || bias.size === channels * multiplier;
  if (inside !== undefined && biasInside) return convolve(tf, call, bias, inside);
  return tf.tidy(() => {
    const made = asTensor(tf, convolve(tf, call, biasInside ? bias : undefined));
    const biased = bias && !biasInside ? tf.add(made, bias) : made;
    return activated(tf, biased, activation ?? 'linear', leakyreluAlpha, preluActivationWeights);
  });
}

function convolve(
  tf: Tf,
  { inputs, attrs, backend }: Call<ConvAttrs>,
  bias?: Tensor,
  activation = 0,
): tfjs.TensorInfo {
  const { x, filter } = inputs as { x: Tensor; filter: Tensor };
  const info = infoOf(tf, x.shape, filter.shape, attrs);
  const end = [bias ? addressOf(backend, bias) : 0, activation];
  return run(backend, 'depthwise', info, [x, filter], info.outShape, end);
}

function run(
  backend: unknown,
  kernel: string,
  info: ConvInfo,
  inputs: readonly Tensor[],
  shape: readonly number[],
  end: readonly number[] = [],
): tfjs.TensorInfo {
  const made = output(backend, shape);
  const { batchSize, inHeight, inWidth, inChannels, outChannels, outHeight, outWidth } = info;
  const { filterHeight, filterWidth } = info;
  nativeOf(backend).share(
    ...([kernel, batchSize * outHeight * outWidth * outChannels * filterHeight * filterWidth] as const),
    ...[batchSize, inHeight, inWidth, inChannels, outChannels / inChannels, filterHeight, filterWidth],
    ...[info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth],
    ...[info.padInfo.top, info.padInfo.left, outHeight, outWidth],
    ...[...inputs, made].map((each) => addressOf(backend, each)),
    ...end,
  );
  return made;
}

function infoOf(tf: Tf, x: readonly number[], filter: readonly number[], attrs: ConvAttrs): ConvInfo {
  const { strides, dilations, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(
    ...([x as Shape4, filter as Shape4, strides, dilations ?? 1, pad, dimRoundingMode, true] as const),
  );
}
