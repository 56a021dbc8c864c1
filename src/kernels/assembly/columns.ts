/**
 * Means, variances and sums of a matrix's columns, four at a time: in float32 within a block of rows, of blocks in
 * float64. A column's are the same whoever makes them, and whatever columns are beside it.
 */
import { Few, Four } from './few';
import { bytes, least } from './simd';
import { high, low, quotients } from './sums';

/** Rows of a block, whose numbers are still in the cache when they are looked at again. */
export const block = 32;
/** Bytes that four columns need for two sums each. */
export const totalsBytes: usize = 64;

/** Where the mean and the spread of a number are: by its column, or by its row. */
@final
@unmanaged
export class ByColumn {
  skip(columns: usize): usize {
    return columns;
  }
  at<Lanes>(base: usize, row: i32, count: i32): v128 {
    return changetype<Lanes>(0).load(base, count, 0);
  }
}
@final
@unmanaged
export class ByRow {
  skip(columns: usize): usize {
    return 0;
  }
  at<Lanes>(base: usize, row: i32, count: i32): v128 {
    return v128.load32_splat(base + bytes(row));
  }
}

/** Adds four numbers to four sums. */
function addTo(sums: usize, x: v128): void {
  v128.store(sums, low(v128.load(sums), x));
  v128.store(sums, high(v128.load(sums, 16), x), 16);
}

/** Four sums over `divisor`. */
export function over(sums: usize, divisor: f64): v128 {
  return quotients(v128.load(sums), v128.load(sums, 16), f64x2.splat(divisor));
}

/**
 * Takes `rows` rows of four columns into their means and sums of squared deviations, of `before` rows so far (Chan,
 * Golub and LeVeque 1979, equation 2.1).
 */
export function addMoments<Lanes>(
  x: usize,
  rows: i32,
  before: i32,
  step: usize,
  count: i32,
  totals: usize,
): void {
  const lanes = changetype<Lanes>(0);
  const pairs = rows & ~1;
  const odd = x + <usize>pairs * step;
  let a = f32x4.splat(0);
  let b = a;
  let at = x;
  for (; at < odd; at += 2 * step) {
    a = f32x4.add(a, lanes.load(at, count, 0));
    b = f32x4.add(b, lanes.load(at + step, count, 0));
  }
  if (pairs < rows) a = f32x4.add(a, lanes.load(at, count, 0));
  const mean = f32x4.div(f32x4.add(a, b), f32x4.splat(<f32>rows));
  a = b = f32x4.splat(0);
  for (at = x; at < odd; at += 2 * step) {
    const first = f32x4.sub(lanes.load(at, count, 0), mean);
    const second = f32x4.sub(lanes.load(at + step, count, 0), mean);
    a = f32x4.add(a, f32x4.mul(first, first));
    b = f32x4.add(b, f32x4.mul(second, second));
  }
  if (pairs < rows) {
    const last = f32x4.sub(lanes.load(at, count, 0), mean);
    a = f32x4.add(a, f32x4.mul(last, last));
  }
  const squares = f32x4.add(a, b);
  const share = <f64>rows / <f64>(before + rows);
  merge(totals, mean, squares, share, <f64>before * share);
  const highMean = v128.shuffle<i64>(mean, mean, 1, 1);
  merge(totals + 16, highMean, v128.shuffle<i64>(squares, squares, 1, 1), share, <f64>before * share);
}

function merge(totals: usize, mean: v128, squares: v128, share: f64, weight: f64): void {
  const before = v128.load(totals);
  const apart = f64x2.sub(f64x2.promote_low_f32x4(mean), before);
  v128.store(totals, f64x2.add(before, f64x2.mul(apart, f64x2.splat(share))));
  const own = f64x2.add(v128.load(totals, 32), f64x2.promote_low_f32x4(squares));
  v128.store(totals, f64x2.add(own, f64x2.mul(f64x2.mul(apart, apart), f64x2.splat(weight))), 32);
}

/** Adds the gradients of `rows` rows of four columns to two sums: with the standardised numbers, and alone. */
function addGradients<Lanes, By>(
  x: usize,
  dy: usize,
  row: i32,
  rows: i32,
  step: usize,
  count: i32,
  mean: usize,
  spread: usize,
  totals: usize,
): void {
  const lanes = changetype<Lanes>(0);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = row + rows;
  for (; row + 2 <= end; row += 2) {
    const first = lanes.load(dy, count, 0);
    const second = lanes.load(dy + step, count, 0);
    a = f32x4.add(a, f32x4.mul(first, standard<Lanes, By>(x, row, count, mean, spread)));
    b = f32x4.add(b, f32x4.mul(second, standard<Lanes, By>(x + step, row + 1, count, mean, spread)));
    c = f32x4.add(c, first);
    d = f32x4.add(d, second);
    x += 2 * step;
    dy += 2 * step;
  }
  if (row < end) {
    const last = lanes.load(dy, count, 0);
    a = f32x4.add(a, f32x4.mul(last, standard<Lanes, By>(x, row, count, mean, spread)));
    c = f32x4.add(c, last);
  }
  addTo(totals, f32x4.add(a, b));
  addTo(totals + 32, f32x4.add(c, d));
}

export function standard<Lanes, By>(x: usize, row: i32, count: i32, mean: usize, spread: usize): v128 {
  const by = changetype<By>(0);
  const lanes = changetype<Lanes>(0);
  const off = f32x4.sub(lanes.load(x, count, 0), by.at<Lanes>(mean, row, count));
  return f32x4.mul(off, by.at<Lanes>(spread, row, count));
}

/** Of the columns from `first` to `last`: the gradients of what scales them and of what is added to them. */
export function columnGradients<By>(
  rows: i32,
  columns: i32,
  first: i32,
  last: i32,
  x: usize,
  dy: usize,
  mean: usize,
  spread: usize,
  sums: usize,
  scaleGradient: usize,
  offsetGradient: usize,
): void {
  const by = changetype<By>(0);
  const step = bytes(columns);
  const totals = sums + <usize>(first >> 2) * totalsBytes;
  memory.fill(totals, 0, <usize>((last - first + 3) >> 2) * totalsBytes);
  for (let row = 0; row < rows; row += block) {
    const own = least(block, rows - row);
    const skipped = <usize>row * step;
    let to = totals;
    for (let c = first; c < last; c += 4, to += totalsBytes) {
      const at = bytes(c);
      const means = mean + by.skip(at);
      const spreads = spread + by.skip(at);
      const from = x + skipped + at;
      const gradient = dy + skipped + at;
      if (c + 4 <= last) addGradients<Four, By>(from, gradient, row, own, step, 4, means, spreads, to);
      else addGradients<Few, By>(from, gradient, row, own, step, last - c, means, spreads, to);
    }
  }
  const few = changetype<Few>(0);
  let from = totals;
  for (let c = first; c < last; c += 4, from += totalsBytes) {
    few.store(scaleGradient + bytes(c), over(from, 1), last - c);
    few.store(offsetGradient + bytes(c), over(from + 32, 1), last - c);
  }
}
