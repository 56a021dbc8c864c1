/** Convolutions of each channel by itself, with `multiplier` filters of its own each. */
import { Few, Four, loadFew } from './few';
import { bytes, least, multiplyAdd, partBegin } from './simd';
import { endInside, firstInside, inputOf, Own, Shared } from './taps';

function activate(y: v128, activation: i32): v128 {
  if (activation == 0) return y;
  y = f32x4.max(y, f32x4.splat(0));
  return activation == 1 ? y : f32x4.min(y, f32x4.splat(6));
}

/**
 * Four channels of one pixel of the output, `i0` .. `i3` where their inputs are; steps in bytes, and `skipped` those of
 * the weights between one row and the next.
 */
function onePixel<Source>(
  x: usize,
  rowStep: usize,
  columnStep: usize,
  weights: usize,
  outPixel: usize,
  skipped: usize,
  rows: i32,
  columns: i32,
  i0: usize,
  i1: usize,
  i2: usize,
  i3: usize,
  count: i32,
  start: v128,
  activation: i32,
  to: usize,
): void {
  const source = changetype<Source>(0);
  let sum = start;
  for (let i = 0; i < rows; i++, x += rowStep, weights += skipped) {
    let at = x;
    for (let j = 0; j < columns; j++, at += columnStep, weights += outPixel)
      sum = multiplyAdd(source.input(at, i0, i1, i2, i3, count), source.load(weights, count), sum);
  }
  source.store(to, activate(sum, activation), count);
}

/** Of four neighbouring pixels, whose windows are `next` bytes apart. */
function fourPixels<Source>(
  x: usize,
  next: usize,
  rowStep: usize,
  columnStep: usize,
  weights: usize,
  outPixel: usize,
  rows: i32,
  columns: i32,
  i0: usize,
  i1: usize,
  i2: usize,
  i3: usize,
  count: i32,
  start: v128,
  activation: i32,
  to: usize,
): void {
  const source = changetype<Source>(0);
  let first = start;
  let second = start;
  let third = start;
  let fourth = start;
  for (let i = 0; i < rows; i++, x += rowStep) {
    let at = x;
    for (let j = 0; j < columns; j++, at += columnStep, weights += outPixel) {
      const w = source.load(weights, count);
      first = multiplyAdd(source.input(at, i0, i1, i2, i3, count), w, first);
      second = multiplyAdd(source.input(at + next, i0, i1, i2, i3, count), w, second);
      third = multiplyAdd(source.input(at + 2 * next, i0, i1, i2, i3, count), w, third);
      fourth = multiplyAdd(source.input(at + 3 * next, i0, i1, i2, i3, count), w, fourth);
    }
  }
  source.store(to, activate(first, activation), count);
  source.store(to + outPixel, activate(second, activation), count);
  source.store(to + 2 * outPixel, activate(third, activation), count);
  source.store(to + 3 * outPixel, activate(fourth, activation), count);
}

/** Four channels of a row of the output; from pixel `inside` on, the windows of `wide` pixels are whole. */
function rowOf<Source>(
  x: usize,
  width: i32,
  pixel: usize,
  next: usize,
  rowStep: usize,
  dilation: i32,
  left: i32,
  stride: i32,
  weights: usize,
  outPixel: usize,
  rows: i32,
  columns: i32,
  i0: usize,
  i1: usize,
  i2: usize,
  i3: usize,
  count: i32,
  start: v128,
  activation: i32,
  outWidth: i32,
  inside: i32,
  wide: i32,
  to: usize,
): void {
  const columnStep = <usize>dilation * pixel;
  for (let c = 0; c < outWidth;) {
    if (c == inside && wide >= 4) {
      for (let done = 0; done < wide; done += 4) {
        // The last four may be some of those before, once more.
        const at = c + least(done, wide - 4);
        const from = x + <usize>(at * stride - left) * pixel;
        const own = to + <usize>at * outPixel;
        fourPixels<Source>(
          from,
          next,
          rowStep,
          columnStep,
          weights,
          outPixel,
          rows,
          columns,
          i0,
          i1,
          i2,
          i3,
          count,
          start,
          activation,
          own,
        );
      }
      c += wide;
      continue;
    }
    const from = c * stride - left;
    const j0 = firstInside(from, dilation);
    const across = max<i32>(0, endInside(from, dilation, width, columns) - j0);
    const corner = x + <usize>(from + j0 * dilation) * pixel;
    const first = weights + <usize>j0 * outPixel;
    const skipped = <usize>(columns - across) * outPixel;
    const own = to + <usize>c * outPixel;
    onePixel<Source>(
      corner,
      rowStep,
      columnStep,
      first,
      outPixel,
      skipped,
      rows,
      across,
      i0,
      i1,
      i2,
      i3,
      count,
      start,
      activation,
      own,
    );
    c++;
  }
}

