/** What is computed of each number beyond the cheap ones of unary.ts. */
import { eachNumber } from './map';
import { exponential, logarithm } from './transcendental';

/** p is the least, q the most. */
@final
@unmanaged
class Clip {
  four(x: v128, p: v128, q: v128): v128 {
    // Of a pair with NaN these give the first, so that it stays.
    return f32x4.pmin(f32x4.pmax(x, p), q);
  }
}
@final
@unmanaged
class Sign {
  four(x: v128, p: v128, q: v128): v128 {
    const zero = f32x4.splat(0);
    const above = v128.and(f32x4.gt(x, zero), f32x4.splat(1));
    return v128.or(above, v128.and(f32x4.lt(x, zero), f32x4.splat(-1)));
  }
}
@final
@unmanaged
class Floor {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.floor(x);
  }
}
@final
@unmanaged
class Ceiling {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.ceil(x);
  }
}
/** Halves go to the even number. */
@final
@unmanaged
class Round {
  four(x: v128, p: v128, q: v128): v128 {
    return f32x4.nearest(x);
  }
}
/** ln(1 + e^x) as max(x, 0) + ln(1 + e^-|x|), which no x overflows. */
@final
@unmanaged
class Softplus {
  four(x: v128, p: v128, q: v128): v128 {
    const e = exponential(f32x4.neg(f32x4.abs(x)));
    const one = f32x4.splat(1);
    const u = f32x4.add(one, e);
    // What 1 + e^-|x| has lost by rounding is made good in the first order.
    const lost = f32x4.sub(f32x4.sub(u, one), e);
    const log = f32x4.sub(logarithm(u), f32x4.div(lost, u));
    return f32x4.add(f32x4.max(x, f32x4.splat(0)), log);
  }
}
/** Klambauer et al. 2017, equation 2. */
@final
@unmanaged
class Selu {
  four(x: v128, p: v128, q: v128): v128 {
    const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, x), f32x4.splat(0.5)));
    const far = f32x4.sub(exponential(x), f32x4.splat(1));
    const bent = v128.bitselect(near, far, f32x4.gt(x, f32x4.splat(-0.001)));
    const negative = f32x4.mul(bent, f32x4.splat(1.7580993408473766));
    const positive = f32x4.mul(x, f32x4.splat(1.0507009873554805));
    return v128.bitselect(positive, negative, f32x4.ge(x, f32x4.splat(0)));
  }
}
/** Abramowitz and Stegun 1964, 7.1.26 (error below 1.5e-7), and near 0, where that loses digits, the series 7.1.5. */
@final
@unmanaged
class ErrorFunction {
  four(x: v128, p: v128, q: v128): v128 {
    const size = f32x4.abs(x);
    const one = f32x4.splat(1);
    const z = f32x4.mul(x, x);
    const t = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.splat(0.3275911), size)));
    let y = f32x4.splat(1.061405429);
    y = f32x4.add(f32x4.mul(y, t), f32x4.splat(-1.453152027));
    y = f32x4.add(f32x4.mul(y, t), f32x4.splat(1.421413741));
    y = f32x4.add(f32x4.mul(y, t), f32x4.splat(-0.284496736));
    y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.254829592));
    const rest = f32x4.mul(f32x4.mul(y, t), exponential(f32x4.neg(z)));
    const far = v128.or(f32x4.sub(one, rest), v128.and(x, f32x4.splat(-0.0)));
    let near = f32x4.splat(-8.548327e-4);
    near = f32x4.add(f32x4.mul(near, z), f32x4.splat(5.223978e-3));
    near = f32x4.add(f32x4.mul(near, z), f32x4.splat(-2.6866171e-2));
    near = f32x4.add(f32x4.mul(near, z), f32x4.splat(0.11283792));
    near = f32x4.add(f32x4.mul(near, z), f32x4.splat(-0.37612639));
    near = f32x4.mul(f32x4.add(f32x4.mul(near, z), f32x4.splat(1.1283792)), x);
    const result = v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(0.5)));
    return v128.bitselect(result, x, f32x4.eq(x, x));
  }
}

/** Clip from p to q (0), sign (1), floor (2), ceiling (3), rounding (4), softplus (5), SELU (6), error function (7). */
export function curve(op: i32): void {
  switch (op) {
    case 0:
      return eachNumber<Clip>();
    case 1:
      return eachNumber<Sign>();
    case 2:
      return eachNumber<Floor>();
    case 3:
      return eachNumber<Ceiling>();
    case 4:
      return eachNumber<Round>();
    case 5:
      return eachNumber<Softplus>();
    case 6:
      return eachNumber<Selu>();
    case 7:
      return eachNumber<ErrorFunction>();
    default:
      unreachable();
  }
}
