/**
 * Products with a weight whose active places come in blocks of eight outputs that share an input, as in a panel of a
 * dense product with the rows left out where nothing is active (Elsen et al. 2020, section 3.3). Matrices stay by rows.
 *
 * The blocks of panel p, outputs 8 p .. 8 p + 7, are `offsets[p]` .. `offsets[p + 1]` of `indices`, the inputs that they
 * meet, and of `values`, eight each.
 */
import { relu, relu6 } from './gemm';
import { bytes, least, multiplyAdd, partBegin } from './simd';

/** Rows that meet a panel one after the other, so that they stay in the first cache. */
const blockRows: i32 = 32;

/** y = activation(x W + bias). */
export function blockProduct(
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
): void {
  const end = partBegin(part + 1, parts, rows, 4);
  for (let from = partBegin(part, parts, rows, 4); from < end; from += blockRows) {
    const to = least(end, from + blockRows);
    for (let panel = 0; panel < outputs; panel += 8) {
      const first = load<i32>(offsets + bytes(panel >> 3));
      const last = load<i32>(offsets + bytes((panel >> 3) + 1));
      const add = bias ? bias + bytes(panel) : 0;
      let row = from;
      for (; row + 4 <= to; row += 4)
        fourRows(
          indices + bytes(first),
          indices + bytes(last),
          values + bytes(first << 3),
          x + bytes(row * inputs),
          bytes(inputs),
          y + bytes(row * outputs + panel),
          bytes(outputs),
          add,
          activation,
        );
      for (; row < to; row++)
        oneRow(
          indices + bytes(first),
          indices + bytes(last),
          values + bytes(first << 3),
          x + bytes(row * inputs),
          y + bytes(row * outputs + panel),
          add,
          activation,
        );
    }
  }
}

function fourRows(
  at: usize,
  end: usize,
  values: usize,
  x: usize,
  down: usize,
  y: usize,
  step: usize,
  bias: usize,
  activation: i32,
): void {
  const x1 = x + down;
  const x2 = x1 + down;
  const x3 = x2 + down;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (; at < end; at += 4, values += 32) {
    const k = (<usize>load<u32>(at)) << 2;
    const w0 = v128.load(values);
    const w1 = v128.load(values, 16);
    let each = v128.load32_splat(x + k);
    a0 = multiplyAdd(each, w0, a0);
    a1 = multiplyAdd(each, w1, a1);
    each = v128.load32_splat(x1 + k);
    b0 = multiplyAdd(each, w0, b0);
    b1 = multiplyAdd(each, w1, b1);
    each = v128.load32_splat(x2 + k);
    c0 = multiplyAdd(each, w0, c0);
    c1 = multiplyAdd(each, w1, c1);
    each = v128.load32_splat(x3 + k);
    d0 = multiplyAdd(each, w0, d0);
    d1 = multiplyAdd(each, w1, d1);
  }
  finish(y, a0, a1, bias, activation);
  finish(y + step, b0, b1, bias, activation);
  finish(y + 2 * step, c0, c1, bias, activation);
  finish(y + 3 * step, d0, d1, bias, activation);
}

/** Sums as `fourRows` makes them. */
function oneRow(
  at: usize,
  end: usize,
  values: usize,
  x: usize,
  y: usize,
  bias: usize,
  activation: i32,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  for (; at < end; at += 4, values += 32) {
    const each = v128.load32_splat(x + ((<usize>load<u32>(at)) << 2));
    a0 = multiplyAdd(each, v128.load(values), a0);
    a1 = multiplyAdd(each, v128.load(values, 16), a1);
  }
  finish(y, a0, a1, bias, activation);
}

function finish(y: usize, a: v128, b: v128, bias: usize, activation: i32): void {
  if (bias) {
    a = f32x4.add(a, v128.load(bias));
    b = f32x4.add(b, v128.load(bias, 16));
  }
  if (activation == relu || activation == relu6) {
    const zero = f32x4.splat(0);
    a = f32x4.max(zero, a);
    b = f32x4.max(zero, b);
  }
  if (activation == relu6) {
    const six = f32x4.splat(6);
    a = f32x4.min(six, a);
    b = f32x4.min(six, b);
  }
  v128.store(y, a);
  v128.store(y, b, 16);
}

