/**
 * Functions that machines have no instruction for, four numbers at a time. Reduction and polynomials after Cephes
 * (Moshier 1992: expf, logf, tanhf); errors stay below 2 units in the last place.
 */
import { multiplyAdd } from './simd';

/** e^x: infinite above 88.73, 0 below -103.97, NaN of NaN. */
export function exponential(x: v128): v128 {
  const bounded = f32x4.max(f32x4.min(x, f32x4.splat(88.8)), f32x4.splat(-104));
  // x = n ln 2 + r, |r| <= ln 2 / 2, with ln 2 in two parts so that r loses nothing.
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
  // 2^n in two factors: their exponents stay within what a float32 can have, also where the result is subnormal.
  const k = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(k, 1);
  const result = f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(k, half)));
  return v128.bitselect(result, x, f32x4.eq(x, x));
}

function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** ln x: -infinite of 0, NaN below, x itself where it is infinite or NaN. */
export function logarithm(x: v128): v128 {
  // Subnormal numbers are brought into range first.
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  const exponent = i32x4.sub(i32x4.shr_u(scaled, 23), i32x4.splat(126));
  let e = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(tiny, f32x4.splat(23)));
  // x = 2^e m, sqrt(1/2) <= m < sqrt(2).
  const m = v128.or(v128.and(scaled, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const low = f32x4.lt(m, f32x4.splat(0.707106781));
  e = f32x4.sub(e, v128.and(low, f32x4.splat(1)));
  const r = f32x4.add(f32x4.sub(m, f32x4.splat(1)), v128.and(low, m));
  const z = f32x4.mul(r, r);
  let p = f32x4.splat(7.0376836292e-2);
  p = multiplyAdd(p, r, f32x4.splat(-1.151461031e-1));
  p = multiplyAdd(p, r, f32x4.splat(1.167699874e-1));
  p = multiplyAdd(p, r, f32x4.splat(-1.2420140846e-1));
  p = multiplyAdd(p, r, f32x4.splat(1.4249322787e-1));
  p = multiplyAdd(p, r, f32x4.splat(-1.6668057665e-1));
  p = multiplyAdd(p, r, f32x4.splat(2.0000714765e-1));
  p = multiplyAdd(p, r, f32x4.splat(-2.4999993993e-1));
  p = multiplyAdd(p, r, f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, r), z);
  y = multiplyAdd(e, f32x4.splat(-2.1219444e-4), y);
  y = multiplyAdd(z, f32x4.splat(-0.5), y);
  y = multiplyAdd(e, f32x4.splat(0.693359375), f32x4.add(r, y));
  y = v128.bitselect(y, f32x4.splat(NaN), f32x4.gt(x, f32x4.splat(0)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
}

/** 1 / (1 + e^-x). */
export function logistic(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}

/** tanh x. */
export function hyperbolicTangent(x: v128): v128 {
  const one = f32x4.splat(1);
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = multiplyAdd(p, z, f32x4.splat(2.06390887954e-2));
  p = multiplyAdd(p, z, f32x4.splat(-5.37397155531e-2));
  p = multiplyAdd(p, z, f32x4.splat(1.33314422036e-1));
  p = multiplyAdd(p, z, f32x4.splat(-3.33332819422e-1));
  const near = multiplyAdd(f32x4.mul(p, z), x, x);
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(exponential(f32x4.add(size, size)), one)));
  const signed = v128.or(far, v128.and(x, f32x4.splat(-0.0)));
  const result = v128.bitselect(near, signed, f32x4.lt(size, f32x4.splat(0.625)));
  return v128.bitselect(result, x, f32x4.eq(x, x));
}
