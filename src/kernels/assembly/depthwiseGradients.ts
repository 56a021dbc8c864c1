/** Both gradients of the convolutions of depthwise.ts. */
import { Few, Four } from './few';
import { bytes, multiplyAdd, partBegin } from './simd';
import { endInside, firstInside, inputOf, Own, Shared } from './taps';

/** Four weights of one tap: what it met from `x` on times the gradient from `dy` on; steps in bytes. */
function tapGradient<Source>(
  batch: i32,
  rows: i32,
  columns: i32,
  i0: usize,
  i1: usize,
  i2: usize,
  i3: usize,
  x: usize,
  next: usize,
  rowStep: usize,
  image: usize,
  dy: usize,
  outPixel: usize,
  dueStep: usize,
  dueImage: usize,
  count: i32,
  to: usize,
): void {
  const source = changetype<Source>(0);
  let sum = f32x4.splat(0);
  for (let n = 0; n < batch; n++, x += image, dy += dueImage) {
    // An image's sum is added as one: many small numbers would be lost in a large one.
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let row = 0; row < rows; row++) {
      let from = x + <usize>row * rowStep;
      let due = dy + <usize>row * dueStep;
      let column = 0;
      for (; column + 4 <= columns; column += 4, from += 4 * next, due += 4 * outPixel) {
        a = multiplyAdd(source.input(from, i0, i1, i2, i3, count), source.load(due, count), a);
        b = multiplyAdd(
          source.input(from + next, i0, i1, i2, i3, count),
          source.load(due + outPixel, count),
          b,
        );
        c = multiplyAdd(
          source.input(from + 2 * next, i0, i1, i2, i3, count),
          source.load(due + 2 * outPixel, count),
          c,
        );
        d = multiplyAdd(
          source.input(from + 3 * next, i0, i1, i2, i3, count),
          source.load(due + 3 * outPixel, count),
          d,
        );
      }
      for (; column < columns; column++, from += next, due += outPixel)
        a = multiplyAdd(source.input(from, i0, i1, i2, i3, count), source.load(due, count), a);
    }
    sum = f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  source.store(to, sum, count);
}

/** dfilter: for each tap, over all pixels, the products of what it met and the gradient there. */
export function depthwiseFilterGradient(
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
  dy: usize,
  gradient: usize,
): void {
  const outputs = channels * multiplier;
  const pixel = bytes(channels);
  const row = <usize>width * pixel;
  const outPixel = bytes(outputs);
  const next = <usize>strideWidth * pixel;
  const fours = (outputs + 3) >> 2;
  const all = filterHeight * filterWidth * fours;
  const last = partBegin(part + 1, parts, all, 1);
  for (let each = partBegin(part, parts, all, 1); each < last; each++) {
    const o = (each % fours) << 2;
    const tap = each / fours;
    const count = outputs - o;
    const down = (tap / filterWidth) * dilationHeight - top;
    const right = (tap % filterWidth) * dilationWidth - left;
    const r0 = firstInside(down, strideHeight);
    const r1 = endInside(down, strideHeight, height, outHeight);
    const c0 = firstInside(right, strideWidth);
    const c1 = endInside(right, strideWidth, width, outWidth);
    const from = x + <usize>(r0 * strideHeight + down) * row + <usize>(c0 * strideWidth + right) * pixel;
    const due = dy + <usize>(r0 * outWidth + c0) * outPixel + bytes(o);
    const to = gradient + <usize>tap * outPixel + bytes(o);
    const rows = max<i32>(0, r1 - r0);
    const columns = max<i32>(0, c1 - c0);
    const rowStep = <usize>strideHeight * row;
    const dueStep = <usize>outWidth * outPixel;
    const image = <usize>height * row;
    const dueImage = <usize>outHeight * dueStep;
    const i0 = inputOf(o, outputs, multiplier);
    const i1 = inputOf(o + 1, outputs, multiplier);
    const i2 = inputOf(o + 2, outputs, multiplier);
    const i3 = inputOf(o + 3, outputs, multiplier);
    if (multiplier == 1 && count >= 4)
      tapGradient<Own<Four>>(
        batch,
        rows,
        columns,
        i0,
        i1,
        i2,
        i3,
        from,
        next,
        rowStep,
        image,
        due,
        outPixel,
        dueStep,
        dueImage,
        count,
        to,
      );
    else if (multiplier == 1)
      tapGradient<Own<Few>>(
        batch,
        rows,
        columns,
        i0,
        i1,
        i2,
        i3,
        from,
        next,
        rowStep,
        image,
        due,
        outPixel,
        dueStep,
        dueImage,
        count,
        to,
      );
    else if (count >= 4)
      tapGradient<Shared<Four>>(
        batch,
        rows,
        columns,
        i0,
        i1,
        i2,
        i3,
        from,
        next,
        rowStep,
        image,
        due,
        outPixel,
        dueStep,
        dueImage,
        count,
        to,
      );
    else
      tapGradient<Shared<Few>>(
        batch,
        rows,
        columns,
        i0,
        i1,
        i2,
        i3,
        from,
        next,
        rowStep,
        image,
        due,
        outPixel,
        dueStep,
        dueImage,
        count,
        to,
      );
  }
}

/** dx: for each tap, the gradient of the pixel whose window has it there, times its weight. */
export function depthwiseInputGradient(
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
  dy: usize,
  filter: usize,
  dx: usize,
): void {
  const outputs = channels * multiplier;
  const pixel = bytes(channels);
  const outPixel = bytes(outputs);
  const next = <usize>strideWidth * pixel;
  const all = batch * height;
  const last = partBegin(part + 1, parts, all, 1);
  for (let each = partBegin(part, parts, all, 1); each < last; each++) {
    const h = each % height;
    const gradients = dy + <usize>((each / height) * outHeight * outWidth) * outPixel;
    const to = dx + <usize>(each * width) * pixel;
    memory.fill(to, 0, <usize>width * pixel);
    for (let i = 0; i < filterHeight; i++) {
      const down = h + top - i * dilationHeight;
      if (down < 0 || down % strideHeight != 0 || down / strideHeight >= outHeight) continue;
      const dyRow = gradients + <usize>((down / strideHeight) * outWidth) * outPixel;
      for (let j = 0; j < filterWidth; j++) {
        const right = j * dilationWidth - left;
        const c0 = firstInside(right, strideWidth);
        const c1 = endInside(right, strideWidth, width, outWidth);
        const weights = filter + <usize>(i * filterWidth + j) * outPixel;
        const due = dyRow + <usize>c0 * outPixel;
        const at = to + <usize>(c0 * strideWidth + right) * pixel;
        if (multiplier > 1) {
          handBackShared(c1 - c0, channels, multiplier, due, outPixel, weights, at, next);
          continue;
        }
        for (let channel = 0; channel < channels; channel += 4) {
          const lane = bytes(channel);
          if (channel + 4 <= channels)
            handBack<Four>(c1 - c0, 4, due + lane, outPixel, weights + lane, at + lane, next);
          else
            handBack<Few>(c1 - c0, channels - channel, due + lane, outPixel, weights + lane, at + lane, next);
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
