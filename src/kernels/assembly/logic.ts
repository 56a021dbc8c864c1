/** Kernels of two truths, each a byte, 0 or 1. */
import { eachRow, setWalk } from './broadcast';

@final
@unmanaged
class And {
  sixteen(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }
}
@final
@unmanaged
class Or {
  sixteen(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }
}
@final
@unmanaged
class Differ {
  sixteen(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
}

@final
@unmanaged
class Not {
  sixteen(a: v128, b: v128): v128 {
    return v128.and(i8x16.eq(a, i8x16.splat(0)), i8x16.splat(1));
  }
}

@final
@unmanaged
class Truths<Op> {
  run(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, count: i32): void {
    const op = changetype<Op>(0);
    const end = out + count;
    const whole = out + (count & ~15);
    for (; out < whole; out += 16) {
      const first = aStep ? v128.load(a) : v128.load8_splat(a);
      const second = bStep ? v128.load(b) : v128.load8_splat(b);
      v128.store(out, op.sixteen(first, second));
      a += 16 * aStep;
      b += 16 * bStep;
    }
    for (; out < end; out++) {
      store<u8>(out, i8x16.extract_lane_u(op.sixteen(v128.load8_splat(a), v128.load8_splat(b)), 0));
      a += aStep;
      b += bStep;
    }
  }
}

/** Both (0), either (1) or only one (2) of two truths, or not the first (3). Walks as `setWalk` of broadcast.ts says. */
export function logic(
  part: i32,
  parts: i32,
  op: i32,
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
  setWalk(part, parts, n0, n1, n2, n3, a, a0, a1, a2, a3, b, b0, b1, b2, b3, out);
  switch (op) {
    case 0:
      return eachRow<Truths<And>>(0, 0);
    case 1:
      return eachRow<Truths<Or>>(0, 0);
    case 2:
      return eachRow<Truths<Differ>>(0, 0);
    case 3:
      return eachRow<Truths<Not>>(0, 0);
    default:
      unreachable();
  }
}