/** The values of blocks that begin at those positions. */
export function blockValues(
  part: i32,
  parts: i32,
  count: i32,
  positions: usize,
  from: usize,
  to: usize,
): void {
  const end = partBegin(part + 1, parts, count, 1);
  for (let i = partBegin(part, parts, count, 1); i < end; i++) {
    const at = from + bytes(load<i32>(positions + bytes(i)));
    const into = to + bytes(i << 3);
    v128.store(into, v128.load(at));
    v128.store(into, v128.load(at, 16), 16);
  }
}

/** gradient[k, n] = sum over rows of left[row, k] * right[row, n], for n in the blocks of each k, each to its place. */
export function blockGradient(
  part: i32,
  parts: i32,
  rows: i32,
  inner: i32,
  columns: i32,
  offsets: usize,
  indices: usize,
  places: usize,
  left: usize,
  right: usize,
  gradient: usize,
): void {
  const toPlace = places - indices;
  const panels = columns >> 3;
  const end = partBegin(part + 1, parts, panels, 1);
  for (let panel = partBegin(part, parts, panels, 1); panel < end; panel++) {
    const last = indices + bytes(load<i32>(offsets + bytes(panel + 1)));
    let at = indices + bytes(load<i32>(offsets + bytes(panel)));
    const from = right + bytes(panel << 3);
    for (; at + 16 <= last; at += 16)
      fourBlocks(at, at + toPlace, rows, bytes(inner), bytes(columns), left, from, gradient);
    for (; at < last; at += 4)
      oneBlock(at, at + toPlace, rows, bytes(inner), bytes(columns), left, from, gradient);
  }
}

function fourBlocks(
  at: usize,
  place: usize,
  rows: i32,
  down: usize,
  step: usize,
  left: usize,
  right: usize,
  to: usize,
): void {
  const k0 = <usize>load<u32>(at);
  const k1 = <usize>load<u32>(at, 4);
  const k2 = <usize>load<u32>(at, 8);
  const k3 = <usize>load<u32>(at, 12);
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (let row = 0; row < rows; row++, left += down, right += step) {
    const g0 = v128.load(right);
    const g1 = v128.load(right, 16);
    let each = v128.load32_splat(left + (k0 << 2));
    a0 = multiplyAdd(each, g0, a0);
    a1 = multiplyAdd(each, g1, a1);
    each = v128.load32_splat(left + (k1 << 2));
    b0 = multiplyAdd(each, g0, b0);
    b1 = multiplyAdd(each, g1, b1);
    each = v128.load32_splat(left + (k2 << 2));
    c0 = multiplyAdd(each, g0, c0);
    c1 = multiplyAdd(each, g1, c1);
    each = v128.load32_splat(left + (k3 << 2));
    d0 = multiplyAdd(each, g0, d0);
    d1 = multiplyAdd(each, g1, d1);
  }
  finish(to + bytes(load<i32>(place)), a0, a1, 0, 0);
  finish(to + bytes(load<i32>(place, 4)), b0, b1, 0, 0);
  finish(to + bytes(load<i32>(place, 8)), c0, c1, 0, 0);
  finish(to + bytes(load<i32>(place, 12)), d0, d1, 0, 0);
}

function oneBlock(
  at: usize,
  place: usize,
  rows: i32,
  down: usize,
  step: usize,
  left: usize,
  right: usize,
  to: usize,
): void {
  const k = <usize>load<u32>(at);
  let a0 = f32x4.splat(0);
  let a1 = a0;
  for (let row = 0; row < rows; row++, left += down, right += step) {
    const each = v128.load32_splat(left + (k << 2));
    a0 = multiplyAdd(each, v128.load(right), a0);
    a1 = multiplyAdd(each, v128.load(right, 16), a1);
  }
  finish(to + bytes(load<i32>(place)), a0, a1, 0, 0);
}
