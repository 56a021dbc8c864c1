/** Convolutions of each channel by itself, with `multiplier` filters of its own each. */
import { Few, Four, loadFew } from './few';
import { bytes, least, multiplyAdd, partBegin } from './simd';
import { count, endInside, firstInside, input1, input2, input3, Own, setOutputs, Shared } from './taps';
import { dilationWidth, left, outWidth, setWindow, strideWidth, width, windowWidth } from './window';

/** Bytes between pixels of the image, the windows of neighbouring outputs, taps, lines of taps, and outputs. */
let pixel: usize = 0;
let next: usize = 0;
let columnStep: usize = 0;
let rowStep: usize = 0;
let outPixel: usize = 0;
/** Lines of the window that are inside the image, and the windows that are wholly so along a line: from which, and how many. */
let rows: i32 = 0;
let inside: i32 = 0;
let wide: i32 = 0;
/** What sums begin with, and what is done to them: 0 nothing, 1 relu, 2 relu6. */
let start: v128 = i32x4(0, 0, 0, 0);
let activation: i32 = 0;

function activate(y: v128): v128 {
  if (activation == 0) return y;
  y = f32x4.max(y, f32x4.splat(0));
  return activation == 1 ? y : f32x4.min(y, f32x4.splat(6));
}

/** Four channels of one pixel of the output, of so many columns of the window: the weights of the others are skipped. */
function onePixel<Source>(x: usize, weights: usize, columns: i32, to: usize): void {
  const source = changetype<Source>(0);
  const i1 = input1;
  const i2 = input2;
  const i3 = input3;
  const skipped = <usize>(windowWidth - columns) * outPixel;
  let sum = start;
  for (let i = rows; i > 0; i--, x += rowStep, weights += skipped) {
    let at = x;
    for (let j = columns; j > 0; j--, at += columnStep, weights += outPixel)
      sum = multiplyAdd(source.input(at, i1, i2, i3), source.load(weights), sum);
  }
  source.store(to, activate(sum));
}

/** Of four neighbouring pixels with whole windows. */
function fourPixels<Source>(x: usize, weights: usize, to: usize): void {
  const source = changetype<Source>(0);
  const i1 = input1;
  const i2 = input2;
  const i3 = input3;
  const columns = windowWidth;
  const right = columnStep;
  const step = outPixel;
  const x1 = next;
  const x2 = x1 << 1;
  const x3 = x1 + x2;
  let first = start;
  let second = first;
  let third = first;
  let fourth = first;
  for (let i = rows; i > 0; i--, x += rowStep) {
    let at = x;
    for (let j = columns; j > 0; j--, at += right, weights += step) {
      const w = source.load(weights);
      first = multiplyAdd(source.input(at, i1, i2, i3), w, first);
      second = multiplyAdd(source.input(at + x1, i1, i2, i3), w, second);
      third = multiplyAdd(source.input(at + x2, i1, i2, i3), w, third);
      fourth = multiplyAdd(source.input(at + x3, i1, i2, i3), w, fourth);
    }
  }
  source.store(to, activate(first));
  source.store(to + step, activate(second));
  source.store(to + 2 * step, activate(third));
  source.store(to + 3 * step, activate(fourth));
}

/** Four channels of a row of the output. */
function rowOf<Source>(x: usize, weights: usize, to: usize): void {
  for (let c = 0; c < outWidth;) {
    if (c == inside && wide >= 4) {
      for (let done = 0; done < wide; done += 4) {
        // The last four may be some of those before, once more.
        const at = c + least(done, wide - 4);
        fourPixels<Source>(x + <usize>(at * strideWidth - left) * pixel, weights, to + <usize>at * outPixel);
      }
      c += wide;
      continue;
    }
    const from = c * strideWidth - left;
    const j0 = firstInside(from, dilationWidth);
    const columns = max<i32>(0, endInside(from, dilationWidth, width, windowWidth) - j0);
    const corner = x + <usize>(from + j0 * dilationWidth) * pixel;
    onePixel<Source>(corner, weights + <usize>j0 * outPixel, columns, to + <usize>c * outPixel);
    c++;
  }
}

/** y = activation(x * filter + bias); activation 0 none, 1 relu, 2 relu6; a bias at 0 is none. */
export function depthwise(
  part: i32,
  parts: i32,
  batch: i32,
  h: i32,
  w: i32,
  c: i32,
  multiplier: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  padTop: i32,
  padLeft: i32,
  oh: i32,
  ow: i32,
  x: usize,
  filter: usize,
  y: usize,
  bias: usize,
  activated: i32,
): void {
  setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  const outputs = c * multiplier;
  const row = bytes(w * c);
  pixel = bytes(c);
  next = <usize>sw * pixel;
  columnStep = <usize>dw * pixel;
  rowStep = <usize>dh * row;
  outPixel = bytes(outputs);
  inside = firstInside(-padLeft, sw);
  wide = max<i32>(0, endInside((kw - 1) * dw - padLeft, sw, w, ow) - inside);
  activation = activated;
  const last = partBegin(part + 1, parts, batch * oh, 1);
  for (let each = partBegin(part, parts, batch * oh, 1); each < last; each++) {
    const begin = (each % oh) * sh - padTop;
    const first = firstInside(begin, dh);
    rows = max<i32>(0, endInside(begin, dh, h, kh) - first);
    const line = x + <usize>((each / oh) * h + begin + first * dh) * row;
    const out = y + <usize>(each * ow) * outPixel;
    for (let o = 0; o < outputs; o += 4) {
      const from = line + setOutputs(o, outputs, multiplier);
      const weights = filter + <usize>(first * kw) * outPixel + bytes(o);
      const to = out + bytes(o);
      start = bias ? loadFew(bias + bytes(o), count, 0) : f32x4.splat(0);
      if (multiplier == 1 && count == 4) rowOf<Own<Four>>(from, weights, to);
      else if (multiplier == 1) rowOf<Own<Few>>(from, weights, to);
      else if (count == 4) rowOf<Shared<Four>>(from, weights, to);
      else rowOf<Shared<Few>>(from, weights, to);
    }
  }
}
