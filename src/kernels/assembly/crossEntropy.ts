/**
 * Cross-entropy of rows of probabilities with targets, and its gradients by the probabilities. These are held within
 * `lowest` and 1 - `lowest`, and have no gradient where they are not. Sums are float64.
 */
import { loadFew, storeFew } from './few';
import { bytes, least, partBegin } from './simd';
import { high, low } from './sums';
import { logarithm } from './transcendental';

const lowest: f32 = 1e-7;
const highest: f32 = 1 - 1e-7;

function held(x: v128): v128 {
  return f32x4.min(f32x4.max(x, f32x4.splat(lowest)), f32x4.splat(highest));
}
/** All bits where a number is within the bounds. */
function within(x: v128): v128 {
  return v128.and(f32x4.ge(x, f32x4.splat(lowest)), f32x4.le(x, f32x4.splat(highest)));
}
/** All bits in lanes that are columns, from column `c` on. */
function there(c: i32, columns: i32): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(c), i32x4(0, 1, 2, 3)), i32x4.splat(columns));
}
function promotedSum(x: v128): f64 {
  const two = high(low(f64x2.splat(0), x), x);
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
}

/** What targets are: a number for each probability, as float32 (0) or int32 (1), or a row's class, as float32 (2). */
function targets(kind: i32, target: usize, row: i32, c: i32, columns: i32): v128 {
  const count = least(4, columns - c);
  if (kind < 2) {
    const own = loadFew(target + (<usize>row * <usize>columns + c) * 4, count, 0);
    return kind == 0 ? own : f32x4.convert_i32x4_s(own);
  }
  const place = <i32>floor<f32>(load<f32>(target + bytes(row)));
  const isPlace = i32x4.eq(i32x4.add(i32x4.splat(c), i32x4(0, 1, 2, 3)), i32x4.splat(place));
  return v128.and(isPlace, f32x4.splat(1));
}

/** Four probabilities as they are divided by their row's sum: those beside a class are held within the bounds before. */
function shares(kind: i32, from: usize, c: i32, columns: i32): v128 {
  const x = loadFew(from + bytes(c), least(4, columns - c), 0);
  return kind < 2 ? x : v128.and(held(x), there(c, columns));
}

function rowSum(kind: i32, from: usize, columns: i32): f32 {
  let sum: f64 = 0;
  for (let c = 0; c < columns; c += 4) sum += promotedSum(shares(kind, from, c, columns));
  return <f32>sum;
}

/** loss[row] = -sum of target ln(x / sum of the row's x). */
export function crossEntropy(
  part: i32,
  parts: i32,
  kind: i32,
  rows: i32,
  columns: i32,
  x: usize,
  target: usize,
  loss: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const from = x + <usize>row * bytes(columns);
    const all = f32x4.splat(rowSum(kind, from, columns));
    let sum: f64 = 0;
    for (let c = 0; c < columns; c += 4) {
      const share = f32x4.div(shares(kind, from, c, columns), all);
      const by = targets(kind, target, row, c, columns);
      sum += promotedSum(v128.and(f32x4.mul(by, logarithm(held(share))), there(c, columns)));
    }
    store<f32>(loss + bytes(row), -(<f32>sum));
  }
}

/** The gradient by one four of shares, where a row's loss has gradient 1. */
function shareGradient(kind: i32, target: usize, row: i32, c: i32, columns: i32, share: v128): v128 {
  const by = f32x4.div(targets(kind, target, row, c, columns), held(share));
  return v128.and(f32x4.neg(by), within(share));
}

/** The gradient of the above by x, where `dy` is that by the loss of each row. */
export function crossEntropyGradient(
  part: i32,
  parts: i32,
  kind: i32,
  rows: i32,
  columns: i32,
  x: usize,
  target: usize,
  dy: usize,
  dx: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const from = x + <usize>row * bytes(columns);
    const to = dx + <usize>row * bytes(columns);
    const rowGradient = f32x4.splat(load<f32>(dy + bytes(row)));
    const sum = rowSum(kind, from, columns);
    const all = f32x4.splat(sum);
    let through: f64 = 0;
    for (let c = 0; c < columns; c += 4) {
      const own = shares(kind, from, c, columns);
      const by = shareGradient(kind, target, row, c, columns, f32x4.div(own, all));
      through += promotedSum(v128.and(f32x4.mul(by, own), there(c, columns)));
    }
    // Every probability is in the sum that all are divided by.
    const common = f32x4.splat(<f32>(through / (<f64>sum * <f64>sum)));
    for (let c = 0; c < columns; c += 4) {
      const count = least(4, columns - c);
      const share = f32x4.div(shares(kind, from, c, columns), all);
      const own = f32x4.div(shareGradient(kind, target, row, c, columns, share), all);
      let made = f32x4.mul(f32x4.sub(own, common), rowGradient);
      if (kind >= 2) made = v128.and(made, within(loadFew(from + bytes(c), count, 0)));
      storeFew(to + bytes(c), made, count);
    }
  }
}

