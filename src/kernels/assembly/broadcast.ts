/** Walking two inputs whose axes may be broadcast. */
import { bytes, partBegin } from './simd';

/**
 * Rows of `Row`, whose steps along the last axis are 1 or 0. Sizes and steps are as of `binary` in elementwise.ts; items
 * of the inputs have 2^inShift bytes, those of the output 2^outShift.
 */
export function eachRow<Row>(
  part: i32,
  parts: i32,
  inShift: usize,
  outShift: usize,
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
  const row = changetype<Row>(0);
  // A long row is shared out itself, else the rows are.
  const rows = n0 * n1 * n2;
  const isFlat = rows == 1;
  const first = isFlat ? partBegin(part, parts, n3, 16) : 0;
  const count = (isFlat ? partBegin(part + 1, parts, n3, 16) : n3) - first;
  const from = isFlat ? 0 : partBegin(part, parts, rows, 1);
  const to = isFlat ? 1 : partBegin(part + 1, parts, rows, 1);
  if (from >= to) return;
  let i1 = (from / n2) % n1;
  let i0 = from / n2 / n1;
  let i2 = from % n2;
  for (let each = from; each < to; each++) {
    if (i2 == n2) {
      i2 = 0;
      if (++i1 == n1) {
        i1 = 0;
        i0++;
      }
    }
    row.run(
      a + ((<usize>(i0 * a0 + i1 * a1 + i2 * a2 + first * a3)) << inShift),
      a3,
      b + ((<usize>(i0 * b0 + i1 * b1 + i2 * b2 + first * b3)) << inShift),
      b3,
      out + ((<usize>(each * n3 + first)) << outShift),
      count,
    );
    i2++;
  }
}

/** Four numbers, or one four times. */
export function fourOf(from: usize, step: i32): v128 {
  return step ? v128.load(from) : v128.load32_splat(from);
}
