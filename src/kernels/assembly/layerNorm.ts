/** Layer normalisation (Ba, Kiros and Hinton 2016, equations 3 and 4) of a matrix's rows, and its gradients. */
import { ByRow, columnGradients } from './columns';
import { Few, Four, loadFew, storeFew } from './few';
import { bytes, least, partBegin } from './simd';
import { high, low } from './sums';

/** That many numbers of a row are added up as float32; such sums then as float64. */
const stretch = 2048;

/** What is added up along a row. */
@final
@unmanaged
class Value {
  of<Lanes>(x: usize, dy: usize, scale: usize, count: i32, mean: v128): v128 {
    return changetype<Lanes>(0).load(x, count, 0);
  }
}
@final
@unmanaged
class SquaredDeviation {
  of<Lanes>(x: usize, dy: usize, scale: usize, count: i32, mean: v128): v128 {
    // The lanes that are left over have no part in it.
    const off = f32x4.sub(changetype<Lanes>(0).load(x, count, f32x4.extract_lane(mean, 0)), mean);
    return f32x4.mul(off, off);
  }
}
@final
@unmanaged
class Gradient {
  of<Lanes>(x: usize, dy: usize, scale: usize, count: i32, mean: v128): v128 {
    const lanes = changetype<Lanes>(0);
    const by = lanes.load(dy, count, 0);
    return scale ? f32x4.mul(by, lanes.load(scale, count, 0)) : by;
  }
}
@final
@unmanaged
class GradientTimesDeviation {
  of<Lanes>(x: usize, dy: usize, scale: usize, count: i32, mean: v128): v128 {
    const off = f32x4.sub(changetype<Lanes>(0).load(x, count, 0), mean);
    return f32x4.mul(changetype<Gradient>(0).of<Lanes>(x, dy, scale, count, mean), off);
  }
}

function rowSum<Term>(x: usize, dy: usize, scale: usize, columns: i32, mean: f32): f64 {
  const term = changetype<Term>(0);
  const middle = f32x4.splat(mean);
  const few = columns & 3;
  const whole = columns - few;
  let sum: f64 = 0;
  let c = 0;
  do {
    const end = least(whole, c + stretch);
    let a = f32x4.splat(0);
    let b = a;
    let other = a;
    let rest = a;
    for (; c + 16 <= end; c += 16) {
      const at = bytes(c);
      const scales = scale ? scale + at : 0;
      a = f32x4.add(a, term.of<Four>(x + at, dy + at, scales, 4, middle));
      b = f32x4.add(b, term.of<Four>(x + at + 16, dy + at + 16, scales ? scales + 16 : 0, 4, middle));
      other = f32x4.add(other, term.of<Four>(x + at + 32, dy + at + 32, scales ? scales + 32 : 0, 4, middle));
      rest = f32x4.add(rest, term.of<Four>(x + at + 48, dy + at + 48, scales ? scales + 48 : 0, 4, middle));
    }
    for (; c < end; c += 4) {
      const at = bytes(c);
      a = f32x4.add(a, term.of<Four>(x + at, dy + at, scale ? scale + at : 0, 4, middle));
    }
    if (c == whole && few) {
      const at = bytes(c);
      b = f32x4.add(b, term.of<Few>(x + at, dy + at, scale ? scale + at : 0, few, middle));
    }
    a = f32x4.add(f32x4.add(a, b), f32x4.add(other, rest));
    const two = high(low(f64x2.splat(0), a), a);
    sum += f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
  } while (c < whole);
  return sum;
}

/**
 * out = (x - mean) scale / sqrt(variance + epsilon) + offset, with the mean and variance of each row, and with a scale
 * and an offset for each column; an address of 0 is a scale of 1, an offset of 0. `spread` is 1 / sqrt(variance +
 * epsilon).
 */
