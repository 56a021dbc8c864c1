/** Walking two inputs whose axes may be broadcast. */
import { loadFew, storeFew } from './few';
import { bytes, partBegin } from './simd';

let from: i32 = 0;
let to: i32 = 0;
let first: i32 = 0;
let count: i32 = 0;
let size1: i32 = 0;
let size2: i32 = 0;
let size3: i32 = 0;
let aStep0: i32 = 0;
let aStep1: i32 = 0;
let aStep2: i32 = 0;
let aStep3: i32 = 0;
let bStep0: i32 = 0;
let bStep1: i32 = 0;
let bStep2: i32 = 0;
let bStep3: i32 = 0;
let aBegin: usize = 0;
let bBegin: usize = 0;
let outBegin: usize = 0;

/**
 * Sets the walk of this call: over sizes n0 x n1 x n2 x n3, of which this part of the parts is to be done. a0 .. a3 and
 * b0 .. b3 are how many items a step along each axis is in a and b, 0 where it is the same item again. Along the last
 * axis it is 1 or 0, and not 0 for both.
 */
export function setWalk(
  part: i32,
  parts: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  a: usize,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b: usize,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  out: usize,
): void {
  // A long row is shared out itself, else the rows are.
  const rows = n0 * n1 * n2;
  const isFlat = rows == 1;
  first = isFlat ? partBegin(part, parts, n3, 16) : 0;
  count = (isFlat ? partBegin(part + 1, parts, n3, 16) : n3) - first;
  from = isFlat ? 0 : partBegin(part, parts, rows, 1);
  to = isFlat ? 1 : partBegin(part + 1, parts, rows, 1);
  size1 = n1;
  size2 = n2;
  size3 = n3;
  aBegin = a;
  aStep0 = a0;
  aStep1 = a1;
  aStep2 = a2;
  aStep3 = a3;
  bBegin = b;
  bStep0 = b0;
  bStep1 = b1;
  bStep2 = b2;
  bStep3 = b3;
  outBegin = out;
}

/** Runs `Row` on each row of the walk. Items of the inputs have 2^inShift bytes, those of the output 2^outShift. */
export function eachRow<Row>(inShift: usize, outShift: usize): void {
  if (from >= to) return;
  const row = changetype<Row>(0);
  let i2 = from % size2;
  let i1 = (from / size2) % size1;
  let i0 = from / size2 / size1;
  for (let each = from; each < to; each++) {
    if (i2 == size2) {
      i2 = 0;
      if (++i1 == size1) {
        i1 = 0;
        i0++;
      }
    }
    row.run(
      aBegin + ((<usize>(i0 * aStep0 + i1 * aStep1 + i2 * aStep2 + first * aStep3)) << inShift),
      aStep3,
      bBegin + ((<usize>(i0 * bStep0 + i1 * bStep1 + i2 * bStep2 + first * bStep3)) << inShift),
      bStep3,
      outBegin + ((<usize>(each * size3 + first)) << outShift),
      count,
    );
    i2++;
  }
}

/** The walk on float32 pairs. One row of b for all of a, as a bias is, is kept at hand while a goes by. */
export function eachPair<Op>(): void {
  const isFlat = from + 1 >= to;
  const isOneRow = aStep3 == 1 && bStep3 == 1 && aStep2 == size3 && bStep2 == 0 && to <= size2;
  if (isFlat || !isOneRow) return eachRow<Pairs<Op>>(2, 2);
  const op = changetype<Op>(0);
  const row = bytes(size3);
  const whole = row & ~15;
  const rest = size3 & 3;
  const b = bBegin;
  const end = outBegin + <usize>to * row;
  let a = aBegin + <usize>from * row;
  for (let out = outBegin + <usize>from * row; out < end; out += row, a += row) {
    for (let at: usize = 0; at < whole; at += 16)
      v128.store(out + at, op.four(v128.load(a + at), v128.load(b + at)));
    if (rest) storeFew(out + whole, op.four(loadFew(a + whole, rest, 0), loadFew(b + whole, rest, 0)), rest);
  }
}

/** A row of float32 pairs, four at a time; the last few are computed as four too. */
@final
@unmanaged
class Pairs<Op> {
  run(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, count: i32): void {
    const op = changetype<Op>(0);
    const whole = out + (bytes(count) & ~15);
    const end = out + bytes(count);
    if (aStep && bStep)
      for (; out < whole; out += 16, a += 16, b += 16) v128.store(out, op.four(v128.load(a), v128.load(b)));
    else if (aStep) {
      const second = v128.load32_splat(b);
      for (; out < whole; out += 16, a += 16) v128.store(out, op.four(v128.load(a), second));
    } else {
      const first = v128.load32_splat(a);
      for (; out < whole; out += 16, b += 16) v128.store(out, op.four(first, v128.load(b)));
    }
    for (; out < end; out += 4) {
      store<f32>(out, f32x4.extract_lane(op.four(v128.load32_splat(a), v128.load32_splat(b)), 0));
      a += 4 * aStep;
      b += 4 * bStep;
    }
  }
}

/** Four numbers, or one four times. */
export function fourOf(from: usize, step: i32): v128 {
  return step ? v128.load(from) : v128.load32_splat(from);
}
