/** Further kernels of two inputs that treat each pair of numbers by itself. */
import { eachRow, Pairs, setWalk } from './broadcast';
import { isPlain, power, powers } from './power';

/** `a` is what goes in, `b` the slope below zero. */
@final
@unmanaged
class Prelu {
  four(a: v128, b: v128): v128 {
    return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0)));
  }
}
/** `a` is the gradient of what came out, `b` what came out. */
@final
@unmanaged
class EluGradient {
  four(a: v128, b: v128): v128 {
    const below = f32x4.mul(a, f32x4.add(b, f32x4.splat(1)));
    return v128.bitselect(a, below, f32x4.ge(b, f32x4.splat(0)));
  }
}
@final
@unmanaged
class Power {
  four(a: v128, b: v128): v128 {
    if (i32x4.all_true(f32x4.eq(b, f32x4.splat(2)))) return f32x4.mul(a, a);
    if (isPlain(a, b)) return powers(a, b);
    let y = f32x4.splat(power(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
    y = f32x4.replace_lane(y, 1, power(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
    y = f32x4.replace_lane(y, 2, power(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
    return f32x4.replace_lane(y, 3, power(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
  }
}

/** Prelu (0), EluGrad (1), Pow (2). Walks as `setWalk` of broadcast.ts says. */
export function pairwise(
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
      return eachRow<Pairs<Prelu>>(2, 2);
    case 1:
      return eachRow<Pairs<EluGradient>>(2, 2);
    case 2:
      return eachRow<Pairs<Power>>(2, 2);
    default:
      unreachable();
  }
}
