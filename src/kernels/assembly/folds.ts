/** One number made of many by what needs no more digits than it has. */
import { loadFew } from './few';
import { bytes } from './simd';

@final
@unmanaged
export class Add {
  start(): f32 {
    return 0;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
@final
@unmanaged
export class Maximum {
  start(): f32 {
    return -Infinity;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
@final
@unmanaged
export class Minimum {
  start(): f32 {
    return Infinity;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}
@final
@unmanaged
export class Product {
  start(): f32 {
    return 1;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

/** Of one row, over a divisor. */
export function foldRow<Op>(x: usize, count: i32, divisor: f32, out: usize): void {
  const op = changetype<Op>(0);
  const end = x + (bytes(count) & ~15);
  let a = f32x4.splat(op.start());
  for (; x < end; x += 16) a = op.four(a, v128.load(x));
  const few = count & 3;
  if (few) a = op.four(a, loadFew(x, few, op.start()));
  a = op.four(a, v128.shuffle<i64>(a, a, 1, 0));
  a = op.four(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  store<f32>(out, f32x4.extract_lane(a, 0) / divisor);
}

/** As `Sum`; there is no divisor. */
@final
@unmanaged
export class Fold<Op> {
  row(x: usize, count: i32, divisor: f64, out: usize): void {
    foldRow<Op>(x, count, 1, out);
  }

  by16(x: usize, rows: i32, step: usize, extra: i32, width: i32, divisor: f64, out: usize): void {
    const op = changetype<Op>(0);
    const start = op.start();
    let a = f32x4.splat(start);
    let b = a;
    let c = a;
    let d = a;
    for (let row = 0; row < rows; row++, x += step) {
      a = op.four(a, v128.load(x));
      b = op.four(b, v128.load(x, 16));
      c = op.four(c, v128.load(x, 32));
      d = op.four(d, v128.load(x, 48));
    }
    if (extra > 0) a = op.four(a, loadFew(x, extra, start));
    if (extra > 4) b = op.four(b, loadFew(x + 16, extra - 4, start));
    if (extra > 8) c = op.four(c, loadFew(x + 32, extra - 8, start));
    if (extra > 12) d = op.four(d, loadFew(x + 48, extra - 12, start));
    if (width == 16) {
      v128.store(out, a);
      v128.store(out, b, 16);
      v128.store(out, c, 32);
      v128.store(out, d, 48);
      return;
    }
    a = op.four(a, c);
    b = op.four(b, d);
    if (width == 8) {
      v128.store(out, a);
      v128.store(out, b, 16);
      return;
    }
    a = op.four(a, b);
    if (width == 4) return v128.store(out, a);
    a = op.four(a, v128.shuffle<i64>(a, a, 1, 0));
    if (width == 2) return v128.store64_lane(out, a, 0);
    a = op.four(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
    store<f32>(out, f32x4.extract_lane(a, 0));
  }

  by4(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    const op = changetype<Op>(0);
    let a = f32x4.splat(op.start());
    let b = a;
    const pairs = rows & ~1;
    for (let row = 0; row < pairs; row += 2, x += 2 * step) {
      a = op.four(a, v128.load(x));
      b = op.four(b, v128.load(x + step));
    }
    if (pairs < rows) a = op.four(a, v128.load(x));
    v128.store(out, op.four(a, b));
  }

  by1(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    const op = changetype<Op>(0);
    let a = f32x4.splat(op.start());
    for (let row = 0; row < rows; row++, x += step) a = op.four(a, v128.load32_splat(x));
    store<f32>(out, f32x4.extract_lane(a, 0));
  }
}
