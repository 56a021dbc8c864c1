/**
 * Updates of all variables of a model at once, in place. Each rounds as TensorFlow.js does, which computes them from a
 * dozen kernels: no multiply-add is fused, so that the weights are the same to the bit.
 *
 * `table` has for each of `count` variables the count of weights to update and the addresses of its gradient, of itself
 * and of up to three slots, all of 4 bytes: those of sparse weights are packed (packed.ts).
 */
import { bytes, partBegin } from './simd';

const entryBytes: usize = 24;

let from: usize = 0;
let end: usize = 0;
let gradient: usize = 0;
let value: usize = 0;
let first: usize = 0;
let second: usize = 0;
let third: usize = 0;

/** Looks up this part of variable `i`; what it has too little of for four at a time falls to the last part. */
function look(table: usize, i: i32, part: i32, parts: i32): void {
  const entry = table + <usize>i * entryBytes;
  const size = load<i32>(entry);
  from = bytes(partBegin(part, parts, size, 4));
  end = bytes(partBegin(part + 1, parts, size, 4));
  gradient = load<u32>(entry, 4);
  value = load<u32>(entry, 8);
  first = load<u32>(entry, 12);
  second = load<u32>(entry, 16);
  third = load<u32>(entry, 20);
}

/** Four numbers from `at`, or one four times where only that one is left. */
function read(base: usize, at: usize, four: bool): v128 {
  return four ? v128.load(base + at) : v128.load32_splat(base + at);
}

function write(base: usize, at: usize, four: bool, numbers: v128): void {
  if (four) v128.store(base + at, numbers);
  else store<f32>(base + at, f32x4.extract_lane(numbers, 0));
}

/** value += rate * gradient; `rate` is the address of the negative learning rate. */
export function gradientDescent(part: i32, parts: i32, table: usize, count: i32, rate: usize): void {
  const c = v128.load32_splat(rate);
  for (let i = 0; i < count; i++) {
    look(table, i, part, parts);
    descend(c);
  }
}

function descend(c: v128): void {
  for (let at = from; at < end;) {
    const four = at + 16 <= end;
    const g = read(gradient, at, four);
    write(value, at, four, f32x4.add(f32x4.mul(c, g), read(value, at, four)));
    at += four ? 16 : 4;
  }
}

/** Momentum (Sutskever et al. 2013, equations 1 to 4): slot = m slot + gradient; `m` and `rate` are addresses. */
export function momentum(
  part: i32,
  parts: i32,
  table: usize,
  count: i32,
  rate: usize,
  m: usize,
  nesterov: bool,
): void {
  const c = v128.load32_splat(rate);
  const keep = v128.load32_splat(m);
  for (let i = 0; i < count; i++) {
    look(table, i, part, parts);
    accumulate(c, keep, nesterov);
  }
}

function accumulate(c: v128, keep: v128, nesterov: bool): void {
  for (let at = from; at < end;) {
    const four = at + 16 <= end;
    const g = read(gradient, at, four);
    const sum = f32x4.add(f32x4.mul(keep, read(first, at, four)), g);
    const step = nesterov ? f32x4.add(g, f32x4.mul(sum, keep)) : sum;
    write(value, at, four, f32x4.add(f32x4.mul(c, step), read(value, at, four)));
    write(first, at, four, sum);
    at += four ? 16 : 4;
  }
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1). `power1` and `power2` are the addresses of beta1^t and beta2^t, which
 * `multiplyOne` moves on afterwards; `minusRate` is the negative learning rate. With a `shrink` below 1 it is AdamW
 * (Loshchilov and Hutter 2019, algorithm 2): each weight is multiplied by it first.
 */
