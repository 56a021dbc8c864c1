/** What is true of each pair of numbers, as a byte, 0 or 1. */
import { eachRow, fourOf } from './broadcast';

@final
@unmanaged
class Equal<T> {
  four(a: v128, b: v128): v128 {
    return v128.eq<T>(a, b);
  }
}
@final
@unmanaged
class NotEqual<T> {
  four(a: v128, b: v128): v128 {
    return v128.ne<T>(a, b);
  }
}
@final
@unmanaged
class Greater<T> {
  four(a: v128, b: v128): v128 {
    return v128.gt<T>(a, b);
  }
}
@final
@unmanaged
class GreaterEqual<T> {
  four(a: v128, b: v128): v128 {
    return v128.ge<T>(a, b);
  }
}
@final
@unmanaged
class Less<T> {
  four(a: v128, b: v128): v128 {
    return v128.lt<T>(a, b);
  }
}
@final
@unmanaged
class LessEqual<T> {
  four(a: v128, b: v128): v128 {
    return v128.le<T>(a, b);
  }
}

/** The last few pairs are compared as four too. */
@final
@unmanaged
class Comparisons<Op> {
  run(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, count: i32): void {
    const op = changetype<Op>(0);
    const end = out + count;
    const whole = out + (count & ~15);
    const aFour: usize = 16 * aStep;
    const bFour: usize = 16 * bStep;
    for (; out < whole; out += 16) {
      const first = op.four(fourOf(a, aStep), fourOf(b, bStep));
      const second = op.four(fourOf(a + aFour, aStep), fourOf(b + bFour, bStep));
      const third = op.four(fourOf(a + 2 * aFour, aStep), fourOf(b + 2 * bFour, bStep));
      const fourth = op.four(fourOf(a + 3 * aFour, aStep), fourOf(b + 3 * bFour, bStep));
      const low = i16x8.narrow_i32x4_s(first, second);
      const high = i16x8.narrow_i32x4_s(third, fourth);
      v128.store(out, v128.and(i8x16.narrow_i16x8_s(low, high), i8x16.splat(1)));
      a += 4 * aFour;
      b += 4 * bFour;
    }
    for (; out < end; out++) {
      const four = op.four(v128.load32_splat(a), v128.load32_splat(b));
      store<u8>(out, <u8>(i32x4.extract_lane(four, 0) & 1));
      a += aFour >> 2;
      b += bFour >> 2;
    }
  }
}

/** Of pairs of `T`: equal (0), not (1), a is greater (2), not less (3), less (4) or not greater (5). */
export function compare<T>(op: i32): void {
  switch (op) {
    case 0:
      return eachRow<Comparisons<Equal<T>>>(2, 0);
    case 1:
      return eachRow<Comparisons<NotEqual<T>>>(2, 0);
    case 2:
      return eachRow<Comparisons<Greater<T>>>(2, 0);
    case 3:
      return eachRow<Comparisons<GreaterEqual<T>>>(2, 0);
    case 4:
      return eachRow<Comparisons<Less<T>>>(2, 0);
    case 5:
      return eachRow<Comparisons<LessEqual<T>>>(2, 0);
    default:
      unreachable();
  }
}
