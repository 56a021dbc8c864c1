import type { Call, Tensor, Tf } from './register';

export interface PoolAttrs {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** One spatial axis of a pool: window, stride, padding before, lengths of input and output. */
export interface PoolAxis {
  readonly window: number;
  readonly stride: number;
  readonly before: number;
  readonly length: number;
  readonly positions: number;
}

/** Of images, the first axis is one plane. */
export interface Pool {
  readonly batch: number;
  readonly channels: number;
  readonly axes: readonly [PoolAxis, PoolAxis, PoolAxis];
}

/** The pool of `inputs.input`: images or volumes with their channels last. */
export function poolOf(tf: Tf, { inputs, attrs }: Call<PoolAttrs>): Pool {
  const { shape } = inputs.input as Tensor;
  // Where a window is smaller than the stride, TensorFlow.js takes the padding of a volume as negative.
  const axes = poolAxes(tf, shape, attrs).map((axis) => ({ ...axis, before: Math.max(0, axis.before) }));
  if (axes.length === 2) axes.unshift({ window: 1, stride: 1, before: 0, length: 1, positions: 1 });
  return { batch: shape[0] ?? 0, channels: shape.at(-1) ?? 0, axes: axes as [PoolAxis, PoolAxis, PoolAxis] };
}

/** The spatial axes of a pool, with paddings as TensorFlow.js takes them. */
export function poolAxes(tf: Tf, shape: readonly number[], attrs: PoolAttrs): PoolAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const { computePool2DInfo, computePool3DInfo } = tf.backend_util;
  const [images, filter, step] = [shape as never, filterSize as never, strides as never];
  const volume =
    shape.length === 5 ? computePool3DInfo(images, filter, step, 1, pad, dimRoundingMode) : undefined;
  const info = volume ?? computePool2DInfo(images, filter, step, 1, pad, dimRoundingMode);
  const axis = (
    window: number,
    stride: number,
    before: number,
    length: number,
    positions: number,
  ): PoolAxis => ({ window, stride, before, length, positions });
  const { top, left } = info.padInfo;
  return [
    ...(volume
      ? [
          axis(
            volume.effectiveFilterDepth,
            volume.strideDepth,
            volume.padInfo.front,
            volume.inDepth,
            volume.outDepth,
          ),
        ]
      : []),
    axis(info.effectiveFilterHeight, info.strideHeight, top, info.inHeight, info.outHeight),
    axis(info.effectiveFilterWidth, info.strideWidth, left, info.inWidth, info.outWidth),
  ];
}