/** ln (1 + x) for x from 0 to 1, to the last digits of small ones (Higham 2002, problem 1.5). */
function logarithmOfMore(x: v128): v128 {
  const more = f32x4.add(x, f32x4.splat(1));
  const added = f32x4.sub(more, f32x4.splat(1));
  const made = f32x4.div(f32x4.mul(logarithm(more), x), added);
  return v128.bitselect(x, made, f32x4.eq(added, f32x4.splat(0)));
}

/** loss[row] = mean of -target ln x - (1 - target) ln(1 - x), from z = ln(x / (1 - x)). */
export function binaryCrossEntropy(
  part: i32,
  parts: i32,
  kind: i32,
  rows: i32,
  columns: i32,
  x: usize,
  target: usize,
  loss: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  const one = f32x4.splat(1);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const from = x + <usize>row * bytes(columns);
    let sum: f64 = 0;
    for (let c = 0; c < columns; c += 4) {
      const p = held(loadFew(from + bytes(c), least(4, columns - c), 0));
      const odds = f32x4.div(p, f32x4.sub(one, p));
      const z = logarithm(odds);
      const t = targets(kind, target, row, c, columns);
      const line = f32x4.sub(f32x4.max(z, f32x4.splat(0)), f32x4.mul(z, t));
      const bend = logarithmOfMore(f32x4.min(odds, f32x4.div(one, odds)));
      sum += promotedSum(v128.and(f32x4.add(line, bend), there(c, columns)));
    }
    store<f32>(loss + bytes(row), <f32>(sum / <f64>columns));
  }
}

/** The gradient of the above by x, where `dy` is that by the loss of each row. */
export function binaryCrossEntropyGradient(
  part: i32,
  parts: i32,
  kind: i32,
  rows: i32,
  columns: i32,
  x: usize,
  target: usize,
  dy: usize,
  dx: usize,
): void {
  const last = partBegin(part + 1, parts, rows, 1);
  const one = f32x4.splat(1);
  for (let row = partBegin(part, parts, rows, 1); row < last; row++) {
    const from = x + <usize>row * bytes(columns);
    const to = dx + <usize>row * bytes(columns);
    const rowGradient = f32x4.splat(load<f32>(dy + bytes(row)) / <f32>columns);
    for (let c = 0; c < columns; c += 4) {
      const count = least(4, columns - c);
      const given = loadFew(from + bytes(c), count, 0);
      const p = held(given);
      const t = targets(kind, target, row, c, columns);
      const slope = f32x4.div(f32x4.sub(p, t), f32x4.mul(p, f32x4.sub(one, p)));
      storeFew(to + bytes(c), v128.and(f32x4.mul(slope, rowGradient), within(given)), count);
    }
  }
}

/** dx = y (dy - sum of the row's y dy), where the rows y are what a softmax made. */
export function softmaxGradient(
  part: i32,
  parts: i32,
  rows: i32,
  columns: i32,
  y: usize,
  dy: usize,
  dx: usize,
): void {
  const begin = partBegin(part, parts, rows, 1);
  const end = partBegin(part + 1, parts, rows, 1);
  const few = columns & 3;
  const whole = bytes(columns - few);
  const step = bytes(columns);
  y += <usize>begin * step;
  dy += <usize>begin * step;
  dx += <usize>begin * step;
  for (let row = begin; row < end; row++, y += step, dy += step, dx += step) {
    let first = f64x2.splat(0);
    let second = first;
    for (let at: usize = 0; at < whole; at += 16) {
      const four = f32x4.mul(v128.load(y + at), v128.load(dy + at));
      v128.store(dx + at, four);
      first = low(first, four);
      second = high(second, four);
    }
    let own: v128 = f32x4.splat(0);
    if (few) {
      own = f32x4.mul(loadFew(y + whole, few, 0), loadFew(dy + whole, few, 0));
      first = low(first, own);
      second = high(second, own);
    }
    first = f64x2.add(first, second);
    const sum = f32x4.splat(<f32>(f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1)));
    for (let at: usize = 0; at < whole; at += 16)
      v128.store(dx + at, f32x4.sub(v128.load(dx + at), f32x4.mul(sum, v128.load(y + at))));
    if (few) storeFew(dx + whole, f32x4.sub(own, f32x4.mul(sum, loadFew(y + whole, few, 0))), few);
  }
}
