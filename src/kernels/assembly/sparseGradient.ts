/** The gradient of a weight, only where the weight is active: dot products of columns, with the rows in the lanes. */
import { bytes, least, multiplyAdd, partBegin } from './simd';
import { turnIn } from './turn';
import { gather, imagePixels, setWindow } from './window';

/** Columns of the left matrix that are turned at once: with the rows of a block they are to stay in the first cache. */
const block: i32 = 16;

/** Rows of a tile are a multiple of this. */
const lanes: i32 = 8;

/** Bytes of scratch memory that a part needs: the tile of `right`, and of `left` what is turned and what windows see. */
export function sparseGradientScratch(rows: i32, columns: i32): i32 {
  const tall = (rows + lanes - 1) & ~(lanes - 1);
  return (tall * (columns + 2 * block) + 16) << 2;
}

/**
 * gradient[k, n] = sum over rows of left[row, k] * right[row, n], for the active n of each k: `offsets[k]` ..
 * `offsets[k + 1]` of `indices`. Rows are taken `deep` at a time. Nothing else of the gradient is written. Each part does
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
      dots(k, blockEnd, width, columns, offsets, indices, turned, tile, gradient, row > 0);
    }
  }
  if (rows == 0) clear(first, end, columns, offsets, indices, gradient);
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
      dots(k, blockEnd, width, filters, offsets, indices, turned, tile, gradient, pixel > 0);
    }
  }
  if (pixels == 0) clear(first, end, filters, offsets, indices, gradient);
}

function clear(first: i32, end: i32, columns: i32, offsets: usize, indices: usize, gradient: usize): void {
  for (let k = first; k < end; k++) {
    const to = gradient + bytes(k * columns);
    const last = load<i32>(offsets + bytes(k + 1));
    for (let i = load<i32>(offsets + bytes(k)); i < last; i++)
      store<f32>(to + bytes(load<i32>(indices + bytes(i))), 0);
  }
}

function dots(
  k: i32,
  end: i32,
  width: i32,
  columns: i32,
  offsets: usize,
  indices: usize,
  left: usize,
  right: usize,
  gradient: usize,
  add: bool,
): void {
  const size = bytes(width);
  for (; k < end; k++, left += size) {
    const to = gradient + bytes(k * columns);
    const last = indices + bytes(load<i32>(offsets + bytes(k + 1)));
    let at = indices + bytes(load<i32>(offsets + bytes(k)));
    for (; at + 16 <= last; at += 16) fourDots(at, size, left, right, to, add);
    for (; at < last; at += 4) {
      const n = load<u32>(at);
      put(to + ((<usize>n) << 2), dot(size, left, right + <usize>n * size), add);
    }
  }
}

/** The gradient of four weights that meet the same input; each sum is made as `dot` makes it. */
function fourDots(at: usize, size: usize, left: usize, right: usize, to: usize, add: bool): void {
  const n0 = <usize>load<u32>(at);
  const n1 = <usize>load<u32>(at, 4);
  const n2 = <usize>load<u32>(at, 8);
  const n3 = <usize>load<u32>(at, 12);
  const r0 = right + n0 * size;
  const r1 = right + n1 * size;
  const r2 = right + n2 * size;
  const r3 = right + n3 * size;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let i: usize = 0; i < size; i += 32) {
    let x = v128.load(left + i);
    a0 = multiplyAdd(x, v128.load(r0 + i), a0);
    a1 = multiplyAdd(x, v128.load(r1 + i), a1);
    a2 = multiplyAdd(x, v128.load(r2 + i), a2);
    a3 = multiplyAdd(x, v128.load(r3 + i), a3);
    x = v128.load(left + i, 16);
    b0 = multiplyAdd(x, v128.load(r0 + i, 16), b0);
    b1 = multiplyAdd(x, v128.load(r1 + i, 16), b1);
    b2 = multiplyAdd(x, v128.load(r2 + i, 16), b2);
    b3 = multiplyAdd(x, v128.load(r3 + i, 16), b3);
  }
  a0 = f32x4.add(a0, b0);
  a1 = f32x4.add(a1, b1);
  a2 = f32x4.add(a2, b2);
  a3 = f32x4.add(a3, b3);
  const low = f32x4.add(v128.shuffle<i32>(a0, a1, 0, 4, 1, 5), v128.shuffle<i32>(a0, a1, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<i32>(a2, a3, 0, 4, 1, 5), v128.shuffle<i32>(a2, a3, 2, 6, 3, 7));
  const sums = f32x4.add(v128.shuffle<i64>(low, high, 0, 2), v128.shuffle<i64>(low, high, 1, 3));
  put(to + (n0 << 2), f32x4.extract_lane(sums, 0), add);
  put(to + (n1 << 2), f32x4.extract_lane(sums, 1), add);
  put(to + (n2 << 2), f32x4.extract_lane(sums, 2), add);
  put(to + (n3 << 2), f32x4.extract_lane(sums, 3), add);
}

/** Lanes 0 and 2, 1 and 3, then both. */
function dot(size: usize, left: usize, right: usize): f32 {
  let a = f32x4.splat(0);
  let b = a;
  for (let i: usize = 0; i < size; i += 32) {
    a = multiplyAdd(v128.load(left + i), v128.load(right + i), a);
    b = multiplyAdd(v128.load(left + i, 16), v128.load(right + i, 16), b);
  }
  a = f32x4.add(a, b);
  a = f32x4.add(a, v128.shuffle<i64>(a, a, 1, 0));
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1);
}

function put(to: usize, sum: f32, add: bool): void {
  store<f32>(to, add ? load<f32>(to) + sum : sum);
}
