/**
 * What operations mean, in float64 and as naive as can be: loops over indices, nothing shared with TensorFlow.js, so
 * that a mistake of the kernels is not repeated here.
 */

/** A dense array, the last axis the fastest. */
export interface Grid {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export type Padding = 'same' | 'valid' | number | readonly (readonly [number, number])[];
export type Activation = 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu' | 'prelu';

/** Strides and dilations have one entry for each spatial axis, explicit paddings one pair. */
export interface Windowing {
  readonly strides: readonly number[];
  readonly pad: Padding;
  readonly dilations?: readonly number[];
}

export interface ResizeOptions {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

const product = (factors: readonly number[]) => factors.reduce((all, each) => all * each, 1);
const at = (values: ArrayLike<number>, index: number) => values[index] as number;

export function grid(shape: readonly number[], values?: ArrayLike<number>): Grid {
  return { shape, values: values ? Float64Array.from(values) : new Float64Array(product(shape)) };
}

function reshaped(x: Grid, shape: readonly number[]): Grid {
  return { shape, values: x.values };
}

function plus(to: Grid, index: number, value: number): void {
  to.values[index] = at(to.values, index) + value;
}

/** One spatial axis under a window. */
interface Axis {
  readonly length: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly positions: number;
}

function axisOf(length: number, window: number, stride: number, dilation: number, pad: AxisPadding): Axis {
  const extent = (window - 1) * dilation + 1;
  const given = { length, window, stride, dilation };
  if (pad === 'same') {
    const positions = Math.ceil(length / stride);
    const padding = Math.max(0, (positions - 1) * stride + extent - length);
    return { ...given, positions, before: Math.floor(padding / 2) };
  }
  const [before, after] = pad === 'valid' ? [0, 0] : typeof pad === 'number' ? [pad, pad] : pad;
  return { ...given, positions: Math.floor((length + before + after - extent) / stride) + 1, before };
}
type AxisPadding = 'same' | 'valid' | number | readonly [number, number];

/** Three spatial axes; two are three whose first has length one. */
function axesOf(
  lengths: readonly number[],
  windows: readonly number[],
  { strides, pad, dilations }: Windowing,
): [Axis, Axis, Axis] {
  const axes = lengths.map((length, i) => {
    const own = typeof pad === 'object' ? (pad[i] as readonly [number, number]) : pad;
    return axisOf(length, at(windows, i), at(strides, i), dilations ? at(dilations, i) : 1, own);
  });
  while (axes.length < 3) axes.unshift(axisOf(1, 1, 1, 1, 'valid'));
  return axes as [Axis, Axis, Axis];
}

/** The taps of one window position that are inside the axis: which tap, and where it looks. */
function reach(axis: Axis, position: number): [tap: number, index: number][] {
  const found: [number, number][] = [];
  for (let tap = 0; tap < axis.window; tap++) {
    const index = position * axis.stride - axis.before + tap * axis.dilation;
    if (index >= 0 && index < axis.length) found.push([tap, index]);
  }
  return found;
}

/** Calls back for each pair of output pixel and reached input pixel; pixel numbers exclude channels. */
function slide(
  batch: number,
  [planes, rows, columns]: readonly [Axis, Axis, Axis],
  visit: (output: number, input: number, tap: number) => void,
): void {
  const reaches = [planes, rows, columns].map((axis) =>
    Array.from({ length: axis.positions }, (_, position) => reach(axis, position)),
  ) as [[number, number][][], [number, number][][], [number, number][][]];
  let output = 0;
  for (let n = 0; n < batch; n++)
    for (const inPlanes of reaches[0])
      for (const inRows of reaches[1])
        for (const inColumns of reaches[2]) {
          for (const [a, p] of inPlanes)
            for (const [b, r] of inRows)
              for (const [c, s] of inColumns)
                visit(
                  output,
                  ((n * planes.length + p) * rows.length + r) * columns.length + s,
                  (a * rows.window + b) * columns.window + c,
                );
          output++;
        }
}

/** Channels last, any number of spatial axes up to three; the filter as [...window, inChannels, outChannels]. */
function convolution(x: Grid, filter: Grid, windowing: Windowing): Grid {
  const [batch = 1] = x.shape;
  const [inChannels = 1, outChannels = 1] = filter.shape.slice(-2);
  const axes = axesOf(x.shape.slice(1, -1), filter.shape.slice(0, -2), windowing);
  const spatial = axes.slice(3 - (x.shape.length - 2)).map((axis) => axis.positions);
  const y = grid([batch, ...spatial, outChannels]);
  slide(batch, axes, (output, input, tap) => {
    for (let i = 0; i < inChannels; i++)
      for (let o = 0; o < outChannels; o++)
        plus(
          y,
          output * outChannels + o,
          at(x.values, input * inChannels + i) * at(filter.values, (tap * inChannels + i) * outChannels + o),
        );
  });
  return y;
}

/** NHWC, filter [height, width, inChannels, outChannels]. */
export function conv2d(x: Grid, filter: Grid, windowing: Windowing): Grid {
  return convolution(x, filter, windowing);
}

/** NDHWC, filter [depth, height, width, inChannels, outChannels]. */
export function conv3d(x: Grid, filter: Grid, windowing: Windowing): Grid {
  return convolution(x, filter, windowing);
}

/** Filter [height, width, channels, multiplier]; output channel c * multiplier + m. */
export function depthwiseConv2d(x: Grid, filter: Grid, windowing: Windowing): Grid {
  const [batch = 1] = x.shape;
  const [channels = 1, multiplier = 1] = filter.shape.slice(-2);
  const axes = axesOf(x.shape.slice(1, -1), filter.shape.slice(0, 2), windowing);
  const y = grid([batch, axes[1].positions, axes[2].positions, channels * multiplier]);
  slide(batch, axes, (output, input, tap) => {
    for (let c = 0; c < channels; c++)
      for (let m = 0; m < multiplier; m++)
        plus(
          y,
          (output * channels + c) * multiplier + m,
          at(x.values, input * channels + c) * at(filter.values, (tap * channels + c) * multiplier + m),
        );
  });
  return y;
}

export function separableConv2d(x: Grid, depthwise: Grid, pointwise: Grid, windowing: Windowing): Grid {
  return conv2d(depthwiseConv2d(x, depthwise, windowing), pointwise, { strides: [1, 1], pad: 'valid' });
}

/** What a convolution from `outputShape` would have read from where `x` is, written there; filter [h, w, out, in]. */
export function conv2dTranspose(
  x: Grid,
  filter: Grid,
  outputShape: readonly number[],
  windowing: Windowing,
): Grid {
  const [outChannels = 1, inChannels = 1] = filter.shape.slice(-2);
  const y = grid(outputShape);
  const axes = axesOf(outputShape.slice(1, -1), filter.shape.slice(0, 2), windowing);
  slide(outputShape[0] ?? 1, axes, (from, to, tap) => {
    for (let o = 0; o < outChannels; o++)
      for (let i = 0; i < inChannels; i++)
        plus(
          y,
          to * outChannels + o,
          at(x.values, from * inChannels + i) * at(filter.values, (tap * outChannels + o) * inChannels + i),
        );
  });
  return y;
}

/** Max or average (over the real positions of a window only), of two or three spatial axes. */
export function pool(kind: 'max' | 'avg', x: Grid, windows: readonly number[], windowing: Windowing): Grid {
  const [batch = 1] = x.shape;
  const channels = x.shape.at(-1) as number;
  const axes = axesOf(x.shape.slice(1, -1), windows, windowing);
  const spatial = axes.slice(3 - windows.length).map((axis) => axis.positions);
  const y = grid([batch, ...spatial, channels]);
  const counts = new Float64Array(y.values.length);
  if (kind === 'max') y.values.fill(-Infinity);
  slide(batch, axes, (output, input) => {
    for (let c = 0; c < channels; c++) {
      const value = at(x.values, input * channels + c);
      const to = output * channels + c;
      counts[to] = at(counts, to) + 1;
      y.values[to] = kind === 'max' ? Math.max(at(y.values, to), value) : at(y.values, to) + value;
    }
  });
  return kind === 'max' ? y : { ...y, values: y.values.map((sum, i) => sum / at(counts, i)) };
}

/** [batch, rows, columns] each, before transposing; a batch of one goes with any. */
export function matMul(a: Grid, b: Grid, transposeA: boolean, transposeB: boolean): Grid {
  const [batchA = 1, rowsA = 1, columnsA = 1] = a.shape;
  const [batchB = 1, rowsB = 1, columnsB = 1] = b.shape;
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const y = grid([Math.max(batchA, batchB), m, n]);
  for (let batch = 0; batch < at(y.shape, 0); batch++) {
    const startA = (batchA === 1 ? 0 : batch) * rowsA * columnsA;
    const startB = (batchB === 1 ? 0 : batch) * rowsB * columnsB;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++)
          sum +=
            at(a.values, startA + (transposeA ? l * columnsA + i : i * columnsA + l)) *
            at(b.values, startB + (transposeB ? j * columnsB + l : l * columnsB + j));
        y.values[(batch * m + i) * n + j] = sum;
      }
  }
  return y;
}

