import type * as tfjs from '@tensorflow/tfjs';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { asTensor, fused, type FusedAttrs } from './fused';
import { addressesOf, addressOf, nativeOf, output } from './native';
import { infoOf, isPointwise, sizesOf, type ConvAttrs, type ConvInfo } from './window';

interface ImageAttrs extends ConvAttrs {
  readonly dataFormat: 'NHWC' | 'NCHW';
}
type FilterGradientAttrs = ImageAttrs & { readonly filterShape: number[] };
type InputGradientAttrs = ImageAttrs & { readonly inputShape: number[] };

/** Convolutions of images and both their gradients. */
export function registerConvolutions(tf: Tf, backend: string): void {
  replaceKernel<ImageAttrs>(tf, backend, 'Conv2D', (call) =>
    channelsLast(tf, call, ['x'], (nhwc) => convolve(tf, nhwc)),
  );
  replaceKernel<ImageAttrs & FusedAttrs>(tf, backend, 'FusedConv2D', (call) =>
    channelsLast(tf, call, ['x'], (nhwc) => fusedConvolve(tf, nhwc)),
  );
  replaceKernel<FilterGradientAttrs>(tf, backend, 'Conv2DBackpropFilter', (call) =>
    call.attrs.dataFormat === 'NCHW'
      ? tf.tidy(() => asTensor(tf, filterGradient(tf, turned(tf, call, ['x', 'dy']))))
      : filterGradient(tf, call),
  );
  replaceKernel<InputGradientAttrs>(tf, backend, 'Conv2DBackpropInput', (call) =>
    channelsLast(tf, call, ['dy'], (nhwc) => inputGradient(tf, nhwc)),
  );
}

function fusedConvolve(tf: Tf, call: Call<ConvAttrs & FusedAttrs>): tfjs.TensorInfo {
  const isRow = (bias: Tensor) => bias.size === call.inputs.filter?.shape[3];
  return fused(tf, call, isRow, (bias, activation) => convolve(tf, call, bias, activation));
}

function convolve(
  tf: Tf,
  { inputs, attrs, backend }: Call<ConvAttrs>,
  bias?: Tensor,
  activation = 0,
): tfjs.TensorInfo {
  const { x, filter } = inputs as { x: Tensor; filter: Tensor };
  const info = infoOf(tf, x.shape, filter.shape, attrs);
  const y = output(backend, info.outShape);
  const native = nativeOf(backend);
  const [from, by, to] = addressesOf(backend, x, filter, y);
  const end = [bias ? addressOf(backend, bias) : 0, activation, native.scratch];
  const work = operations(info);
  if (isPointwise(info)) {
    const [pixels, channels, filters] = matrixSizes(info);
    native.share(
      ...(['gemm', work, 1, pixels, filters, channels] as const),
      ...[from, 0, channels, 1, by, 0, filters, 1, to, 0, ...end],
    );
  } else native.share('convolution', work, ...sizesOf(info), from, by, to, ...end);
  return y;
}

function filterGradient(tf: Tf, { inputs, attrs, backend }: Call<FilterGradientAttrs>): tfjs.TensorInfo {
  const { x, dy } = inputs as { x: Tensor; dy: Tensor };
  const info = infoOf(tf, x.shape, attrs.filterShape, attrs);
  const gradient = output(backend, attrs.filterShape);
  const native = nativeOf(backend);
  const [from, by, to] = addressesOf(backend, x, dy, gradient);
  const work = operations(info);
  if (isPointwise(info)) {
    const [pixels, channels, filters] = matrixSizes(info);
    native.share(
      ...(['gemm', work, 1, channels, filters, pixels] as const),
      ...[from, 0, 1, channels, by, 0, filters, 1, to, 0, 0, 0, native.scratch],
    );
  } else native.share('convolutionFilterGradient', work, ...sizesOf(info), from, by, to, native.scratch);
  return gradient;
}

function inputGradient(tf: Tf, { inputs, attrs, backend }: Call<InputGradientAttrs>): tfjs.TensorInfo {
  const { dy, filter } = inputs as { dy: Tensor; filter: Tensor };
  const info = infoOf(tf, attrs.inputShape, filter.shape, attrs);
  const gradient = output(backend, attrs.inputShape);
  const native = nativeOf(backend);
  const [from, by, to] = addressesOf(backend, dy, filter, gradient);
  const work = operations(info);
  if (isPointwise(info)) {
    const [pixels, channels, filters] = matrixSizes(info);
    native.share(
      ...(['gemm', work, 1, pixels, channels, filters] as const),
      ...[from, 0, filters, 1, by, 0, 1, filters, to, 0, 0, 0, native.scratch],
    );
  } else native.share('convolutionInputGradient', work, ...sizesOf(info), from, by, to, native.scratch);
  return gradient;
}

function matrixSizes(info: ConvInfo): [pixels: number, channels: number, filters: number] {
  return [info.batchSize * info.outHeight * info.outWidth, info.inChannels, info.outChannels];
}

function operations(info: ConvInfo): number {
  const [pixels, channels, filters] = matrixSizes(info);
  return pixels * channels * filters * info.filterHeight * info.filterWidth;
}

/** Runs a kernel on images whose channels come last, and turns what it makes back where they came first. */
function channelsLast<A extends ImageAttrs>(
  tf: Tf,
  call: Call<A>,
  images: readonly string[],
  run: (call: Call<A>) => tfjs.TensorInfo,
): tfjs.TensorInfo {
  if (call.attrs.dataFormat !== 'NCHW') return run(call);
  return tf.tidy(() => tf.transpose(asTensor(tf, run(turned(tf, call, images))), [0, 3, 1, 2]));
}

function turned<A extends ImageAttrs>(tf: Tf, call: Call<A>, images: readonly string[]): Call<A> {
  const { inputShape } = call.attrs as Partial<InputGradientAttrs>;
  const [n, c, h, w] = inputShape ?? [];
  return {
    ...call,
    inputs: {
      ...call.inputs,
      ...Object.fromEntries(
        images.map((name) => [name, tf.transpose(call.inputs[name] as Tensor, [0, 2, 3, 1])]),
      ),
    },
    attrs: { ...call.attrs, dataFormat: 'NHWC', ...(inputShape && { inputShape: [n, h, w, c] }) },
  };
}
