/** Where the largest or smallest number is, running sums, and whether any or all are true. */
import { bytes, partBegin } from './simd';

@final
@unmanaged
class Larger {
  four(x: v128, best: v128): v128 {
    return f32x4.gt(x, best);
  }
  one(x: f32, best: f32): bool {
    return x > best;
  }
}
@final
@unmanaged
class Smaller {
  four(x: v128, best: v128): v128 {
    return f32x4.lt(x, best);
  }
  one(x: f32, best: f32): bool {
    return x < best;
  }
}

/** The place of the first best of `count` numbers, `step` bytes apart. */
function placeOf<Op>(x: usize, count: i32, step: usize): i32 {
  const op = changetype<Op>(0);
  let best = load<f32>(x);
  let place = 0;
  for (let i = 1; i < count; i++) {
    x += step;
    const value = load<f32>(x);
    if (op.one(value, best)) {
      best = value;
      place = i;
    }
  }
  return place;
}

/** Of numbers that lie together: of each of four lanes first, then of these. */
function placeInRow<Op>(x: usize, count: i32): i32 {
  const op = changetype<Op>(0);
  const whole = count & ~3;
  // All lanes begin with the first number, so that one that is no number stays the best, as it does one by one.
  let best = v128.load32_splat(x);
  let places = i32x4.splat(0);
  let at = i32x4(0, 1, 2, 3);
  for (let i = 0; i < whole; i += 4) {
    const four = v128.load(x + bytes(i));
    const better = op.four(four, best);
    best = v128.bitselect(four, best, better);
    places = v128.bitselect(at, places, better);
    at = i32x4.add(at, i32x4.splat(4));
  }
  let most = f32x4.extract_lane(best, 0);
  let place = i32x4.extract_lane(places, 0);
  for (let lane = 1; lane < 4; lane++) {
    best = v128.shuffle<i32>(best, best, 1, 2, 3, 0);
    places = v128.shuffle<i32>(places, places, 1, 2, 3, 0);
    const value = f32x4.extract_lane(best, 0);
    const other = i32x4.extract_lane(places, 0);
    if (op.one(value, most) || (value == most && other < place)) {
      most = value;
      place = other;
    }
  }
  for (let i = whole; i < count; i++) {
    const value = load<f32>(x + bytes(i));
    if (op.one(value, most)) {
      most = value;
      place = i;
    }
  }
  return place;
}

/** Of four neighbouring columns. */
function fourPlaces<Op>(x: usize, count: i32, step: usize): v128 {
  const op = changetype<Op>(0);
  let best = v128.load(x);
  let places = i32x4.splat(0);
  for (let i = 1; i < count; i++) {
    x += step;
    const four = v128.load(x);
    const better = op.four(four, best);
    best = v128.bitselect(four, best, better);
    places = v128.bitselect(i32x4.splat(i), places, better);
  }
  return places;
}

function placesOf<Op>(first: i32, last: i32, count: i32, inner: i32, x: usize, out: usize): void {
  const step = bytes(inner);
  for (let each = first; each < last; each++) {
    const from = x + bytes(each * count * inner);
    const to = out + bytes(each * inner);
    if (inner == 1) store<i32>(to, placeInRow<Op>(from, count));
    else if (inner < 4)
      for (let c = 0; c < inner; c++) store<i32>(to + bytes(c), placeOf<Op>(from + bytes(c), count, step));
    else
      for (let c = 0; c < inner; c += 4) {
        // The last four may be some of those before, once more.
        const at = bytes(min<i32>(c, inner - 4));
        v128.store(to + at, fourPlaces<Op>(from + at, count, step));
      }
  }
}

/** The place of the first largest (op 0) or smallest (1) of each `reduced` numbers; the first where that is NaN. */
export function placeOfBest(
  part: i32,
  parts: i32,
  op: i32,
  outer: i32,
  reduced: i32,
  inner: i32,
  x: usize,
  out: usize,
): void {
  const first = partBegin(part, parts, outer, 1);
  const last = partBegin(part + 1, parts, outer, 1);
  if (op == 0) placesOf<Larger>(first, last, reduced, inner, x, out);
  else placesOf<Smaller>(first, last, reduced, inner, x, out);
}

function sumsOf<T>(count: i32, x: usize, out: usize, step: usize, exclusive: i32): void {
  let sum: T = 0;
  for (let i = 0; i < count; i++, x += step, out += step) {
    const value = load<T>(x);
    if (exclusive) store<T>(out, sum);
    sum = <T>(sum + value);
    if (!exclusive) store<T>(out, sum);
  }
}

/** Sums of each number and those before it, or, exclusive, of those before it alone; reversed: from the end. */
export function runningSum(
  part: i32,
  parts: i32,
  isFloat: i32,
  outer: i32,
  count: i32,
  inner: i32,
  exclusive: i32,
  reversed: i32,
  x: usize,
  out: usize,
): void {
  const first = partBegin(part, parts, outer * inner, 1);
  const last = partBegin(part + 1, parts, outer * inner, 1);
  const step = reversed ? -bytes(inner) : bytes(inner);
  for (let each = first; each < last; each++) {
    const at = bytes((each / inner) * count * inner + (each % inner) + (reversed ? (count - 1) * inner : 0));
    if (isFloat) sumsOf<f32>(count, x + at, out + at, step, exclusive);
    else sumsOf<i32>(count, x + at, out + at, step, exclusive);
  }
}

/** Whether all (op 0) or any (1) of each `reduced` bytes are 1. */
export function truth(
  part: i32,
  parts: i32,
  op: i32,
  outer: i32,
  reduced: i32,
  inner: i32,
  x: usize,
  out: usize,
): void {
  const first = partBegin(part, parts, outer * inner, 1);
  const last = partBegin(part + 1, parts, outer * inner, 1);
  for (let each = first; each < last; each++) {
    let from = x + ((each / inner) * reduced * inner + (each % inner));
    let left = reduced;
    // What decides is the first 0 of all, the first 1 of any.
    for (; left > 0 && load<u8>(from) != <u8>op; left--) from += inner;
    store<u8>(out + each, left > 0 ? <u8>op : <u8>(1 - op));
  }
}
