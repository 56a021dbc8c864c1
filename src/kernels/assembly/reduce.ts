/** One number made of many: outer x reduced x inner numbers become outer x inner. */
import { loadFew } from './few';
import { bytes, least, partBegin } from './simd';

/** That many numbers are added up as float32; such sums then as float64: a sum of millions keeps six digits and more. */
const block = 64;

/** Four lanes are added to a pair of sums in float64 each. */
function low(sum: v128, x: v128): v128 {
  return f64x2.add(sum, f64x2.promote_low_f32x4(x));
}
function high(sum: v128, x: v128): v128 {
  return f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)));
}
function quotients(a: v128, b: v128, divisor: v128): v128 {
  const first = f32x4.demote_f64x2_zero(f64x2.div(a, divisor));
  const second = f32x4.demote_f64x2_zero(f64x2.div(b, divisor));
  return v128.shuffle<i64>(first, second, 0, 2);
}

/**
 * Sums of `rows` rows of 16 numbers, `step` bytes apart, and of `extra` numbers behind the last, column by column. Where
 * the columns are fewer, `width` of them, the 16 are these again and again.
 */
function sum16(x: usize, rows: i32, step: usize, extra: i32, width: i32, divisor: f64, out: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (let row = 0; row < rows; row += block) {
    const own = least(block, rows - row);
    a = b = c = d = f32x4.splat(0);
    for (let i = 0; i < own; i++, x += step) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
      c = f32x4.add(c, v128.load(x, 32));
      d = f32x4.add(d, v128.load(x, 48));
    }
    a0 = low(a0, a);
    a1 = high(a1, a);
    b0 = low(b0, b);
    b1 = high(b1, b);
    c0 = low(c0, c);
    c1 = high(c1, c);
    d0 = low(d0, d);
    d1 = high(d1, d);
  }
  if (extra > 0) {
    a = loadFew(x, extra, 0);
    a0 = low(a0, a);
    a1 = high(a1, a);
  }
  if (extra > 4) {
    a = loadFew(x + 16, extra - 4, 0);
    b0 = low(b0, a);
    b1 = high(b1, a);
  }
  if (extra > 8) {
    a = loadFew(x + 32, extra - 8, 0);
    c0 = low(c0, a);
    c1 = high(c1, a);
  }
  if (extra > 12) {
    a = loadFew(x + 48, extra - 12, 0);
    d0 = low(d0, a);
    d1 = high(d1, a);
  }
  const by = f64x2.splat(divisor);
  if (width == 16) {
    v128.store(out, quotients(a0, a1, by));
    v128.store(out, quotients(b0, b1, by), 16);
    v128.store(out, quotients(c0, c1, by), 32);
    v128.store(out, quotients(d0, d1, by), 48);
    return;
  }
  a0 = f64x2.add(a0, c0);
  a1 = f64x2.add(a1, c1);
  b0 = f64x2.add(b0, d0);
  b1 = f64x2.add(b1, d1);
  if (width == 8) {
    v128.store(out, quotients(a0, a1, by));
    v128.store(out, quotients(b0, b1, by), 16);
    return;
  }
  a0 = f64x2.add(a0, b0);
  a1 = f64x2.add(a1, b1);
  if (width == 4) {
    v128.store(out, quotients(a0, a1, by));
    return;
  }
  a0 = f64x2.add(a0, a1);
  const first = f64x2.extract_lane(a0, 0);
  const second = f64x2.extract_lane(a0, 1);
  if (width == 2) {
    store<f32>(out, <f32>(first / divisor));
    store<f32>(out, <f32>(second / divisor), 4);
  } else store<f32>(out, <f32>((first + second) / divisor));
}

/** Sums of four columns, four rows at a time. */
function sum4(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  const whole = rows & ~3;
  for (let row = 0; row < whole; row += block) {
    const own = least(block, whole - row);
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i = 0; i < own; i += 4, x += 4 * step) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x + step));
      c = f32x4.add(c, v128.load(x + 2 * step));
      d = f32x4.add(d, v128.load(x + 3 * step));
    }
    a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    s0 = low(s0, a);
    s1 = high(s1, a);
  }
  for (let row = whole; row < rows; row++, x += step) {
    const a = v128.load(x);
    s0 = low(s0, a);
    s1 = high(s1, a);
  }
  v128.store(out, quotients(s0, s1, f64x2.splat(divisor)));
}

function sum1(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
  let sum: f64 = 0;
  for (let row = 0; row < rows; row++, x += step) sum += <f64>load<f32>(x);
  store<f32>(out, <f32>(sum / divisor));
}

