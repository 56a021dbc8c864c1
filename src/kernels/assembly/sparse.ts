/**
 * Products with a weight whose zeros are skipped, as Elsen et al. (2020, section 3) do them: rows of the other matrix lie
 * in the vector lanes, and the weights that an output is made of are a list of values with the inputs that they meet.
 * Each output is one sum in the order of its list, however rows are shared out.
 *
 * A weight is looked at by its outputs: those of output n are `offsets[n]` .. `offsets[n + 1]` of `indices`, the inputs
 * that they meet, and of `values`.
 */
import { linear } from './gemm';
import { bytes, least, multiplyAdd, partBegin } from './simd';
import { turnIn, turnOut } from './turn';
import { gather, imagePixels, imageSize, scatter, setWindow } from './window';

/**
 * Rows that meet a weight at once. With more, the sums and what they are made of would not all fit into registers; what
 * is left over is done by fewer.
 */
const wide: i32 = 24;
const middle: i32 = 16;
const narrow: i32 = 8;

function tileWidth(rows: i32): i32 {
  if (rows >= wide) return wide;
  return rows > narrow ? middle : narrow;
}

/** y = activation(x W + bias) for rows that lie one behind the other. `scratch` has `step` bytes for each part. */
export function sparseProduct(
  part: i32,
  parts: i32,
  rows: i32,
  inputs: i32,
  outputs: i32,
  offsets: usize,
  indices: usize,
  values: usize,
  x: usize,
  y: usize,
  bias: usize,
  activation: i32,
  scratch: usize,
  step: i32,
): void {
  const tile = scratch + <usize>part * <usize>step;
  const made = tile + bytes(wide * inputs);
  const grain = rows >= 4 * wide * parts ? wide : narrow;
  const end = partBegin(part + 1, parts, rows, grain);
  for (let row = partBegin(part, parts, rows, grain); row < end;) {
    const width = tileWidth(end - row);
    const count = least(width, end - row);
    turnIn(x + bytes(row * inputs), bytes(inputs), count, inputs, width, tile);
    multiply(width, outputs, offsets, indices, values, tile, made);
    turnOut(made, width, count, outputs, y + bytes(row * outputs), bytes(outputs), bias, activation);
    row += width;
  }
}

/** As `convolution` in convolution.ts, which says what the sizes are. */
export function sparseConvolution(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  padTop: i32,
  padLeft: i32,
  offsets: usize,
  indices: usize,
  values: usize,
  x: usize,
  y: usize,
  bias: usize,
  activation: i32,
  scratch: usize,
  step: i32,
): void {
  setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  const inputs = kh * kw * c;
  const tile = scratch + <usize>part * <usize>step;
  const made = tile + bytes(wide * inputs);
  const seen = made + bytes(wide * filters);
  const pixels = images * imagePixels();
  const end = partBegin(part + 1, parts, pixels, wide);
  for (let pixel = partBegin(part, parts, pixels, wide); pixel < end;) {
    const width = tileWidth(end - pixel);
    const count = least(width, end - pixel);
    gather(x, pixel, pixel + count, 0, inputs, seen);
    turnIn(seen, bytes(inputs), count, inputs, width, tile);
    multiply(width, filters, offsets, indices, values, tile, made);
    turnOut(made, width, count, filters, y + bytes(pixel * filters), bytes(filters), bias, activation);
    pixel += width;
  }
}

/** As `convolutionInputGradient`: here the weight is looked at by the positions of the window. */
export function sparseConvolutionInputGradient(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  padTop: i32,
  padLeft: i32,
  offsets: usize,
  indices: usize,
  values: usize,
  dy: usize,
  gradient: usize,
  scratch: usize,
  step: i32,
): void {
  setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  const positions = kh * kw * c;
  const tile = scratch + <usize>part * <usize>step;
  const made = tile + bytes(wide * filters);
  const seen = made + bytes(wide * positions);
  const firstImage = partBegin(part, parts, images, 1);
  const endImage = partBegin(part + 1, parts, images, 1);
  memory.fill(gradient + bytes(firstImage * imageSize()), 0, bytes((endImage - firstImage) * imageSize()));
  const end = endImage * imagePixels();
  for (let pixel = firstImage * imagePixels(); pixel < end;) {
    const width = tileWidth(end - pixel);
    const count = least(width, end - pixel);
    turnIn(dy + bytes(pixel * filters), bytes(filters), count, filters, width, tile);
    multiply(width, positions, offsets, indices, values, tile, made);
    turnOut(made, width, count, positions, seen, bytes(positions), 0, linear);
    scatter(gradient, pixel, pixel + count, 0, positions, seen);
    pixel += width;
  }
}

function multiply(
  width: i32,
  outputs: i32,
  offsets: usize,
  indices: usize,
  values: usize,
  tile: usize,
  to: usize,
): void {
  if (width == wide) multiplyWide(outputs, offsets, indices, values, tile, to);
  else if (width == middle) multiplyMiddle(outputs, offsets, indices, values, tile, to);
  else multiplyNarrow(outputs, offsets, indices, values, tile, to);
}

function multiplyWide(
  outputs: i32,
  offsets: usize,
  indices: usize,
  values: usize,
  tile: usize,
  to: usize,
): void {
  let at = bytes(load<i32>(offsets));
  for (let n = 0; n < outputs; n++, to += 96) {
    const end = bytes(load<i32>(offsets + bytes(n + 1)));
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    for (; at < end; at += 4) {
      const x = tile + <usize>load<u32>(indices + at) * 96;
      const w = v128.load32_splat(values + at);
      s0 = multiplyAdd(w, v128.load(x), s0);
      s1 = multiplyAdd(w, v128.load(x, 16), s1);
      s2 = multiplyAdd(w, v128.load(x, 32), s2);
      s3 = multiplyAdd(w, v128.load(x, 48), s3);
      s4 = multiplyAdd(w, v128.load(x, 64), s4);
      s5 = multiplyAdd(w, v128.load(x, 80), s5);
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    v128.store(to, s4, 64);
    v128.store(to, s5, 80);
  }
}

function multiplyMiddle(
  outputs: i32,
  offsets: usize,
  indices: usize,
  values: usize,
  tile: usize,
  to: usize,
): void {
  let at = bytes(load<i32>(offsets));
  for (let n = 0; n < outputs; n++, to += 64) {
    const end = bytes(load<i32>(offsets + bytes(n + 1)));
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (; at < end; at += 4) {
      const x = tile + ((<usize>load<u32>(indices + at)) << 6);
      const w = v128.load32_splat(values + at);
      s0 = multiplyAdd(w, v128.load(x), s0);
      s1 = multiplyAdd(w, v128.load(x, 16), s1);
      s2 = multiplyAdd(w, v128.load(x, 32), s2);
      s3 = multiplyAdd(w, v128.load(x, 48), s3);
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}

function multiplyNarrow(
  outputs: i32,
  offsets: usize,
  indices: usize,
  values: usize,
  tile: usize,
  to: usize,
): void {
  let at = bytes(load<i32>(offsets));
  for (let n = 0; n < outputs; n++, to += 32) {
    const end = bytes(load<i32>(offsets + bytes(n + 1)));
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (; at < end; at += 4) {
      const x = tile + ((<usize>load<u32>(indices + at)) << 5);
      const w = v128.load32_splat(values + at);
      s0 = multiplyAdd(w, v128.load(x), s0);
      s1 = multiplyAdd(w, v128.load(x, 16), s1);
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
  }
}