/** y = activation(x * filter + bias); activation 0 none, 1 relu, 2 relu6; a bias at 0 is none. */
export function depthwise(
  part: i32,
  parts: i32,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  multiplier: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
  x: usize,
  filter: usize,
  y: usize,
  bias: usize,
  activation: i32,
): void {
  const outputs = channels * multiplier;
  const pixel = bytes(channels);
  const row = <usize>width * pixel;
  const outPixel = bytes(outputs);
  const next = <usize>strideWidth * pixel;
  const rowStep = <usize>dilationHeight * row;
  const inside = firstInside(-left, strideWidth);
  const reach = (filterWidth - 1) * dilationWidth - left;
  const wide = max<i32>(0, endInside(reach, strideWidth, width, outWidth) - inside);
  const all = batch * outHeight;
  const last = partBegin(part + 1, parts, all, 1);
  for (let each = partBegin(part, parts, all, 1); each < last; each++) {
    const begin = (each % outHeight) * strideHeight - top;
    const first = firstInside(begin, dilationHeight);
    const rows = max<i32>(0, endInside(begin, dilationHeight, height, filterHeight) - first);
    const from = x + <usize>((each / outHeight) * height + begin + first * dilationHeight) * row;
    const out = y + <usize>(each * outWidth) * outPixel;
    for (let o = 0; o < outputs; o += 4) {
      const at = bytes(o);
      const count = outputs - o;
      const start = bias ? loadFew(bias + at, count, 0) : f32x4.splat(0);
      const weights = filter + <usize>(first * filterWidth) * outPixel + at;
      const i0 = inputOf(o, outputs, multiplier);
      const i1 = inputOf(o + 1, outputs, multiplier);
      const i2 = inputOf(o + 2, outputs, multiplier);
      const i3 = inputOf(o + 3, outputs, multiplier);
      if (multiplier == 1 && count >= 4)
        rowOf<Own<Four>>(
          from,
          width,
          pixel,
          next,
          rowStep,
          dilationWidth,
          left,
          strideWidth,
          weights,
          outPixel,
          rows,
          filterWidth,
          i0,
          i1,
          i2,
          i3,
          count,
          start,
          activation,
          outWidth,
          inside,
          wide,
          out + at,
        );
      else if (multiplier == 1)
        rowOf<Own<Few>>(
          from,
          width,
          pixel,
          next,
          rowStep,
          dilationWidth,
          left,
          strideWidth,
          weights,
          outPixel,
          rows,
          filterWidth,
          i0,
          i1,
          i2,
          i3,
          count,
          start,
          activation,
          outWidth,
          inside,
          wide,
          out + at,
        );
      else if (count >= 4)
        rowOf<Shared<Four>>(
          from,
          width,
          pixel,
          next,
          rowStep,
          dilationWidth,
          left,
          strideWidth,
          weights,
          outPixel,
          rows,
          filterWidth,
          i0,
          i1,
          i2,
          i3,
          count,
          start,
          activation,
          outWidth,
          inside,
          wide,
          out + at,
        );
      else
        rowOf<Shared<Few>>(
          from,
          width,
          pixel,
          next,
          rowStep,
          dilationWidth,
          left,
          strideWidth,
          weights,
          outPixel,
          rows,
          filterWidth,
          i0,
          i1,
          i2,
          i3,
          count,
          start,
          activation,
          outWidth,
          inside,
          wide,
          out + at,
        );
    }
  }
}
