/** Adding up, in such a way that a sum of millions keeps six digits and more. */
import { loadFew } from './few';
import { Add, foldRow } from './folds';
import { bytes, least } from './simd';

/** That many numbers are added up as float32; such sums then as float64: a sum of millions keeps six digits and more. */
export const block = 64;

/** Four lanes are added to a pair of sums in float64 each. */
export function low(sum: v128, x: v128): v128 {
  return f64x2.add(sum, f64x2.promote_low_f32x4(x));
}
export function high(sum: v128, x: v128): v128 {
  return f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)));
}
export function quotients(a: v128, b: v128, divisor: v128): v128 {
  const first = f32x4.demote_f64x2_zero(f64x2.div(a, divisor));
  const second = f32x4.demote_f64x2_zero(f64x2.div(b, divisor));
  return v128.shuffle<i64>(first, second, 0, 2);
}

/** Sums over a divisor, as a matrix is reduced: one row, 16 columns, four, or one. */
@final
@unmanaged
export class Sum {
  /** Of fewer numbers than a block, which lose nothing where they are added up as float32. */
  row(x: usize, count: i32, divisor: f64, out: usize): void {
    foldRow<Add>(x, count, <f32>divisor, out);
  }

  /**
   * Sums of `rows` rows of 16 numbers, `step` bytes apart, and of `extra` numbers behind the last, column by column. Where
   * the columns are fewer, `width` of them, the 16 are these again and again.
   */
  by16(x: usize, rows: i32, step: usize, extra: i32, width: i32, divisor: f64, out: usize): void {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (let row = 0; row < rows; row += block) {
      const own = least(block, rows - row);
      a = b = c = d = f32x4.splat(0);
      for (let i = 0; i < own; i++, x += step) {
        a = f32x4.add(a, v128.load(x));
        b = f32x4.add(b, v128.load(x, 16));
        c = f32x4.add(c, v128.load(x, 32));
        d = f32x4.add(d, v128.load(x, 48));
      }
      a0 = low(a0, a);
      a1 = high(a1, a);
      b0 = low(b0, b);
      b1 = high(b1, b);
      c0 = low(c0, c);
      c1 = high(c1, c);
      d0 = low(d0, d);
      d1 = high(d1, d);
    }
    if (extra > 0) {
      a = loadFew(x, extra, 0);
      a0 = low(a0, a);
      a1 = high(a1, a);
    }
    if (extra > 4) {
      a = loadFew(x + 16, extra - 4, 0);
      b0 = low(b0, a);
      b1 = high(b1, a);
    }
    if (extra > 8) {
      a = loadFew(x + 32, extra - 8, 0);
      c0 = low(c0, a);
      c1 = high(c1, a);
    }
    if (extra > 12) {
      a = loadFew(x + 48, extra - 12, 0);
      d0 = low(d0, a);
      d1 = high(d1, a);
    }
    const by = f64x2.splat(divisor);
    if (width == 16) {
      v128.store(out, quotients(a0, a1, by));
      v128.store(out, quotients(b0, b1, by), 16);
      v128.store(out, quotients(c0, c1, by), 32);
      v128.store(out, quotients(d0, d1, by), 48);
      return;
    }
    a0 = f64x2.add(a0, c0);
    a1 = f64x2.add(a1, c1);
    b0 = f64x2.add(b0, d0);
    b1 = f64x2.add(b1, d1);
    if (width == 8) {
      v128.store(out, quotients(a0, a1, by));
      v128.store(out, quotients(b0, b1, by), 16);
      return;
    }
    a0 = f64x2.add(a0, b0);
    a1 = f64x2.add(a1, b1);
    if (width == 4) {
      v128.store(out, quotients(a0, a1, by));
      return;
    }
    a0 = f64x2.add(a0, a1);
    const first = f64x2.extract_lane(a0, 0);
    const second = f64x2.extract_lane(a0, 1);
    if (width == 2) {
      store<f32>(out, <f32>(first / divisor));
      store<f32>(out, <f32>(second / divisor), 4);
    } else store<f32>(out, <f32>((first + second) / divisor));
  }

  /** Sums of four columns, four rows at a time. */
  by4(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    let s0 = f64x2.splat(0);
    let s1 = s0;
    const whole = rows & ~3;
    for (let row = 0; row < whole; row += block) {
      const own = least(block, whole - row);
      let a = f32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      for (let i = 0; i < own; i += 4, x += 4 * step) {
        a = f32x4.add(a, v128.load(x));
        b = f32x4.add(b, v128.load(x + step));
        c = f32x4.add(c, v128.load(x + 2 * step));
        d = f32x4.add(d, v128.load(x + 3 * step));
      }
      a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
      s0 = low(s0, a);
      s1 = high(s1, a);
    }
    for (let row = whole; row < rows; row++, x += step) {
      const a = v128.load(x);
      s0 = low(s0, a);
      s1 = high(s1, a);
    }
    v128.store(out, quotients(s0, s1, f64x2.splat(divisor)));
  }

  by1(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    let sum: f64 = 0;
    for (let row = 0; row < rows; row++, x += step) sum += <f64>load<f32>(x);
    store<f32>(out, <f32>(sum / divisor));
  }
}
