import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { fused, type FusedAttrs } from './fused';
import { addressesOf, addressOf, nativeOf, output } from './native';
import { infoOf, windowOf, type ConvAttrs, type ConvInfo } from './window';

/** Convolutions of each channel by itself, and both their gradients. */
export function registerDepthwise(tf: Tf, backend: string): void {
  replaceKernel<ConvAttrs>(tf, backend, 'DepthwiseConv2dNative', (call) => convolve(tf, call));
  replaceKernel<ConvAttrs & FusedAttrs>(tf, backend, 'FusedDepthwiseConv2D', (call) =>
    fusedConvolve(tf, call),
  );
  replaceKernel<ConvAttrs & { readonly filterShape: number[] }>(
    tf,
    backend,
    'DepthwiseConv2dNativeBackpropFilter',
    ({ inputs, attrs, backend: own }) => {
      const { x, dy } = inputs as { x: Tensor; dy: Tensor };
      const info = infoOf(tf, x.shape, attrs.filterShape, attrs, true);
      return run(own, 'depthwiseFilterGradient', info, [x, dy], attrs.filterShape);
    },
  );
  replaceKernel<ConvAttrs & { readonly inputShape: number[] }>(
    tf,
    backend,
    'DepthwiseConv2dNativeBackpropInput',
    ({ inputs, attrs, backend: own }) => {
      const { dy, filter } = inputs as { dy: Tensor; filter: Tensor };
      const info = infoOf(tf, attrs.inputShape, filter.shape, attrs, true);
      return run(own, 'depthwiseInputGradient', info, [dy, filter], attrs.inputShape);
    },
  );
}

function fusedConvolve(tf: Tf, call: Call<ConvAttrs & FusedAttrs>): tfjs.TensorInfo {
  const [, , channels = 1, multiplier = 1] = call.inputs.filter?.shape ?? [];
  const isRow = (bias: Tensor) => bias.size === channels * multiplier;
  return fused(tf, call, isRow, (bias, activation) => convolve(tf, call, bias, activation));
}

function convolve(
  tf: Tf,
  { inputs, attrs, backend }: Call<ConvAttrs>,
  bias?: Tensor,
  activation = 0,
): tfjs.TensorInfo {
  const { x, filter } = inputs as { x: Tensor; filter: Tensor };
  const info = infoOf(tf, x.shape, filter.shape, attrs, true);
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
    ...[batchSize, inHeight, inWidth, inChannels, outChannels / inChannels],
    ...[...windowOf(info), outHeight, outWidth],
    ...addressesOf(backend, ...inputs, made),
    ...end,
  );
  return made;
}