/** Adds one number for each of the last axis, then applies the activation. */
export function biasAndActivation(
  x: Grid,
  bias: Grid | undefined,
  activation: Activation,
  slopes?: Grid,
): Grid {
  const channels = x.shape.at(-1) as number;
  const values = x.values.map((value, i) => {
    const channel = i % channels;
    const slope = slopes ? at(slopes.values, slopes.values.length === 1 ? 0 : channel) : 0;
    return activated(value + (bias ? at(bias.values, channel) : 0), activation, slope);
  });
  return { shape: x.shape, values };
}

function activated(x: number, activation: Activation, slope: number): number {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return Math.max(0, x);
    case 'relu6':
      return Math.min(6, Math.max(0, x));
    case 'elu':
      return x < 0 ? Math.exp(x) - 1 : x;
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'leakyrelu':
    case 'prelu':
      return x < 0 ? slope * x : x;
  }
}

/** Rows of `x` (along its first axis) summed by id; rows with an id outside of [0, count) are dropped. */
export function unsortedSegmentSum(x: Grid, ids: ArrayLike<number>, count: number): Grid {
  const rest = x.shape.slice(1);
  const row = product(rest);
  const y = grid([count, ...rest]);
  for (let r = 0; r < ids.length; r++)
    if (at(ids, r) >= 0 && at(ids, r) < count)
      for (let i = 0; i < row; i++) plus(y, at(ids, r) * row + i, at(x.values, r * row + i));
  return y;
}

