/** Powers, worked out in float64: as float32 an exponent's error would grow with the logarithm. */

/** x^y as JavaScript has it: 1 for y = 0, NaN for a negative x with a broken y and for a size of 1 with an infinite y. */
export function power(x: f32, y: f32): f32 {
  if (y == 0) return 1;
  if (x != x || y != y) return NaN;
  const size = abs<f32>(x);
  const isWhole = floor<f32>(y) == y;
  const isOdd = isWhole && abs<f32>(y) < 16777216 && ((<i32>y) & 1) == 1;
  if (x < 0 && !isWhole) {
    // Of an infinite base, and of an infinite exponent, only the sizes matter.
    if (size == Infinity) return y > 0 ? Infinity : 0;
    return NaN;
  }
  let result: f32;
  if (abs<f32>(y) == Infinity) {
    if (size == 1) return NaN;
    return size > 1 == y > 0 ? Infinity : 0;
  } else if (size == 0) result = y > 0 ? 0 : Infinity;
  else if (size == Infinity) result = y > 0 ? Infinity : 0;
  else result = <f32>exponential(<f64>y * logarithm(<f64>size));
  return isOdd ? copysign<f32>(result, x) : result;
}

/** ln x of a positive finite number. */
function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), whose series ends where s^2 < 0.03 makes no difference.
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  p = p * z + 1;
  return <f64>exponent * 0.6931471805599453 + 2 * s * p;
}

/** e^x: 0 and infinite beyond what a float32 can have. */
function exponential(x: f64): f64 {
  if (x > 100) return Infinity;
  if (x < -120) return 0;
  const n = nearest<f64>(x * 1.4426950408889634);
  const r = x - n * 0.6931471805599453;
  let p: f64 = 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** Whether all powers of four are those of positive numbers, with nothing infinite, tiny or undefined in them. */
export function isPlain(x: v128, y: v128): bool {
  const isPositive = v128.and(f32x4.ge(x, f32x4.splat(1.17549435e-38)), f32x4.lt(x, f32x4.splat(Infinity)));
  return i32x4.all_true(v128.and(isPositive, f32x4.lt(f32x4.abs(y), f32x4.splat(Infinity))));
}

/** Four such powers, two at a time. */
export function powers(x: v128, y: v128): v128 {
  const low = twoPowers(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y));
  const highX = v128.shuffle<i64>(x, x, 1, 1);
  const highY = v128.shuffle<i64>(y, y, 1, 1);
  const high = twoPowers(f64x2.promote_low_f32x4(highX), f64x2.promote_low_f32x4(highY));
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

function fused(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** With as many terms as a float32 can tell. */
function twoPowers(x: v128, y: v128): v128 {
  const one = f64x2.splat(1);
  // As `logarithm`.
  let m = v128.or(v128.and(x, i64x2.splat(0x000fffffffffffff)), one);
  const isHigh = f64x2.gt(m, f64x2.splat(1.4142135623730951));
  m = f64x2.mul(m, v128.bitselect(f64x2.splat(0.5), one, isHigh));
  const exponents = i64x2.sub(i64x2.sub(i64x2.shr_u(x, 52), i64x2.splat(1023)), isHigh);
  const e = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponents, exponents, 0, 2, 0, 2));
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let p = f64x2.splat(1.0 / 13);
  p = fused(p, z, f64x2.splat(1.0 / 11));
  p = fused(p, z, f64x2.splat(1.0 / 9));
  p = fused(p, z, f64x2.splat(1.0 / 7));
  p = fused(p, z, f64x2.splat(1.0 / 5));
  p = fused(p, z, f64x2.splat(1.0 / 3));
  p = fused(p, z, one);
  const ofM = f64x2.mul(f64x2.add(s, s), p);
  const log = fused(e, f64x2.splat(0.6931471805599453), ofM);
  // As `exponential`; what is beyond these bounds is beyond a float32 too.
  const bounded = f64x2.pmax(f64x2.pmin(f64x2.mul(y, log), f64x2.splat(100)), f64x2.splat(-120));
  const n = f64x2.nearest(f64x2.mul(bounded, f64x2.splat(1.4426950408889634)));
  const r = f64x2.sub(bounded, f64x2.mul(n, f64x2.splat(0.6931471805599453)));
  let q = f64x2.splat(1.0 / 40320);
  q = fused(q, r, f64x2.splat(1.0 / 5040));
  q = fused(q, r, f64x2.splat(1.0 / 720));
  q = fused(q, r, f64x2.splat(1.0 / 120));
  q = fused(q, r, f64x2.splat(1.0 / 24));
  q = fused(q, r, f64x2.splat(1.0 / 6));
  q = fused(q, r, f64x2.splat(0.5));
  q = fused(q, r, one);
  q = fused(q, r, one);
  const k = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n));
  return f64x2.mul(q, i64x2.shl(i64x2.add(k, i64x2.splat(1023)), 52));
}
