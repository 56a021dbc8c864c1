/** The gradient of a weight, only where the weight is active: dot products of columns, with the rows in the lanes. */
import { bytes, least, multiplyAdd, partBegin } from './simd';
import { turnIn } from './turn';
import { gather, imagePixels, setWindow } from './window';

/** Columns of the left matrix that are turned at once: few enough to stay in the second cache beside the right one. */
const block: i32 = 64;

/** Rows of a tile are a multiple of this. */
const lanes: i32 = 8;

/** Bytes of scratch memory that a part needs: the tile of `right`, and of `left` what is turned and what windows see. */
export function sparseGradientScratch(rows: i32, columns: i32): i32 {
  const tall = (rows + lanes - 1) & ~(lanes - 1);
  return (tall * (columns + 2 * block) + 16) << 2;
}

/**
 * gradient[k, n] = sum over rows of left[row, k] * right[row, n], for the active n of each k: `offsets[k]` ..
 * `offsets[k + 1]` of `indices`, in whose order the gradient is packed. Rows are taken `deep` at a time. Each part does
 * some of the k.
 */
export function sparseGradient(
  part: i32,
  parts: i32,
  rows: i32,
  deep: i32,
  inner: i32,
  columns: i32,
  offsets: usize,
  indices: usize,
  left: usize,
  right: usize,
  gradient: usize,
  scratch: usize,
  step: i32,
): void {
  const tile = scratch + <usize>part * <usize>step;
  const first = partBegin(part, parts, inner, 1);
  const end = partBegin(part + 1, parts, inner, 1);
  for (let row = 0; row < rows; row += deep) {
    const count = least(deep, rows - row);
    const width = (count + lanes - 1) & ~(lanes - 1);
    const turned = tile + bytes(width * columns);
    turnIn(right + bytes(row * columns), bytes(columns), count, columns, width, tile);
    for (let k = first; k < end; k += block) {
      const blockEnd = least(end, k + block);
      turnIn(left + bytes(row * inner + k), bytes(inner), count, blockEnd - k, width, turned);
      dots(k, blockEnd, width, offsets, indices, turned, tile, gradient, row > 0);
    }
  }
  if (rows == 0) clear(first, end, offsets, gradient);
}

/** As `convolutionFilterGradient` in convolution.ts, which says what the sizes are. */
export function sparseFilterGradient(
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
  deep: i32,
  offsets: usize,
  indices: usize,
  x: usize,
  dy: usize,
  gradient: usize,
  scratch: usize,
  step: i32,
): void {
  setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  const tile = scratch + <usize>part * <usize>step;
  const pixels = images * imagePixels();
  const first = partBegin(part, parts, kh * kw * c, 1);
  const end = partBegin(part + 1, parts, kh * kw * c, 1);
  for (let pixel = 0; pixel < pixels; pixel += deep) {
    const count = least(deep, pixels - pixel);
    const width = (count + lanes - 1) & ~(lanes - 1);
    const turned = tile + bytes(width * filters);
    const seen = turned + bytes(width * block);
    turnIn(dy + bytes(pixel * filters), bytes(filters), count, filters, width, tile);
    for (let k = first; k < end; k += block) {
      const blockEnd = least(end, k + block);
      gather(x, pixel, pixel + count, k, blockEnd, seen);
      turnIn(seen, bytes(blockEnd - k), count, blockEnd - k, width, turned);
      dots(k, blockEnd, width, offsets, indices, turned, tile, gradient, pixel > 0);
    }
  }
  if (pixels == 0) clear(first, end, offsets, gradient);
}

function clear(first: i32, end: i32, offsets: usize, gradient: usize): void {
  const from = load<i32>(offsets + bytes(first));
  memory.fill(gradient + bytes(from), 0, bytes(load<i32>(offsets + bytes(end)) - from));
}