export function gather(
  x: Grid,
  indices: ArrayLike<number>,
  indexShape: readonly number[],
  axis: number,
): Grid {
  const outer = product(x.shape.slice(0, axis));
  const inner = product(x.shape.slice(axis + 1));
  const length = at(x.shape, axis);
  const y = grid([...x.shape.slice(0, axis), ...indexShape, ...x.shape.slice(axis + 1)]);
  let next = 0;
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < indices.length; k++)
      for (let i = 0; i < inner; i++)
        y.values[next++] = at(x.values, (o * length + at(indices, k)) * inner + i);
  return y;
}

/** Where in an axis of `from` pixels each of `to` pixels looks, as a fraction. */
function looks(from: number, to: number, { alignCorners, halfPixelCenters }: ResizeOptions): number[] {
  return Array.from({ length: to }, (_, i) => {
    if (alignCorners && to > 1) return (i * (from - 1)) / (to - 1);
    return halfPixelCenters ? ((i + 0.5) * from) / to - 0.5 : (i * from) / to;
  });
}

/** The nearest pixel: rounded with aligned corners, else the one whose area the place falls into. */
export function resizeNearest(x: Grid, size: readonly [number, number], options: ResizeOptions): Grid {
  return resized(x, size, options, (place, length) => {
    const index = options.alignCorners
      ? Math.round(place)
      : Math.floor(place + (options.halfPixelCenters ? 0.5 : 0));
    return [[Math.min(length - 1, Math.max(0, index)), 1]];
  });
}

export function resizeBilinear(x: Grid, size: readonly [number, number], options: ResizeOptions): Grid {
  return resized(x, size, options, (place, length) => {
    const inside = Math.min(length - 1, Math.max(0, place));
    const below = Math.floor(inside);
    return [
      [below, 1 - (inside - below)],
      [Math.min(length - 1, below + 1), inside - below],
    ];
  });
}

