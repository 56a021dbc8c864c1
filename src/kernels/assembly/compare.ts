/** Kernels of two inputs that say of each pair whether something is true, in a byte, 0 or 1. */
import { eachRow, fourOf } from './broadcast';

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

/**
 * Whether a and b are equal (0), are not (1), a is greater (2), not less (3), less (4) or not greater (5) as float32; the
 * same as int32 (6 to 11). Walks as `binary` in elementwise.ts.
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
  switch (op) {
    case 0:
      return eachRow<Comparisons<EqualFloats>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 1:
      return eachRow<Comparisons<NotEqualFloats>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 2:
      return eachRow<Comparisons<GreaterFloats>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 3:
      return eachRow<Comparisons<GreaterEqualFloats>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 4:
      return eachRow<Comparisons<LessFloats>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 5:
      return eachRow<Comparisons<LessEqualFloats>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 6:
      return eachRow<Comparisons<EqualIntegers>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 7:
      return eachRow<Comparisons<NotEqualIntegers>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 8:
      return eachRow<Comparisons<GreaterIntegers>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 9:
      return eachRow<Comparisons<GreaterEqualIntegers>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 10:
      return eachRow<Comparisons<LessIntegers>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 11:
      return eachRow<Comparisons<LessEqualIntegers>>(
        part,
        parts,
        2,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    default:
      unreachable();
  }
}

/** Both (0), either (1) or only one (2) of two truths, or not the first (3). Walks as `binary` in elementwise.ts, in bytes. */
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
  switch (op) {
    case 0:
      return eachRow<Truths<And>>(
        part,
        parts,
        0,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 1:
      return eachRow<Truths<Or>>(
        part,
        parts,
        0,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 2:
      return eachRow<Truths<Differ>>(
        part,
        parts,
        0,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    case 3:
      return eachRow<Truths<Not>>(
        part,
        parts,
        0,
        0,
        n0,
        n1,
        n2,
        n3,
        a,
        a0,
        a1,
        a2,
        a3,
        b,
        b0,
        b1,
        b2,
        b3,
        out,
      );
    default:
      unreachable();
  }
}
