/** Rows made into probabilities, and columns brought to a mean and a spread. */
import { Few, Four, loadFew, storeFew } from './few';
import { bytes, multiplyAdd, partBegin } from './simd';

/** For either of its callers one, so that each has it inside its loop: e^x for x <= 0, as in transcendental.ts, but 0 already below -87.3, where results would be subnormal. */
function powerOfE<Lanes>(x: v128): v128 {
  const bounded = f32x4.pmax(x, f32x4.splat(-87.3));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504)));
  let r = multiplyAdd(n, f32x4.splat(-0.693359375), bounded);
  r = multiplyAdd(n, f32x4.splat(2.1219444e-4), r);
  let p = f32x4.splat(1.98756915e-4);
  p = multiplyAdd(p, r, f32x4.splat(1.3981999507e-3));
  p = multiplyAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = multiplyAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(p, scale), f32x4.lt(x, f32x4.splat(-87.3)));
}

/** e^x of each number over the sum of these in its row; less the largest of the row, which changes nothing else. */
export function softmax(part: i32, parts: i32, rows: i32, columns: i32, x: usize, out: usize): void {
  const last = partBegin(part + 1, parts, rows, 1);
  const whole = bytes(columns & ~3);
  const few = columns & 3;
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const from = x + bytes(row * columns);
    const to = out + bytes(row * columns);
    // A number that is none is passed over here, and makes all of the row so in the sum.
    let most = few ? loadFew(from + whole, few, -Infinity) : f32x4.splat(-Infinity);
    let other = most;
    const pairs = whole & ~31;
    for (let at: usize = 0; at < pairs; at += 32) {
      most = f32x4.pmax(most, v128.load(from + at));
      other = f32x4.pmax(other, v128.load(from + at, 16));
    }
    if (pairs < whole) most = f32x4.pmax(most, v128.load(from + pairs));
    most = f32x4.max(most, other);
    most = f32x4.max(most, v128.shuffle<i64>(most, most, 1, 0));
    most = f32x4.max(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const four = powerOfE<Four>(f32x4.sub(v128.load(from + at), most));
      sum = f32x4.add(sum, four);
      v128.store(to + at, four);
    }
    if (few) {
      const four = powerOfE<Few>(f32x4.sub(loadFew(from + whole, few, -Infinity), most));
      sum = f32x4.add(sum, four);
      storeFew(to + whole, four, few);
    }
    sum = f32x4.add(sum, v128.shuffle<i64>(sum, sum, 1, 0));
    sum = f32x4.add(sum, v128.shuffle<i32>(sum, sum, 1, 0, 3, 2));
    const share = f32x4.div(f32x4.splat(1), sum);
    for (let at: usize = 0; at < whole; at += 16) v128.store(to + at, f32x4.mul(v128.load(to + at), share));
    if (few) storeFew(to + whole, f32x4.mul(loadFew(to + whole, few, 0), share), few);
  }
}

/** Four columns, or the last few. */
function normalized<Lanes>(
  rows: i32,
  step: usize,
  count: i32,
  epsilon: f32,
  x: usize,
  mean: usize,
  variance: usize,
  offset: usize,
  scale: usize,
  out: usize,
): void {
  const lanes = changetype<Lanes>(0);
  const spread = f32x4.sqrt(f32x4.add(lanes.load(variance, count, 1), f32x4.splat(epsilon)));
  const factor = f32x4.div(scale ? lanes.load(scale, count, 1) : f32x4.splat(1), spread);
  const middle = lanes.load(mean, count, 0);
  const shift = offset ? lanes.load(offset, count, 0) : f32x4.splat(0);
  for (let row = 0; row < rows; row++, x += step, out += step) {
    const four = f32x4.sub(lanes.load(x, count, 0), middle);
    lanes.store(out, f32x4.add(f32x4.mul(four, factor), shift), count);
  }
}

/** (x - mean) scale / sqrt(variance + epsilon) + offset, column by column; an address of 0 is a scale of 1, an offset of 0. */
export function batchNorm(
  part: i32,
  parts: i32,
  rows: i32,
  columns: i32,
  epsilon: f32,
  x: usize,
  mean: usize,
  variance: usize,
  offset: usize,
  scale: usize,
  out: usize,
): void {
  const first = partBegin(part, parts, rows, 1);
  const own = partBegin(part + 1, parts, rows, 1) - first;
  const step = bytes(columns);
  for (let c = 0; c < columns; c += 4) {
    const at = bytes(c);
    const from = x + <usize>first * step + at;
    const to = out + <usize>first * step + at;
    const ownOffset = offset ? offset + at : 0;
    const ownScale = scale ? scale + at : 0;
    if (c + 4 <= columns)
      normalized<Four>(own, step, 4, epsilon, from, mean + at, variance + at, ownOffset, ownScale, to);
    else
      normalized<Few>(
        own,
        step,
        columns - c,
        epsilon,
        from,
        mean + at,
        variance + at,
        ownOffset,
        ownScale,
        to,
      );
  }
}
