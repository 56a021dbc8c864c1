/** Kernels of two inputs that say of each pair whether something is true, in a byte, 0 or 1. */
import { eachRow, fourOf, setWalk } from './broadcast';

@final
@unmanaged
class EqualFloats {
  four(a: v128, b: v128): v128 {
    return f32x4.eq(a, b);
  }
}
@final
@unmanaged
class EqualIntegers {
  four(a: v128, b: v128): v128 {
    return i32x4.eq(a, b);
  }
}
@final
@unmanaged
class NotEqualFloats {
  four(a: v128, b: v128): v128 {
    return f32x4.ne(a, b);
  }
}
@final
@unmanaged
class NotEqualIntegers {
  four(a: v128, b: v128): v128 {
    return i32x4.ne(a, b);
  }
}
@final
@unmanaged
class GreaterFloats {
  four(a: v128, b: v128): v128 {
    return f32x4.gt(a, b);
  }
}
@final
@unmanaged
class GreaterIntegers {
  four(a: v128, b: v128): v128 {
    return i32x4.gt_s(a, b);
  }
}
@final
@unmanaged
class GreaterEqualFloats {
  four(a: v128, b: v128): v128 {
    return f32x4.ge(a, b);
  }
}
@final
@unmanaged
class GreaterEqualIntegers {
  four(a: v128, b: v128): v128 {
    return i32x4.ge_s(a, b);
  }
}
@final
@unmanaged
class LessFloats {
  four(a: v128, b: v128): v128 {
    return f32x4.lt(a, b);
  }
}
@final
@unmanaged
class LessIntegers {
  four(a: v128, b: v128): v128 {
    return i32x4.lt_s(a, b);
  }
}
@final
@unmanaged
class LessEqualFloats {
  four(a: v128, b: v128): v128 {
    return f32x4.le(a, b);
  }
}
@final
@unmanaged
class LessEqualIntegers {
  four(a: v128, b: v128): v128 {
    return i32x4.le_s(a, b);
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

/**
 * Whether a and b are equal (0), are not (1), a is greater (2), not less (3), less (4) or not greater (5) as float32; the
 * same as int32 (6 to 11). Walks as `setWalk` of broadcast.ts says.
 */
export function compare(
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
      return eachRow<Comparisons<EqualFloats>>(2, 0);
    case 1:
      return eachRow<Comparisons<NotEqualFloats>>(2, 0);
    case 2:
      return eachRow<Comparisons<GreaterFloats>>(2, 0);
    case 3:
      return eachRow<Comparisons<GreaterEqualFloats>>(2, 0);
    case 4:
      return eachRow<Comparisons<LessFloats>>(2, 0);
    case 5:
      return eachRow<Comparisons<LessEqualFloats>>(2, 0);
    case 6:
      return eachRow<Comparisons<EqualIntegers>>(2, 0);
    case 7:
      return eachRow<Comparisons<NotEqualIntegers>>(2, 0);
    case 8:
      return eachRow<Comparisons<GreaterIntegers>>(2, 0);
    case 9:
      return eachRow<Comparisons<GreaterEqualIntegers>>(2, 0);
    case 10:
      return eachRow<Comparisons<LessIntegers>>(2, 0);
    case 11:
      return eachRow<Comparisons<LessEqualIntegers>>(2, 0);
    default:
      unreachable();
  }
}
