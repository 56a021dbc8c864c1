/** Kernels of one input that treat each number by itself. */
import { bytes, partBegin } from './simd';
import { exponential, hyperbolicTangent, logarithm, logistic } from './transcendental';

@final
@unmanaged
class Relu {
  four(x: v128, parameter: v128): v128 {
    return f32x4.max(f32x4.splat(0), x);
  }
}
@final
@unmanaged
class Relu6 {
  four(x: v128, parameter: v128): v128 {
    return f32x4.min(f32x4.splat(6), f32x4.max(f32x4.splat(0), x));
  }
}
@final
@unmanaged
class Negate {
  four(x: v128, parameter: v128): v128 {
    return f32x4.neg(x);
  }
}
@final
@unmanaged
class Square {
  four(x: v128, parameter: v128): v128 {
    return f32x4.mul(x, x);
  }
}
@final
@unmanaged
class SquareRoot {
  four(x: v128, parameter: v128): v128 {
    return f32x4.sqrt(x);
  }
}
@final
@unmanaged
class InverseSquareRoot {
  four(x: v128, parameter: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  }
}
@final
@unmanaged
class Absolute {
  four(x: v128, parameter: v128): v128 {
    return f32x4.abs(x);
  }
}
@final
@unmanaged
class Exponential {
  four(x: v128, parameter: v128): v128 {
    return exponential(x);
  }
}
@final
@unmanaged
class Logarithm {
  four(x: v128, parameter: v128): v128 {
    return logarithm(x);
  }
}
@final
@unmanaged
class Logistic {
  four(x: v128, parameter: v128): v128 {
    return logistic(x);
  }
}
@final
@unmanaged
class Tangent {
  four(x: v128, parameter: v128): v128 {
    return hyperbolicTangent(x);
  }
}
@final
@unmanaged
class Reciprocal {
  four(x: v128, parameter: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
}
/** With alpha 1 (Clevert et al. 2016, equation 15). */
@final
@unmanaged
class Elu {
  four(x: v128, parameter: v128): v128 {
    // e^x - 1 loses digits near 0, where x + x^2 / 2 has them.
    const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, x), f32x4.splat(0.5)));
    const far = f32x4.sub(exponential(x), f32x4.splat(1));
    const negative = v128.bitselect(near, far, f32x4.gt(x, f32x4.splat(-0.001)));
    return v128.bitselect(x, negative, f32x4.ge(x, f32x4.splat(0)));
  }
}
/** The parameter is the slope below zero. */
@final
@unmanaged
class LeakyRelu {
  four(x: v128, parameter: v128): v128 {
    return v128.bitselect(x, f32x4.mul(parameter, x), f32x4.ge(x, f32x4.splat(0)));
  }
}
/** 1 above zero, the parameter elsewhere; NaN stays. */
@final
@unmanaged
class Step {
  four(x: v128, parameter: v128): v128 {
    const stepped = v128.bitselect(f32x4.splat(1), parameter, f32x4.gt(x, f32x4.splat(0)));
    return v128.bitselect(stepped, x, f32x4.eq(x, x));
  }
}

/** A last few numbers are computed as four too. */
function map<Op>(x: usize, out: usize, count: i32, parameter: v128): void {
  const op = changetype<Op>(0);
  const end = x + bytes(count);
  const whole = x + (bytes(count) & ~15);
  for (; x < whole; x += 16, out += 16) v128.store(out, op.four(v128.load(x), parameter));
  for (; x < end; x += 4, out += 4)
    store<f32>(out, f32x4.extract_lane(op.four(v128.load32_splat(x), parameter), 0));
}

/** out = op(x) for `count` numbers; out may be x. `parameter` is what the op's attribute says, where it has one. */
export function unary(
  part: i32,
  parts: i32,
  op: i32,
  count: i32,
  x: usize,
  out: usize,
  parameter: f32,
): void {
  const from = partBegin(part, parts, count, 4);
  const own = partBegin(part + 1, parts, count, 4) - from;
  x += bytes(from);
  out += bytes(from);
  const four = f32x4.splat(parameter);
  switch (op) {
    case 0:
      return map<Relu>(x, out, own, four);
    case 1:
      return map<Relu6>(x, out, own, four);
    case 2:
      return map<Negate>(x, out, own, four);
    case 3:
      return map<Square>(x, out, own, four);
    case 4:
      return map<SquareRoot>(x, out, own, four);
    case 5:
      return map<InverseSquareRoot>(x, out, own, four);
    case 6:
      return map<Absolute>(x, out, own, four);
    case 7:
      return map<Exponential>(x, out, own, four);
    case 8:
      return map<Logarithm>(x, out, own, four);
    case 9:
      return map<Logistic>(x, out, own, four);
    case 10:
      return map<Tangent>(x, out, own, four);
    case 11:
      return map<Reciprocal>(x, out, own, four);
    case 12:
      return map<Elu>(x, out, own, four);
    case 13:
      return map<LeakyRelu>(x, out, own, four);
    case 14:
      return map<Step>(x, out, own, four);
    default:
      unreachable();
  }
}