function dots(
  k: i32,
  end: i32,
  width: i32,
  offsets: usize,
  indices: usize,
  left: usize,
  right: usize,
  gradient: usize,
  add: bool,
): void {
  const size = bytes(width);
  const toGradient = gradient - indices;
  let at = indices + bytes(load<i32>(offsets + bytes(k)));
  for (; k < end; k++, left += size) {
    const last = indices + bytes(load<i32>(offsets + bytes(k + 1)));
    for (; at + 24 <= last; at += 24) sixDots(at, size, left, right, at + toGradient, add);
    for (; at + 12 <= last; at += 12) threeDots(at, size, left, right, at + toGradient, add);
    for (; at < last; at += 4)
      put(at + toGradient, dot(size, left, right + <usize>load<u32>(at) * size), add);
  }
}

/** The gradient of six weights that meet the same input: as many as leave no register to be spilled. */
function sixDots(at: usize, size: usize, left: usize, right: usize, to: usize, add: bool): void {
  const r0 = right + <usize>load<u32>(at) * size;
  const r1 = right + <usize>load<u32>(at, 4) * size;
  const r2 = right + <usize>load<u32>(at, 8) * size;
  const r3 = right + <usize>load<u32>(at, 12) * size;
  const r4 = right + <usize>load<u32>(at, 16) * size;
  const r5 = right + <usize>load<u32>(at, 20) * size;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(left + i);
    s0 = multiplyAdd(x, v128.load(r0 + i), s0);
    s1 = multiplyAdd(x, v128.load(r1 + i), s1);
    s2 = multiplyAdd(x, v128.load(r2 + i), s2);
    s3 = multiplyAdd(x, v128.load(r3 + i), s3);
    s4 = multiplyAdd(x, v128.load(r4 + i), s4);
    s5 = multiplyAdd(x, v128.load(r5 + i), s5);
  }
  putTwo(to, s0, s1, add);
  putTwo(to + 8, s2, s3, add);
  putTwo(to + 16, s4, s5, add);
}

function threeDots(at: usize, size: usize, left: usize, right: usize, to: usize, add: bool): void {
  const r0 = right + <usize>load<u32>(at) * size;
  const r1 = right + <usize>load<u32>(at, 4) * size;
  const r2 = right + <usize>load<u32>(at, 8) * size;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let t0 = s0;
  let t1 = s0;
  let t2 = s0;
  for (let i: usize = 0; i < size; i += 32) {
    const x = v128.load(left + i);
    s0 = multiplyAdd(x, v128.load(r0 + i), s0);
    s1 = multiplyAdd(x, v128.load(r1 + i), s1);
    s2 = multiplyAdd(x, v128.load(r2 + i), s2);
    const y = v128.load(left + i, 16);
    t0 = multiplyAdd(y, v128.load(r0 + i, 16), t0);
    t1 = multiplyAdd(y, v128.load(r1 + i, 16), t1);
    t2 = multiplyAdd(y, v128.load(r2 + i, 16), t2);
  }
  putTwo(to, f32x4.add(s0, t0), f32x4.add(s1, t1), add);
  put(to + 8, total(f32x4.add(s2, t2)), add);
}

function dot(size: usize, left: usize, right: usize): f32 {
  let s = f32x4.splat(0);
  let t = s;
  for (let i: usize = 0; i < size; i += 32) {
    s = multiplyAdd(v128.load(left + i), v128.load(right + i), s);
    t = multiplyAdd(v128.load(left + i, 16), v128.load(right + i, 16), t);
  }
  return total(f32x4.add(s, t));
}

/** Of four lanes. */
function total(a: v128): f32 {
  a = f32x4.add(a, v128.shuffle<i64>(a, a, 1, 0));
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1);
}

/** The totals of two. */
function putTwo(to: usize, a: v128, b: v128, add: bool): void {
  const pairs = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const sums = f32x4.add(pairs, v128.shuffle<i64>(pairs, pairs, 1, 0));
  v128.store64_lane(to, add ? f32x4.add(sums, v128.load64_zero(to)) : sums, 0);
}

function put(to: usize, sum: f32, add: bool): void {
  store<f32>(to, add ? load<f32>(to) + sum : sum);
}
