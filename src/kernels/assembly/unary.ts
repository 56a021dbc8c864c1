/** Kernels of one input that treat each number by itself. */
import { curve } from './curves';
import { eachNumber, setMap } from './map';
import { exponential, hyperbolicTangent, logarithm, logistic } from './transcendental';

@final
@unmanaged
class Relu {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.max(f32x4.splat(0), x);
  }
}
@final
@unmanaged
class Relu6 {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.min(f32x4.splat(6), f32x4.max(f32x4.splat(0), x));
  }
}
@final
@unmanaged
class Negate {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.neg(x);
  }
}
@final
@unmanaged
class Square {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, x);
  }
}
@final
@unmanaged
class SquareRoot {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.sqrt(x);
  }
}
@final
@unmanaged
class InverseSquareRoot {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  }
}
@final
@unmanaged
class Absolute {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.abs(x);
  }
}
@final
@unmanaged
class Exponential {
  four(x: v128, p: v128, q: v128): v128 {
    return exponential(x);
  }
}
@final
@unmanaged
class Logarithm {
  four(x: v128, p: v128, q: v128): v128 {
    return logarithm(x);
  }
}
@final
@unmanaged
class Logistic {
  four(x: v128, p: v128, q: v128): v128 {
    return logistic(x);
  }
}
@final
@unmanaged
class Tangent {
  four(x: v128, p: v128, q: v128): v128 {
    return hyperbolicTangent(x);
  }
}
@final
@unmanaged
class Reciprocal {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
}
/** With alpha 1 (Clevert et al. 2016, equation 15). */
@final
@unmanaged
class Elu {
  four(x: v128, p: v128, q: v128): v128 {
    // e^x - 1 loses digits near 0, where x + x^2 / 2 has them.
    const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, x), f32x4.splat(0.5)));
    const far = f32x4.sub(exponential(x), f32x4.splat(1));
    const negative = v128.bitselect(near, far, f32x4.gt(x, f32x4.splat(-0.001)));
    return v128.bitselect(x, negative, f32x4.ge(x, f32x4.splat(0)));
  }
}
/** p is the slope below zero. */
@final
@unmanaged
class LeakyRelu {
  four(x: v128, p: v128, q: v128): v128 {
    return v128.bitselect(x, f32x4.mul(p, x), f32x4.ge(x, f32x4.splat(0)));
  }
}
/** 1 above zero, p elsewhere; NaN stays. */
@final
@unmanaged
class Step {
  four(x: v128, p: v128, q: v128): v128 {
    const stepped = v128.bitselect(f32x4.splat(1), p, f32x4.gt(x, f32x4.splat(0)));
    return v128.bitselect(stepped, x, f32x4.eq(x, x));
  }
}

/** out = op(x) for `count` numbers; out may be x. p and q are what the op's attributes say, where it has some. */
export function unary(
  part: i32,
  parts: i32,
  op: i32,
  count: i32,
  x: usize,
  out: usize,
  p: f32,
  q: f32,
): void {
  setMap(part, parts, count, x, out, p, q);
  switch (op) {
    case 0:
      return eachNumber<Relu>();
    case 1:
      return eachNumber<Relu6>();
    case 2:
      return eachNumber<Negate>();
    case 3:
      return eachNumber<Square>();
    case 4:
      return eachNumber<SquareRoot>();
    case 5:
      return eachNumber<InverseSquareRoot>();
    case 6:
      return eachNumber<Absolute>();
    case 7:
      return eachNumber<Exponential>();
    case 8:
      return eachNumber<Logarithm>();
    case 9:
      return eachNumber<Logistic>();
    case 10:
      return eachNumber<Tangent>();
    case 11:
      return eachNumber<Reciprocal>();
    case 12:
      return eachNumber<Elu>();
    case 13:
      return eachNumber<LeakyRelu>();
    case 14:
      return eachNumber<Step>();
    default:
      return curve(op - 15);
  }
}
