/** What is computed of each pair of numbers. */
import { eachPair } from './broadcast';
import { isPlain, power, powers } from './power';

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

/**
 * Sum (0), difference (1), product (2), quotient (3), maximum (4), minimum (5), squared difference (6), Prelu (7),
 * EluGrad (8), power (9).
 */
export function arithmetic(op: i32): void {
  switch (op) {
    case 0:
      return eachPair<Add>();
    case 1:
      return eachPair<Subtract>();
    case 2:
      return eachPair<Multiply>();
    case 3:
      return eachPair<Divide>();
    case 4:
      return eachPair<Maximum>();
    case 5:
      return eachPair<Minimum>();
    case 6:
      return eachPair<SquaredDifference>();
    case 7:
      return eachPair<Prelu>();
    case 8:
      return eachPair<EluGradient>();
    case 9:
      return eachPair<Power>();
    default:
      unreachable();
  }
}
