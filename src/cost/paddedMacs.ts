import { inputOf, rules, type CostedKernel } from './kernel';
import { matrixMacs } from './matrixMacs';

/** Zeros on either side of a dimension. */
export type Padding = readonly [before: number, after: number];

/** A convolution's shapes, whichever of its three kernels (forward, gradient of input or filter) it is. */
interface Convolution {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly filter: readonly number[];
}

const convolutions: Readonly<Record<string, (kernel: CostedKernel) => Convolution>> = {
  ...rules(
    ['Conv2D', 'FusedConv2D', 'Conv3D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'],
    (kernel) => ({
      input: inputOf(kernel, 0).shape,
      filter: inputOf(kernel, 1).shape,
      output: kernel.outputs[0]?.shape ?? [],
    }),
  ),
  ...rules(
    ['Conv2DBackpropInput', 'Conv3DBackpropInputV2', 'DepthwiseConv2dNativeBackpropInput'],
    (kernel) => ({
      input: kernel.outputs[0]?.shape ?? [],
      filter: inputOf(kernel, 1).shape,
      output: inputOf(kernel, 0).shape,
    }),
  ),
  ...rules(
    ['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2', 'DepthwiseConv2dNativeBackpropFilter'],
    (kernel) => ({
      input: inputOf(kernel, 0).shape,
      filter: kernel.attrs.filterShape as number[],
      output: inputOf(kernel, 1).shape,
    }),
  ),
};

/**
 * Multiply-accumulates as {@link matrixMacs}, but of a convolution only those that meet the image and not the zeros
 * around it, as XLA's cost analysis counts.
 *
 * @param zeros the zeros that the input of the convolution already carries around it, one pair a dimension
 */
export function paddedMacs(kernel: CostedKernel, zeros?: readonly Padding[]): number | undefined {
  const convolution = convolutions[kernel.kernel]?.(kernel);
  const macs = matrixMacs(kernel);
  if (!convolution || macs === undefined || macs === 0) return macs;
  const { input, output, filter } = convolution;
  const axes = input.length - 2;
  const first = kernel.attrs.dataFormat === 'NCHW' ? 2 : 1;
  let inside = 1;
  let all = 1;
  for (let axis = 0; axis < axes; axis++) {
    const length = input[first + axis] ?? 1;
    const positions = output[first + axis] ?? 1;
    const taps = filter[axis] ?? 1;
    const stride = each(kernel.attrs.strides, axis);
    const dilation = each(kernel.attrs.dilations, axis);
    const before = paddingBefore(kernel.attrs.pad, first + axis, {
      length,
      positions,
      taps,
      stride,
      dilation,
    });
    const [zerosBefore, zerosAfter] = zeros?.[first + axis] ?? [0, 0];
    inside *= meetings(
      positions,
      taps,
      stride,
      dilation,
      zerosBefore + before,
      length - zerosBefore - zerosAfter,
    );
    all *= positions * taps;
  }
  return (macs / all) * inside;
}

/** Pairs of an output position and a filter tap that fall on one of `length` real positions. */
function meetings(
  positions: number,
  taps: number,
  stride: number,
  dilation: number,
  before: number,
  length: number,
): number {
  let count = 0;
  for (let tap = 0; tap < taps; tap++) {
    // The positions o with 0 <= o * stride + tap * dilation - before < length.
    const from = Math.max(0, Math.ceil((before - tap * dilation) / stride));
    const to = Math.min(positions - 1, Math.floor((length - 1 + before - tap * dilation) / stride));
    count += Math.max(0, to - from + 1);
  }
  return count;
}

function paddingBefore(
  pad: unknown,
  axis: number,
  of: { length: number; positions: number; taps: number; stride: number; dilation: number },
): number {
  if (typeof pad === 'number') return pad;
  if (Array.isArray(pad)) return (pad as number[][])[axis]?.[0] ?? 0;
  if (pad !== 'same') return 0;
  const covered = (of.positions - 1) * of.stride + (of.taps - 1) * of.dilation + 1;
  return Math.floor(Math.max(0, covered - of.length) / 2);
}

/** An attribute that is one number for all axes, or one for each. */
function each(value: unknown, axis: number): number {
  return Array.isArray(value) ? ((value as number[])[axis] ?? 1) : ((value as number | undefined) ?? 1);
}
