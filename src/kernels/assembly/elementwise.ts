/** Kernels of two inputs that treat each pair of numbers by itself. */
import { eachRow, Pairs, setWalk } from './broadcast';

@final
@unmanaged
class Add {
  four(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
@final
@unmanaged
class Subtract {
  four(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}
@final
@unmanaged
class Multiply {
  four(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}
@final
@unmanaged
class Divide {
  four(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}
@final
@unmanaged
class Maximum {
  four(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
@final
@unmanaged
class Minimum {
  four(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}
@final
@unmanaged
class SquaredDifference {
  four(a: v128, b: v128): v128 {
    const d = f32x4.sub(a, b);
    return f32x4.mul(d, d);
  }
}

/**
 * Sum (0), difference (1), product (2), quotient (3), maximum (4), minimum (5), squared difference (6). Walks as
 * `setWalk` of broadcast.ts says.
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
  setWalk(part, parts, n0, n1, n2, n3, a, a0, a1, a2, a3, b, b0, b1, b2, b3, out);
  switch (op) {
    case 0:
      return eachRow<Pairs<Add>>(2, 2);
    case 1:
      return eachRow<Pairs<Subtract>>(2, 2);
    case 2:
      return eachRow<Pairs<Multiply>>(2, 2);
    case 3:
      return eachRow<Pairs<Divide>>(2, 2);
    case 4:
      return eachRow<Pairs<Maximum>>(2, 2);
    case 5:
      return eachRow<Pairs<Minimum>>(2, 2);
    case 6:
      return eachRow<Pairs<SquaredDifference>>(2, 2);
    default:
      unreachable();
  }
}
