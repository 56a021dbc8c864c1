/** Both gradients of the convolutions of depthwise.ts. */
import { Few, Four } from './few';
import { bytes, multiplyAdd, partBegin } from './simd';
import { count, endInside, firstInside, input1, input2, input3, Own, setOutputs, Shared } from './taps';

/** Pixels of dy in which a tap meets the image, in each image, and their sizes and steps in bytes. */
let batch: i32 = 0;
let rows: i32 = 0;
let columns: i32 = 0;
let next: usize = 0;
let rowStep: usize = 0;
let imageStep: usize = 0;
let outPixel: usize = 0;
let dueStep: usize = 0;
let dueImage: usize = 0;

/** Four weights of one tap: what it met from `x` on times the gradient from `dy` on. */
function tapGradient<Source>(x: usize, dy: usize, to: usize): void {
  const source = changetype<Source>(0);
  const i1 = input1;
  const i2 = input2;
  const i3 = input3;
  const x1 = next;
  const x2 = x1 << 1;
  const x3 = x1 + x2;
  const x4 = x2 << 1;
  const dy1 = outPixel;
  const dy2 = dy1 << 1;
  const dy3 = dy1 + dy2;
  const dy4 = dy2 << 1;
  let sum = f32x4.splat(0);
  for (let n = batch; n > 0; n--, x += imageStep, dy += dueImage) {
    // An image's sum is added as one: many small numbers would be lost in a large one.
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let row = 0; row < rows; row++) {
      let from = x + <usize>row * rowStep;
      let due = dy + <usize>row * dueStep;
      let left = columns;
      for (; left >= 4; left -= 4, from += x4, due += dy4) {
        a = multiplyAdd(source.input(from, i1, i2, i3), source.load(due), a);
        b = multiplyAdd(source.input(from + x1, i1, i2, i3), source.load(due + dy1), b);
        c = multiplyAdd(source.input(from + x2, i1, i2, i3), source.load(due + dy2), c);
        d = multiplyAdd(source.input(from + x3, i1, i2, i3), source.load(due + dy3), d);
      }
      for (; left > 0; left--, from += x1, due += dy1)
        a = multiplyAdd(source.input(from, i1, i2, i3), source.load(due), a);
    }
    sum = f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  source.store(to, sum);
}

/** dfilter: for each tap, over all pixels, the products of what it met and the gradient there. */
export function depthwiseFilterGradient(
  part: i32,
  parts: i32,
  images: i32,
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
  dy: usize,
  gradient: usize,
): void {
  const outputs = c * multiplier;
  const pixel = bytes(c);
  const line = bytes(w * c);
  batch = images;
  next = <usize>sw * pixel;
  rowStep = <usize>sh * line;
  imageStep = <usize>h * line;
  outPixel = bytes(outputs);
  dueStep = <usize>ow * outPixel;
  dueImage = <usize>oh * dueStep;
  const fours = (outputs + 3) >> 2;
  const all = kh * kw * fours;
  const last = partBegin(part + 1, parts, all, 1);
  for (let each = partBegin(part, parts, all, 1); each < last; each++) {
    const o = (each % fours) << 2;
    const tap = each / fours;
    const down = (tap / kw) * dh - padTop;
    const right = (tap % kw) * dw - padLeft;
    const r0 = firstInside(down, sh);
    const c0 = firstInside(right, sw);
    rows = max<i32>(0, endInside(down, sh, h, oh) - r0);
    columns = max<i32>(0, endInside(right, sw, w, ow) - c0);
    const corner = x + <usize>(r0 * sh + down) * line + <usize>(c0 * sw + right) * pixel;
    const from = corner + setOutputs(o, outputs, multiplier);
    const due = dy + <usize>(r0 * ow + c0) * outPixel + bytes(o);
    const to = gradient + <usize>tap * outPixel + bytes(o);
    if (multiplier == 1 && count == 4) tapGradient<Own<Four>>(from, due, to);
    else if (multiplier == 1) tapGradient<Own<Few>>(from, due, to);
    else if (count == 4) tapGradient<Shared<Four>>(from, due, to);
    else tapGradient<Shared<Few>>(from, due, to);
  }
}

/** dx: for each tap, the gradient of the pixel whose window has it there, times its weight. */
export function depthwiseInputGradient(
  part: i32,
  parts: i32,
  images: i32,
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
  dy: usize,
  filter: usize,
  dx: usize,
): void {
  const outputs = c * multiplier;
  const pixel = bytes(c);
  const outPixel = bytes(outputs);
  const next = <usize>sw * pixel;
  const all = images * h;
  const last = partBegin(part + 1, parts, all, 1);
  for (let each = partBegin(part, parts, all, 1); each < last; each++) {
    const line = each % h;
    const gradients = dy + <usize>((each / h) * oh * ow) * outPixel;
    const to = dx + <usize>(each * w) * pixel;
    memory.fill(to, 0, <usize>w * pixel);
    for (let i = 0; i < kh; i++) {
      const down = line + padTop - i * dh;
      if (down < 0 || down % sh != 0 || down / sh >= oh) continue;
      const dyRow = gradients + <usize>((down / sh) * ow) * outPixel;
      for (let j = 0; j < kw; j++) {
        const right = j * dw - padLeft;
        const c0 = firstInside(right, sw);
        const c1 = endInside(right, sw, w, ow);
        const weights = filter + <usize>(i * kw + j) * outPixel;
        const due = dyRow + <usize>c0 * outPixel;
        const at = to + <usize>(c0 * sw + right) * pixel;
        if (multiplier > 1) {
          handBackShared(c1 - c0, c, multiplier, due, outPixel, weights, at, next);
          continue;
        }
        for (let channel = 0; channel < c; channel += 4) {
          const lane = bytes(channel);
          if (channel + 4 <= c)
            handBack<Four>(c1 - c0, 4, due + lane, outPixel, weights + lane, at + lane, next);
          else handBack<Few>(c1 - c0, c - channel, due + lane, outPixel, weights + lane, at + lane, next);
        }
      }
    }
  }
}

/** Adds to pixels of dx, `next` bytes apart, what one tap is due in as many pixels of dy. */
function handBack<Lanes>(
  pixels: i32,
  count: i32,
  dy: usize,
  outPixel: usize,
  weights: usize,
  to: usize,
  next: usize,
): void {
  const lanes = changetype<Lanes>(0);
  const w = lanes.load(weights, count, 0);
  for (let i = 0; i < pixels; i++, dy += outPixel, to += next)
    lanes.store(to, multiplyAdd(lanes.load(dy, count, 0), w, lanes.load(to, count, 0)), count);
}

function handBackShared(
  pixels: i32,
  channels: i32,
  multiplier: i32,
  dy: usize,
  outPixel: usize,
  weights: usize,
  to: usize,
  next: usize,
): void {
  for (let i = 0; i < pixels; i++, dy += outPixel, to += next)
    for (let channel = 0; channel < channels; channel++) {
      const first = bytes(channel * multiplier);
      let sum: f32 = 0;
      for (let m: usize = 0; m < bytes(multiplier); m += 4)
        sum += load<f32>(dy + first + m) * load<f32>(weights + first + m);
      store<f32>(to + bytes(channel), load<f32>(to + bytes(channel)) + sum);
    }
}
