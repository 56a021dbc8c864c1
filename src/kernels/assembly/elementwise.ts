/** Kernels of two inputs that treat each pair of numbers by itself. */
import { bytes, partBegin } from './simd';

@final
@unmanaged
class Add {
  four(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  one(a: f32, b: f32): f32 {
    return a + b;
  }
}
@final
@unmanaged
class Subtract {
  four(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
  one(a: f32, b: f32): f32 {
    return a - b;
  }
}
@final
@unmanaged
class Multiply {
  four(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
  one(a: f32, b: f32): f32 {
    return a * b;
  }
}
@final
@unmanaged
class Divide {
  four(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
  one(a: f32, b: f32): f32 {
    return a / b;
  }
}
@final
@unmanaged
class Maximum {
  four(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
  one(a: f32, b: f32): f32 {
    return max<f32>(a, b);
  }
}
@final
@unmanaged
class Minimum {
  four(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
  one(a: f32, b: f32): f32 {
    return min<f32>(a, b);
  }
}
@final
@unmanaged
class SquaredDifference {
  four(a: v128, b: v128): v128 {
    const d = f32x4.sub(a, b);
    return f32x4.mul(d, d);
  }
  one(a: f32, b: f32): f32 {
    return (a - b) * (a - b);
  }
}

/** One row: `aStep` and `bStep` are 1, or 0 where one number serves the whole row. */
function rowOf<Op>(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, count: i32): void {
  const op = changetype<Op>(0);
  const end = out + bytes(count);
  const whole = out + (bytes(count) & ~15);
  if (aStep == 0) {
    const first = v128.load32_splat(a);
    for (; out < whole; b += 16, out += 16) v128.store(out, op.four(first, v128.load(b)));
    for (; out < end; b += 4, out += 4) store<f32>(out, op.one(load<f32>(a), load<f32>(b)));
  } else if (bStep == 0) {
    const second = v128.load32_splat(b);
    for (; out < whole; a += 16, out += 16) v128.store(out, op.four(v128.load(a), second));
    for (; out < end; a += 4, out += 4) store<f32>(out, op.one(load<f32>(a), load<f32>(b)));
  } else {
    for (; out < whole; a += 16, b += 16, out += 16) v128.store(out, op.four(v128.load(a), v128.load(b)));
    for (; out < end; a += 4, b += 4, out += 4) store<f32>(out, op.one(load<f32>(a), load<f32>(b)));
  }
}

function row(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize, count: i32): void {
  switch (op) {
    case 0:
      return rowOf<Add>(a, aStep, b, bStep, out, count);
    case 1:
      return rowOf<Subtract>(a, aStep, b, bStep, out, count);
    case 2:
      return rowOf<Multiply>(a, aStep, b, bStep, out, count);
    case 3:
      return rowOf<Divide>(a, aStep, b, bStep, out, count);
    case 4:
      return rowOf<Maximum>(a, aStep, b, bStep, out, count);
    case 5:
      return rowOf<Minimum>(a, aStep, b, bStep, out, count);
    case 6:
      return rowOf<SquaredDifference>(a, aStep, b, bStep, out, count);
    default:
      unreachable();
  }
}

/**
 * out = op(a, b) over sizes n0 x n1 x n2 x n3; a0 .. a3 and b0 .. b3 are how many numbers a step along each axis is
 * in a and b, 0 where it is the same number again. Along the last axis it is 1 or 0, and not 0 for both.
 */
export function binary(
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
  // A long row is shared out itself, else the rows are.
  const flat = n0 * n1 * n2 == 1;
  const first = flat ? partBegin(part, parts, n3, 4) : 0;
  const count = (flat ? partBegin(part + 1, parts, n3, 4) : n3) - first;
  const from = flat ? 0 : partBegin(part, parts, n0 * n1 * n2, 1);
  const to = flat ? 1 : partBegin(part + 1, parts, n0 * n1 * n2, 1);
  if (from >= to) return;
  let i2 = from % n2;
  let i1 = (from / n2) % n1;
  let i0 = from / n2 / n1;
  for (let each = from; each < to; each++) {
    row(
      op,
      a + bytes(i0 * a0 + i1 * a1 + i2 * a2 + first * a3),
      a3,
      b + bytes(i0 * b0 + i1 * b1 + i2 * b2 + first * b3),
      b3,
      out + bytes(each * n3 + first),
      count,
    );
    if (++i2 < n2) continue;
    i2 = 0;
    if (++i1 < n1) continue;
    i1 = 0;
    i0++;
  }
}