export function adam(
  part: i32,
  parts: i32,
  table: usize,
  count: i32,
  power1: usize,
  power2: usize,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  epsilon: f32,
  minusRate: f32,
  shrink: f32,
): void {
  const one = f32x4.splat(1);
  const correction1 = f32x4.sub(one, v128.load32_splat(power1));
  const correction2 = f32x4.sub(one, v128.load32_splat(power2));
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(oneMinusBeta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(oneMinusBeta2);
  const e = f32x4.splat(epsilon);
  const rate = f32x4.splat(minusRate);
  const decay = f32x4.splat(shrink);
  for (let i = 0; i < count; i++) {
    look(table, i, part, parts);
    adapt(correction1, correction2, b1, c1, b2, c2, e, rate, decay);
  }
}

function adapt(
  correction1: v128,
  correction2: v128,
  b1: v128,
  c1: v128,
  b2: v128,
  c2: v128,
  e: v128,
  rate: v128,
  decay: v128,
): void {
  for (let at = from; at < end;) {
    const four = at + 16 <= end;
    const g = read(gradient, at, four);
    const m = f32x4.add(f32x4.mul(read(first, at, four), b1), f32x4.mul(g, c1));
    const v = f32x4.add(f32x4.mul(read(second, at, four), b2), f32x4.mul(f32x4.mul(g, g), c2));
    const down = f32x4.add(f32x4.sqrt(f32x4.div(v, correction2)), e);
    const step = f32x4.mul(f32x4.div(f32x4.div(m, correction1), down), rate);
    write(value, at, four, f32x4.add(step, f32x4.mul(read(value, at, four), decay)));
    write(first, at, four, m);
    write(second, at, four, v);
    at += four ? 16 : 4;
  }
}

/** RMSProp (Hinton 2012, lecture 6e), with momentum, and centered (Graves 2013, equations 38 to 45) where asked for. */
export function rmsProp(
  part: i32,
  parts: i32,
  table: usize,
  count: i32,
  decay: f32,
  oneMinusDecay: f32,
  keep: f32,
  learningRate: f32,
  epsilon: f32,
  centered: bool,
): void {
  const d = f32x4.splat(decay);
  const c = f32x4.splat(oneMinusDecay);
  const m = f32x4.splat(keep);
  const rate = f32x4.splat(learningRate);
  const e = f32x4.splat(epsilon);
  for (let i = 0; i < count; i++) {
    look(table, i, part, parts);
    scale(d, c, m, rate, e, centered);
  }
}

function scale(d: v128, c: v128, m: v128, rate: v128, e: v128, centered: bool): void {
  for (let at = from; at < end;) {
    const four = at + 16 <= end;
    const g = read(gradient, at, four);
    const square = f32x4.add(f32x4.mul(read(first, at, four), d), f32x4.mul(f32x4.mul(g, g), c));
    let down = f32x4.add(square, e);
    if (centered) {
      const mean = f32x4.add(f32x4.mul(read(third, at, four), d), f32x4.mul(g, c));
      write(third, at, four, mean);
      down = f32x4.add(f32x4.sub(square, f32x4.mul(mean, mean)), e);
    }
    const step = f32x4.div(f32x4.mul(g, rate), f32x4.sqrt(down));
    const moment = f32x4.add(f32x4.mul(read(second, at, four), m), step);
    write(value, at, four, f32x4.sub(read(value, at, four), moment));
    write(first, at, four, square);
    write(second, at, four, moment);
    at += four ? 16 : 4;
  }
}

/** Adagrad (Duchi et al. 2011, figure 1): each number's rate falls with the sum of its squared gradients. */
export function adagrad(part: i32, parts: i32, table: usize, count: i32, epsilon: f32, minusRate: f32): void {
  const e = f32x4.splat(epsilon);
  const rate = f32x4.splat(minusRate);
  for (let i = 0; i < count; i++) {
    look(table, i, part, parts);
    slow(e, rate);
  }
}

function slow(e: v128, rate: v128): void {
  for (let at = from; at < end;) {
    const four = at + 16 <= end;
    const g = read(gradient, at, four);
    const sum = f32x4.add(read(first, at, four), f32x4.mul(g, g));
    const step = f32x4.mul(f32x4.div(g, f32x4.sqrt(f32x4.add(sum, e))), rate);
    write(value, at, four, f32x4.add(step, read(value, at, four)));
    write(first, at, four, sum);
    at += four ? 16 : 4;
  }
}

/** Adadelta (Zeiler 2012, algorithm 1), but dividing by the squares from before this gradient, as TensorFlow.js does. */
export function adadelta(
  part: i32,
  parts: i32,
  table: usize,
  count: i32,
  rho: f32,
  oneMinusRho: f32,
  epsilon: f32,
  minusRate: f32,
): void {
  const d = f32x4.splat(rho);
  const c = f32x4.splat(oneMinusRho);
  const e = f32x4.splat(epsilon);
  const rate = f32x4.splat(minusRate);
  for (let i = 0; i < count; i++) {
    look(table, i, part, parts);
    balance(d, c, e, rate);
  }
}

function balance(d: v128, c: v128, e: v128, rate: v128): void {
  for (let at = from; at < end;) {
    const four = at + 16 <= end;
    const g = read(gradient, at, four);
    const squares = read(first, at, four);
    const updates = read(second, at, four);
    const ratio = f32x4.div(f32x4.sqrt(f32x4.add(updates, e)), f32x4.sqrt(f32x4.add(squares, e)));
    const update = f32x4.mul(ratio, g);
    write(value, at, four, f32x4.add(f32x4.mul(update, rate), read(value, at, four)));
    write(first, at, four, f32x4.add(f32x4.mul(squares, d), f32x4.mul(f32x4.mul(g, g), c)));
    write(second, at, four, f32x4.add(f32x4.mul(updates, d), f32x4.mul(f32x4.mul(update, update), c)));
    at += four ? 16 : 4;
  }
}

/**
 * Adamax (Kingma and Ba 2015, algorithm 2), with a rate that falls by `decay`; `beta1Power` is the address of beta1 to
 * the power of the steps so far and this one, `iteration` that of the steps so far.
 */
export function adamax(
  part: i32,
  parts: i32,
  table: usize,
  count: i32,
  beta1Power: usize,
  iteration: usize,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  epsilon: f32,
  minusRate: f32,
  decay: f32,
): void {
  const slowed = minusRate / (load<f32>(iteration) * decay + 1);
  const rate = f32x4.splat(slowed / (1 - load<f32>(beta1Power)));
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(oneMinusBeta1);
  const b2 = f32x4.splat(beta2);
  const e = f32x4.splat(epsilon);
  for (let i = 0; i < count; i++) {
    look(table, i, part, parts);
    limit(b1, c1, b2, e, rate);
  }
}

function limit(b1: v128, c1: v128, b2: v128, e: v128, rate: v128): void {
  for (let at = from; at < end;) {
    const four = at + 16 <= end;
    const g = read(gradient, at, four);
    const m = f32x4.add(f32x4.mul(read(first, at, four), b1), f32x4.mul(g, c1));
    const norm = f32x4.max(f32x4.mul(read(second, at, four), b2), f32x4.abs(g));
    const step = f32x4.mul(rate, f32x4.div(m, f32x4.add(norm, e)));
    write(value, at, four, f32x4.add(step, read(value, at, four)));
    write(first, at, four, m);
    write(second, at, four, norm);
    at += four ? 16 : 4;
  }
}

/** Multiplies the one number at `at`. */
export function multiplyOne(at: usize, factor: f32): void {
  store<f32>(at, load<f32>(at) * factor);
}

/** Adds to the one number at `at`. */
export function addOne(at: usize, amount: f32): void {
  store<f32>(at, load<f32>(at) + amount);
}
