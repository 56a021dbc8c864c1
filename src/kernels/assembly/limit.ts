/** What this machine's WebAssembly can do at most: multiply-adds in registers alone, as a yardstick for products. */
import { multiplyAdd } from './simd';

/** 8 x `registerSums()` operations a round, in sums that do not wait for each other; returns what nobody needs. */
export function registerLimit(rounds: i32): f32 {
  const a = f32x4.splat(1.0000001);
  const b = f32x4.splat(0.9999999);
  let s0 = a;
  let s1 = b;
  let s2 = a;
  let s3 = b;
  let s4 = a;
  let s5 = b;
  let s6 = a;
  let s7 = b;
  let s8 = a;
  let s9 = b;
  for (let i = 0; i < rounds; i++) {
    s0 = multiplyAdd(s0, a, b);
    s1 = multiplyAdd(s1, a, b);
    s2 = multiplyAdd(s2, a, b);
    s3 = multiplyAdd(s3, a, b);
    s4 = multiplyAdd(s4, a, b);
    s5 = multiplyAdd(s5, a, b);
    s6 = multiplyAdd(s6, a, b);
    s7 = multiplyAdd(s7, a, b);
    s8 = multiplyAdd(s8, a, b);
    s9 = multiplyAdd(s9, a, b);
  }
  const low = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  const high = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
  return f32x4.extract_lane(f32x4.add(f32x4.add(low, high), f32x4.add(s8, s9)), 0);
}

/** How many sums `registerLimit` keeps. */
export function registerSums(): i32 {
  return 10;
}