export function layerNorm(
  part: i32,
  parts: i32,
  rows: i32,
  columns: i32,
  epsilon: f32,
  x: usize,
  scale: usize,
  offset: usize,
  mean: usize,
  spread: usize,
  out: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  const few = columns & 3;
  const whole = bytes(columns - few);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const from = x + <usize>row * bytes(columns);
    const to = out + <usize>row * bytes(columns);
    const ownMean = <f32>(rowSum<Value>(from, from, 0, columns, 0) / <f64>columns);
    const variance = <f32>(rowSum<SquaredDeviation>(from, from, 0, columns, ownMean) / <f64>columns);
    const ownSpread = <f32>1 / sqrt<f32>(variance + epsilon);
    store<f32>(mean + bytes(row), ownMean);
    store<f32>(spread + bytes(row), ownSpread);
    const middle = f32x4.splat(ownMean);
    const factor = f32x4.splat(ownSpread);
    for (let at: usize = 0; at < whole; at += 16) {
      const four = f32x4.mul(f32x4.sub(v128.load(from + at), middle), factor);
      const scaled = scale ? f32x4.mul(four, v128.load(scale + at)) : four;
      v128.store(to + at, offset ? f32x4.add(scaled, v128.load(offset + at)) : scaled);
    }
    if (few) {
      const four = f32x4.mul(f32x4.sub(loadFew(from + whole, few, 0), middle), factor);
      const scaled = scale ? f32x4.mul(four, loadFew(scale + whole, few, 0)) : four;
      const shifted = offset ? f32x4.add(scaled, loadFew(offset + whole, few, 0)) : scaled;
      storeFew(to + whole, shifted, few);
    }
  }
}

/** Gradients of the above by x, scale and offset; a part does some rows of the first, some columns of the others. */
export function layerNormGradient(
  part: i32,
  parts: i32,
  rows: i32,
  columns: i32,
  x: usize,
  dy: usize,
  mean: usize,
  spread: usize,
  scale: usize,
  sums: usize,
  dx: usize,
  scaleGradient: usize,
  offsetGradient: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const skipped = <usize>row * bytes(columns);
    const ownMean = load<f32>(mean + bytes(row));
    const ownSpread = load<f32>(spread + bytes(row));
    const level = rowSum<Gradient>(x + skipped, dy + skipped, scale, columns, 0) / <f64>columns;
    const along = rowSum<GradientTimesDeviation>(x + skipped, dy + skipped, scale, columns, ownMean);
    const slope = <f32>((along / <f64>columns) * <f64>ownSpread * <f64>ownSpread);
    inputGradient(
      x + skipped,
      dy + skipped,
      scale,
      columns,
      ownMean,
      ownSpread,
      <f32>level,
      slope,
      dx + skipped,
    );
  }
  columnGradients<ByRow>(
    rows,
    columns,
    partBegin(part, parts, columns, 4),
    partBegin(part + 1, parts, columns, 4),
    x,
    dy,
    mean,
    spread,
    sums,
    scaleGradient,
    offsetGradient,
  );
}

/** spread (scale dy - level - (x - mean) slope) of one row. */
function inputGradient(
  x: usize,
  dy: usize,
  scale: usize,
  columns: i32,
  mean: f32,
  spread: f32,
  level: f32,
  slope: f32,
  dx: usize,
): void {
  const few = columns & 3;
  const whole = bytes(columns - few);
  const middle = f32x4.splat(mean);
  const factor = f32x4.splat(spread);
  const low = f32x4.splat(level);
  const tilt = f32x4.splat(slope);
  for (let at: usize = 0; at < whole; at += 16) {
    const by = scale ? f32x4.mul(v128.load(dy + at), v128.load(scale + at)) : v128.load(dy + at);
    const along = f32x4.mul(f32x4.sub(v128.load(x + at), middle), tilt);
    v128.store(dx + at, f32x4.mul(f32x4.sub(f32x4.sub(by, low), along), factor));
  }
  if (few) {
    let by = loadFew(dy + whole, few, 0);
    if (scale) by = f32x4.mul(by, loadFew(scale + whole, few, 0));
    const along = f32x4.mul(f32x4.sub(loadFew(x + whole, few, 0), middle), tilt);
    storeFew(dx + whole, f32x4.mul(f32x4.sub(f32x4.sub(by, low), along), factor), few);
  }
}
