/** a * b + c: in one rounding where the machine has it and the module is built for it, else in two. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Bytes of `count` numbers of 4 bytes. */
export function bytes(count: i32): usize {
  return (<usize>count) << 2;
}

export function least(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/** Where part `part` of `parts` begins in `count` items that are shared out in multiples of `grain`. */
export function partBegin(part: i32, parts: i32, count: i32, grain: i32): i32 {
  const grains = (count + grain - 1) / grain;
  return least(count, ((grains * part) / parts) * grain);
}
