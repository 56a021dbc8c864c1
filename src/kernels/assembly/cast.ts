/** Numbers of one kind made into another. Truth is a byte, 0 or 1. */
import { bytes, partBegin } from './simd';

/** Out of what an int32 holds, what is left is taken modulo 2^32, as JavaScript has it; 0 of NaN and infinity. */
function toInteger(x: f32): i32 {
  if (x != x || abs<f32>(x) >= 9.2e18) return 0;
  return <i32>(<i64>x);
}

function floatsToIntegers(x: usize, out: usize, count: i32): void {
  const end = x + bytes(count);
  const whole = x + (bytes(count) & ~15);
  for (; x < whole; x += 16, out += 16) {
    const four = v128.load(x);
    if (i32x4.all_true(f32x4.lt(f32x4.abs(four), f32x4.splat(2147483648))))
      v128.store(out, i32x4.trunc_sat_f32x4_s(four));
    else for (let at: usize = 0; at < 16; at += 4) store<i32>(out + at, toInteger(load<f32>(x + at)));
  }
  for (; x < end; x += 4, out += 4) store<i32>(out, toInteger(load<f32>(x)));
}

function integersToFloats(x: usize, out: usize, count: i32): void {
  const end = x + bytes(count);
  const whole = x + (bytes(count) & ~15);
  for (; x < whole; x += 16, out += 16) v128.store(out, f32x4.convert_i32x4_s(v128.load(x)));
  for (; x < end; x += 4, out += 4) store<f32>(out, <f32>load<i32>(x));
}

/** `one` is the bits of what a 1 becomes. */
function truthTo(one: i32, x: usize, out: usize, count: i32): void {
  const end = x + count;
  const whole = x + (count & ~3);
  const ones = i32x4.splat(one);
  for (; x < whole; x += 4, out += 16) {
    const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)));
    v128.store(out, v128.and(i32x4.ne(four, i32x4.splat(0)), ones));
  }
  for (; x < end; x++, out += 4) store<i32>(out, load<u8>(x) ? one : 0);
}

/** 1 for all but zero; `ignored` masks the sign that a zero may have. */
function toTruth(ignored: i32, x: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<u8>(out + i, load<i32>(x + bytes(i)) & ignored ? 1 : 0);
}

/** From float32: to int32 (0), bool (1). From int32: to float32 (2), bool (3). From bool: to float32 (4), int32 (5). */
export function cast(part: i32, parts: i32, op: i32, count: i32, x: usize, out: usize): void {
  const from = partBegin(part, parts, count, 16);
  const own = partBegin(part + 1, parts, count, 16) - from;
  const four = bytes(from);
  switch (op) {
    case 0:
      return floatsToIntegers(x + four, out + four, own);
    case 1:
      return toTruth(0x7fffffff, x + four, out + from, own);
    case 2:
      return integersToFloats(x + four, out + four, own);
    case 3:
      return toTruth(-1, x + four, out + from, own);
    case 4:
      return truthTo(0x3f800000, x + from, out + four, own);
    case 5:
      return truthTo(1, x + from, out + four, own);
    default:
      unreachable();
  }
}
