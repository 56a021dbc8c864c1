/** Cross-entropy of rows of logits with targets, and its gradient by the logits. Sums are float64. */
import { loadFew, storeFew } from './few';
import { bytes, least, partBegin } from './simd';
import { high, low } from './sums';
import { exponential, logarithm } from './transcendental';

/** Targets are float32 (0) or int32 (1), one for each logit. */
function targets(kind: i32, from: usize, count: i32): v128 {
  const own = loadFew(from, count, 0);
  return kind == 0 ? own : f32x4.convert_i32x4_s(own);
}

function greatest(from: usize, columns: i32): f32 {
  let all = f32x4.splat(-Infinity);
  let others = all;
  let c = 0;
  for (; c + 8 <= columns; c += 8) {
    all = f32x4.max(all, v128.load(from + bytes(c)));
    others = f32x4.max(others, v128.load(from + bytes(c), 16));
  }
  for (; c < columns; c += 4)
    all = f32x4.max(all, loadFew(from + bytes(c), least(4, columns - c), -Infinity));
  all = f32x4.max(all, others);
  all = f32x4.max(all, v128.shuffle<i64>(all, all, 1, 0));
  return max(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1));
}

/** Of both pairs: four sums are made side by side, since each addition would wait for the one before. */
function total(a: v128, b: v128, c: v128, d: v128): f32 {
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return <f32>(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

/** to = e^(x - most); returns their sum. */
function powers(from: usize, to: usize, columns: i32, most: v128): f32 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let c = 0;
  for (; c + 8 <= columns; c += 8) {
    const at = bytes(c);
    const a = exponential(f32x4.sub(v128.load(from + at), most));
    const b = exponential(f32x4.sub(v128.load(from + at, 16), most));
    v128.store(to + at, a);
    v128.store(to + at, b, 16);
    s0 = low(s0, a);
    s1 = high(s1, a);
    s2 = low(s2, b);
    s3 = high(s3, b);
  }
  for (; c < columns; c += 4) {
    const count = least(4, columns - c);
    const a = exponential(f32x4.sub(loadFew(from + bytes(c), count, -Infinity), most));
    storeFew(to + bytes(c), a, count);
    s0 = low(s0, a);
    s1 = high(s1, a);
  }
  return total(s0, s1, s2, s3);
}

/** Sum of target (x - down); divides the powers by `all`. */
function shared(kind: i32, from: usize, target: usize, to: usize, columns: i32, down: v128, all: v128): f32 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let c = 0;
  for (; c + 8 <= columns; c += 8) {
    const at = bytes(c);
    v128.store(to + at, f32x4.div(v128.load(to + at), all));
    v128.store(to + at, f32x4.div(v128.load(to + at, 16), all), 16);
    const a = f32x4.mul(targets(kind, target + at, 4), f32x4.sub(v128.load(from + at), down));
    const b = f32x4.mul(targets(kind, target + at + 16, 4), f32x4.sub(v128.load(from + at, 16), down));
    s0 = low(s0, a);
    s1 = high(s1, a);
    s2 = low(s2, b);
    s3 = high(s3, b);
  }
  for (; c < columns; c += 4) {
    const at = bytes(c);
    const count = least(4, columns - c);
    storeFew(to + at, f32x4.div(loadFew(to + at, count, 0), all), count);
    const a = f32x4.mul(targets(kind, target + at, count), f32x4.sub(loadFew(from + at, count, 0), down));
    s0 = low(s0, a);
    s1 = high(s1, a);
  }
  return total(s0, s1, s2, s3);
}

/**
 * loss[row] = -sum of target ln(softmax of the row's x), with ln(softmax) as x - greatest - ln(sum of e^(x - greatest));
 * `softmax` is kept for the way back.
 */
export function softmaxCrossEntropy(
  part: i32,
  parts: i32,
  kind: i32,
  rows: i32,
  columns: i32,
  x: usize,
  target: usize,
  loss: usize,
  softmax: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const place = <usize>row * bytes(columns);
    const from = x + place;
    const to = softmax + place;
    const most = f32x4.splat(greatest(from, columns));
    const all = f32x4.splat(powers(from, to, columns, most));
    const down = f32x4.add(most, logarithm(all));
    store<f32>(loss + bytes(row), -shared(kind, from, target + place, to, columns, down, all));
  }
}

/**
 * dx = dy (softmax - target), where `dy` is the gradient by the loss of each row: with targets that add up to one this is
 * the gradient by x, and TensorFlow.js takes it for any.
 */
export function softmaxCrossEntropyGradient(
  part: i32,
  parts: i32,
  kind: i32,
  rows: i32,
  columns: i32,
  softmax: usize,
  target: usize,
  dy: usize,
  dx: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const place = <usize>row * bytes(columns);
    const by = v128.load32_splat(dy + bytes(row));
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      const at = place + bytes(c);
      const off = f32x4.sub(v128.load(softmax + at), targets(kind, target + at, 4));
      v128.store(dx + at, f32x4.mul(by, off));
    }
    if (c < columns) {
      const at = place + bytes(c);
      const off = f32x4.sub(loadFew(softmax + at, columns - c, 0), targets(kind, target + at, columns - c));
      storeFew(dx + at, f32x4.mul(by, off), columns - c);
    }
  }
}
