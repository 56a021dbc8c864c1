/** One number made of many: outer x reduced x inner numbers become outer x inner. */
import { Fold, Maximum, Minimum, Product } from './folds';
import { bytes, partBegin } from './simd';
import { block, Sum } from './sums';

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
    const four = column + 4 <= last ? column : last - 4;
    if (four >= first) {
      how.by4(x + bytes(four), reduced, step, divisor, out + bytes(four));
      column += 4;
    } else {
      how.by1(x + bytes(column), reduced, step, divisor, out + bytes(column));
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