function resized(
  x: Grid,
  [tall, wide]: readonly [number, number],
  options: ResizeOptions,
  weigh: (place: number, length: number) => [index: number, weight: number][],
): Grid {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const y = grid([batch, tall, wide, channels]);
  const rows = looks(height, tall, options).map((place) => weigh(place, height));
  const columns = looks(width, wide, options).map((place) => weigh(place, width));
  let next = 0;
  for (let n = 0; n < batch; n++)
    for (const inRow of rows)
      for (const inColumn of columns)
        for (let c = 0; c < channels; c++) {
          for (const [r, weight] of inRow)
            for (const [s, share] of inColumn)
              plus(y, next, weight * share * at(x.values, ((n * height + r) * width + s) * channels + c));
          next++;
        }
  return y;
}

/** One or two operands, one letter for each axis, none twice in a term: `einsum('ij,jk->ik', a, b)`. */
export function einsum(equation: string, ...operands: readonly Grid[]): Grid {
  const [given = '', result = ''] = equation.split('->');
  const terms = given.split(',');
  const lengths = new Map<string, number>();
  terms.forEach((term, k) =>
    [...term].forEach((name, i) => lengths.set(name, at((operands[k] as Grid).shape, i))),
  );
  const names = [...lengths.keys()];
  const index = new Map<string, number>();
  const y = grid([...result].map((name) => lengths.get(name) as number));
  const place = (term: string) =>
    [...term].reduce((so, name) => so * (lengths.get(name) as number) + (index.get(name) as number), 0);
  const descend = (depth: number): void => {
    const name = names[depth];
    if (name === undefined) {
      const factors = operands.map(({ values }, k) => at(values, place(terms[k] ?? '')));
      plus(y, place(result), product(factors));
      return;
    }
    for (let i = 0; i < (lengths.get(name) as number); i++) {
      index.set(name, i);
      descend(depth + 1);
    }
  };
  descend(0);
  return y;
}

/** What `f` makes of each pair; an axis of one, or one that is missing in front, stands for many. */
export function pairwise(f: (a: number, b: number) => number, a: Grid, b: Grid): Grid {
  const rank = Math.max(a.shape.length, b.shape.length);
  const sizeOf = ({ shape }: Grid, axis: number) => shape[axis - rank + shape.length] ?? 1;
  const y = grid(Array.from({ length: rank }, (_, axis) => Math.max(sizeOf(a, axis), sizeOf(b, axis))));
  const values = y.values.map((_, i) => {
    const place = (of: Grid) => {
      let [rest, step, found] = [i, 1, 0];
      for (let axis = rank - 1; axis >= 0; axis--) {
        const own = sizeOf(of, axis);
        if (own > 1) found += step * (rest % own);
        rest = Math.floor(rest / at(y.shape, axis));
        step *= own;
      }
      return found;
    };
    return f(at(a.values, place(a)), at(b.values, place(b)));
  });
  return { shape: y.shape, values };
}

/** Sums along an axis of each number and those before it, or of these alone; reversed: from the end. */
export function runningSum(x: Grid, axis: number, exclusive: boolean, reverse: boolean): Grid {
  const count = at(x.shape, axis);
  const inner = product(x.shape.slice(axis + 1));
  const values = x.values.map((_, i) => {
    const own = Math.floor(i / inner) % count;
    let sum = 0;
    for (let other = 0; other < count; other++) {
      const isBefore = reverse ? other > own : other < own;
      if (isBefore || (other === own && !exclusive)) sum += at(x.values, i + (other - own) * inner);
    }
    return sum;
  });
  return { shape: x.shape, values };
}

/** The gradient of sum(f(x) * dy) with respect to x, by central differences. */
export function numericGradient(f: (x: Grid) => Grid, x: Grid, dy: Grid): Grid {
  const step = 1e-6;
  const values = x.values.slice();
  const moved = reshaped({ ...x, values }, x.shape);
  const weighed = () => f(moved).values.reduce((sum, value, i) => sum + value * at(dy.values, i), 0);
  const gradient = x.values.map((value, i) => {
    values[i] = value + step;
    const above = weighed();
    values[i] = value - step;
    const below = weighed();
    values[i] = value;
    return (above - below) / (2 * step);
  });
  return { shape: x.shape, values: gradient };
}
