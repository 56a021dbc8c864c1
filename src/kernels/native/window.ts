import type { Tf } from '../register';
import type { SparseWindow } from './sparseCost';

export interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dilations?: number | [number, number] | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
/** What TensorFlow.js works out of a convolution's shapes and attributes. */
export type ConvInfo = ReturnType<Tf['backend_util']['computeConv2DInfo']>;

type Shape4 = [number, number, number, number];

/** Of images (NHWC) and a filter of these shapes; `depthwise` where the filter is of each channel by itself. */
export function infoOf(
  tf: Tf,
  x: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: ConvAttrs,
  depthwise = false,
): ConvInfo {
  return tf.backend_util.computeConv2DInfo(
    ...([x as Shape4, filter as Shape4, strides, dilations ?? 1, pad, dimRoundingMode, depthwise] as const),
  );
}

/** A window as kernels are given it: height and width each of its taps, strides and dilations, then padding before. */
export function windowOf(info: ConvInfo): number[] {
  return [
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
  ];
}

/** The sizes that a kernel of assembly/convolution.ts begins with. */
export function sizesOf(info: ConvInfo): number[] {
  return [
    ...[info.batchSize, info.outChannels, info.inHeight, info.inWidth, info.inChannels],
    ...[info.outHeight, info.outWidth, ...windowOf(info)],
  ];
}

/** Whether every window is one pixel, so that the images as they lie are the matrix. */
export function isPointwise(info: ConvInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const { top, bottom, left, right } = padInfo;
  return filterHeight * filterWidth * strideHeight * strideWidth === 1 && !top && !bottom && !left && !right;
}

/** What of a window the cost of sparse products depends on. */
export function sparseWindowOf(info: ConvInfo): SparseWindow {
  const { filterHeight: lines, inChannels: channels, strideHeight, strideWidth, dilationWidth } = info;
  return { lines, channels, isPlain: strideHeight * strideWidth * dilationWidth === 1 };
}
