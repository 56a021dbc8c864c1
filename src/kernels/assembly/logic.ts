/** What is true of each pair of truths, each a byte, 0 or 1. */
import { eachRow } from './broadcast';

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

/** Both (0), either (1) or only one (2) of two truths, or not the first (3). */
export function logic(op: i32): void {
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
