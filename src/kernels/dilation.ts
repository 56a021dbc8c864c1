import { marginTo, withMargins, type Margin } from './geometry';
import { product } from './native/items';
import type { Tensor, Tf } from './register';

/** One spatial axis of a convolution of stride one. */
export interface Axis {
  readonly dilation: number;
  /** Rows of the filter. */
  readonly filter: number;
  /** Rows of zeros in front of the input. */
  readonly before: number;
  readonly input: number;
  readonly output: number;
}

export function axis(dilation: number, filter: number, before: number, input: number, output: number): Axis {
  return { dilation, filter, before, input, output };
}

type Shape5 = [number, number, number, number, number];

export function spatialAxes3D(
  tf: Tf,
  x: Tensor,
  filter: Tensor,
  dilations: number | [number, number, number],
  pad: 'valid' | 'same',
): Axis[] {
  const info = tf.backend_util.computeConv3DInfo(
    x.shape as Shape5,
    filter.shape as Shape5,
    1,
    dilations,
    pad,
  );
  const { front, top, left } = info.padInfo;
  return [
    axis(info.dilationDepth, info.filterDepth, front, info.inDepth, info.outDepth),
    axis(info.dilationHeight, info.filterHeight, top, info.inHeight, info.outHeight),
    axis(info.dilationWidth, info.filterWidth, left, info.inWidth, info.outWidth),
  ];
}

interface Convolution {
  /** [batch, ...space, channels] */
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly axes: readonly Axis[];
}

/** Kernels that give the gradients of a convolution without dilation. */
interface Plain {
  readonly filterGradient: (x: Tensor, dy: Tensor) => Tensor;
  readonly inputGradient: (dy: Tensor, inputShape: number[]) => Tensor;
}

/**
 * Gradients of a convolution whose filter reads only every d-th row. Each phase of the input, that is the rows i, i + d,
 * i + 2d, ..., meets the filter as in a convolution without dilation and makes one phase of the output (the "algorithme a
 * trous": Shensa 1992; Chen et al. 2017, section 3.1). So phases become examples of a batch, and the multiplications are
 * those of the dilated convolution, but for the rows that fill up the last phases.
 */
export function dilatedGradients(tf: Tf, { x, dy, axes }: Convolution, plain: Plain) {
  const dilations = axes.map(({ dilation }) => dilation);
  const margins = axes.map(marginsOf);
  const gradientPhases = () => {
    const filled = axes.map((each): Margin => [0, filledRows(each) - each.output]);
    return phases(tf, around(tf, dy, filled), dilations);
  };
  return {
    filter: () => plain.filterGradient(phases(tf, around(tf, x, margins), dilations), gradientPhases()),
    x: () => {
      const [batch = 1, channels = 1] = [x.shape[0], x.shape.at(-1)];
      const many = batch * product(dilations);
      const rows = axes.map((each) => filledRows(each) / each.dilation + each.filter - 1);
      const dx = plain.inputGradient(gradientPhases(), [many, ...rows, channels]);
      const cropped = margins.map(([front, back]): Margin => [-front, -back]);
      return around(tf, merged(tf, dx, dilations), cropped);
    },
  };
}

/** The convolution itself, likewise; `convolve` is one of stride one without padding or dilation. */
export function dilatedConvolution(
  tf: Tf,
  x: Tensor,
  axes: readonly Axis[],
  convolve: (x: Tensor) => Tensor,
): Tensor {
  const dilations = axes.map(({ dilation }) => dilation);
  const made = convolve(phases(tf, around(tf, x, axes.map(marginsOf)), dilations));
  const surplus = axes.map((each): Margin => [0, each.output - filledRows(each)]);
  return around(tf, merged(tf, made, dilations), surplus);
}

/** Rows of output, as many in each phase. */
function filledRows({ dilation, output }: Axis): number {
  return Math.ceil(output / dilation) * dilation;
}

/** Around the input, so that it has the rows which the filled output meets. */
function marginsOf(each: Axis): Margin {
  const { dilation, filter, before, input } = each;
  return marginTo(filledRows(each) + (filter - 1) * dilation, input, before);
}

/** With margins around the space; last axis and channels as one, since WebGPU pads and crops four axes at most. */
function around(tf: Tf, x: Tensor, margins: readonly Margin[]): Tensor {
  const [width = 1, channels = 1] = x.shape.slice(-2);
  const rows = x.shape.slice(0, -2);
  const [before = 0, after = 0] = margins.at(-1) ?? [];
  const inner = [...margins.slice(0, -1), [before * channels, after * channels] as const];
  const y = withMargins(tf, tf.reshape(x, [...rows, width * channels]), [[0, 0], ...inner]);
  return tf.reshape(y, [...y.shape.slice(0, -1), before + width + after, channels]);
}

/** [n, ...space, c] to [d1 d2 ... n, space1 / d1, space2 / d2, ..., c]: every d-th row of each axis is an example. */
function phases(tf: Tf, x: Tensor, dilations: readonly number[]): Tensor {
  let y = x;
  dilations.forEach((dilation, k) => {
    if (dilation === 1) return;
    const { batch, before, length, after } = aroundAxis(y, k + 1);
    const split = tf.reshape(y, [batch, before, length / dilation, dilation, after]);
    const shape = [...y.shape];
    shape[0] = dilation * batch;
    shape[k + 1] = length / dilation;
    y = tf.reshape(tf.transpose(split, [3, 0, 1, 2, 4]), shape);
  });
  return y;
}

/** The inverse of {@link phases}. */
function merged(tf: Tf, x: Tensor, dilations: readonly number[]): Tensor {
  let y = x;
  for (const [k, dilation] of [...dilations.entries()].reverse()) {
    if (dilation === 1) continue;
    const { batch, before, length, after } = aroundAxis(y, k + 1);
    const split = tf.reshape(y, [dilation, batch / dilation, before, length, after]);
    const shape = [...y.shape];
    shape[0] = batch / dilation;
    shape[k + 1] = length * dilation;
    y = tf.reshape(tf.transpose(split, [1, 2, 3, 0, 4]), shape);
  }
  return y;
}

function aroundAxis({ shape }: Tensor, axis: number) {
  return {
    batch: shape[0] ?? 1,
    before: product(shape.slice(1, axis)),
    length: shape[axis] ?? 1,
    after: product(shape.slice(axis + 1)),
  };
}