@final
@unmanaged
class Add {
  start(): f32 {
    return 0;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
@final
@unmanaged
class Maximum {
  start(): f32 {
    return -Infinity;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
@final
@unmanaged
class Minimum {
  start(): f32 {
    return Infinity;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}
@final
@unmanaged
class Product {
  start(): f32 {
    return 1;
  }
  four(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

/** As sum16, of what needs no more digits than it has. */
function fold16<Op>(x: usize, rows: i32, step: usize, extra: i32, width: i32, out: usize): void {
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

function fold4<Op>(x: usize, rows: i32, step: usize, out: usize): void {
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

function fold1<Op>(x: usize, rows: i32, step: usize, out: usize): void {
  const op = changetype<Op>(0);
  let a = f32x4.splat(op.start());
  for (let row = 0; row < rows; row++, x += step) a = op.four(a, v128.load32_splat(x));
  store<f32>(out, f32x4.extract_lane(a, 0));
}

/** A row of fewer numbers than a block, which loses nothing where they are added up as float32. */
function foldRow<Op>(x: usize, count: i32, divisor: f32, out: usize): void {
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

/** How a matrix is reduced: by 16 columns, by four, by one. */
@final
@unmanaged
class Sum {
  row(x: usize, count: i32, divisor: f64, out: usize): void {
    foldRow<Add>(x, count, <f32>divisor, out);
  }
  by16(x: usize, rows: i32, step: usize, extra: i32, width: i32, divisor: f64, out: usize): void {
    sum16(x, rows, step, extra, width, divisor, out);
  }
  by4(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    sum4(x, rows, step, divisor, out);
  }
  by1(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    sum1(x, rows, step, divisor, out);
  }
}
@final
@unmanaged
class Fold<Op> {
  row(x: usize, count: i32, divisor: f64, out: usize): void {
    foldRow<Op>(x, count, 1, out);
  }
  by16(x: usize, rows: i32, step: usize, extra: i32, width: i32, divisor: f64, out: usize): void {
    fold16<Op>(x, rows, step, extra, width, out);
  }
  by4(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    fold4<Op>(x, rows, step, out);
  }
  by1(x: usize, rows: i32, step: usize, divisor: f64, out: usize): void {
    fold1<Op>(x, rows, step, out);
  }
}

/** The columns from `first` to `last` of one matrix of reduced x inner numbers. */
function columns<How>(
  x: usize,
  reduced: i32,
  inner: i32,
  first: i32,
  last: i32,
  divisor: f64,
  out: usize,
): void {
  const how = changetype<How>(0);
  const step = bytes(inner);
  let column = first;
  for (; column + 16 <= last; column += 16)
    how.by16(x + bytes(column), reduced, step, 0, 16, divisor, out + bytes(column));
  while (column < last) {
    // The last four may be some of those before, once more.
    const at = column + 4 <= last ? column : last - 4;
    const from = x + bytes(at >= first ? at : column);
    const to = out + bytes(at >= first ? at : column);
    if (at >= first) {
      how.by4(from, reduced, step, divisor, to);
      column += 4;
    } else {
      how.by1(from, reduced, step, divisor, to);
      column++;
    }
  }
}

function reduceOf<How>(
  part: i32,
  parts: i32,
  outer: i32,
  reduced: i32,
  inner: i32,
  divisor: f64,
  x: usize,
  out: usize,
): void {
  const how = changetype<How>(0);
  const byOuter = outer >= parts;
  const from = byOuter ? partBegin(part, parts, outer, 1) : 0;
  const to = byOuter ? partBegin(part + 1, parts, outer, 1) : outer;
  if (inner == 1 || inner == 2 || inner == 4 || inner == 8) {
    // So few columns lie in rows of 16 numbers as they are.
    if (!byOuter && part > 0) return;
    const count = reduced * inner;
    const last = byOuter ? to : outer;
    if (inner == 1 && reduced < block) {
      for (let each = from; each < last; each++)
        how.row(x + bytes(each * reduced), reduced, divisor, out + bytes(each));
      return;
    }
    for (let each = from; each < last; each++)
      how.by16(
        x + bytes(each * count),
        count >> 4,
        64,
        count & 15,
        inner,
        divisor,
        out + bytes(each * inner),
      );
    return;
  }
  const first = byOuter ? 0 : partBegin(part, parts, inner, 16);
  const last = byOuter ? inner : partBegin(part + 1, parts, inner, 16);
  for (let each = from; each < to; each++)
    columns<How>(
      x + bytes(each * reduced * inner),
      reduced,
      inner,
      first,
      last,
      divisor,
      out + bytes(each * inner),
    );
}

/** Sums over `divisor` (0), maxima (1), minima (2) or products (3); of NaN, NaN. */
export function reduce(
  part: i32,
  parts: i32,
  op: i32,
  outer: i32,
  reduced: i32,
  inner: i32,
  divisor: f64,
  x: usize,
  out: usize,
): void {
  switch (op) {
    case 0:
      return reduceOf<Sum>(part, parts, outer, reduced, inner, divisor, x, out);
    case 1:
      return reduceOf<Fold<Maximum>>(part, parts, outer, reduced, inner, divisor, x, out);
    case 2:
      return reduceOf<Fold<Minimum>>(part, parts, outer, reduced, inner, divisor, x, out);
    case 3:
      return reduceOf<Fold<Product>>(part, parts, outer, reduced, inner, divisor, x, out);
    default:
      unreachable();
  }
}
