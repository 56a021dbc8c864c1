/** Numbers moved as they are, whatever they mean: only whether they have 4 bytes or 1 counts. */
import { bytes, least, partBegin } from './simd';

/** Fewer bytes are copied sooner here than by the machine's own copy, which is a call. */
const longCopy: usize = 8192;

/** `count` items that lie behind each other on both sides. */
export function copyRow<T>(from: usize, to: usize, count: i32): void {
  const size = <usize>count * sizeof<T>();
  if (size >= longCopy) {
    memory.copy(to, from, size);
    return;
  }
  const end = from + size;
  const whole = from + (size & ~15);
  const long = from + (size & ~63);
  for (; from < long; from += 64, to += 64) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
  }
  for (; from < whole; from += 16, to += 16) v128.store(to, v128.load(from));
  for (; from < end; from += sizeof<T>(), to += sizeof<T>()) store<T>(to, load<T>(from));
}

export function fillRow<T>(value: T, to: usize, count: i32): void {
  const size = <usize>count * sizeof<T>();
  const end = to + size;
  const whole = to + (size & ~15);
  const all = v128.splat<T>(value);
  for (; to < whole; to += 16) v128.store(to, all);
  for (; to < end; to += sizeof<T>()) store<T>(to, value);
}

/** Sides of the blocks that a transposition goes by: a cache line holds that many numbers. */
const side = 16;

/** Rows become columns: what lies `fromStep` numbers apart comes to lie together, and the other way round. */
function turn(rows: i32, columns: i32, from: usize, fromStep: i32, to: usize, toStep: i32): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  const f = bytes(fromStep);
  const t = bytes(toStep);
  for (let block = 0; block < wholeRows; block += side) {
    const end = least(wholeRows, block + side);
    for (let c = 0; c < wholeColumns; c += 4)
      for (let r = block; r < end; r += 4)
        tile(from + <usize>c * f + bytes(r), f, to + <usize>r * t + bytes(c), t);
  }
  for (let r = 0; r < rows; r++)
    for (let c = r < wholeRows ? wholeColumns : 0; c < columns; c++)
      store<i32>(to + <usize>r * t + bytes(c), load<i32>(from + <usize>c * f + bytes(r)));
}

/** Four by four numbers; steps in bytes. */
function tile(from: usize, f: usize, to: usize, t: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + f);
  const c = v128.load(from + 2 * f);
  const d = v128.load(from + 3 * f);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to + t, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(to + 2 * t, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(to + 3 * t, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

/** The two inner axes; steps in items. */
function plane<T>(rows: i32, columns: i32, from: usize, f4: i32, f5: i32, to: usize, t4: i32, t5: i32): void {
  const size = <i32>sizeof<T>();
  if (t5 == 1 && f5 == 1)
    for (let r = 0; r < rows; r++, from += f4 * size, to += t4 * size) copyRow<T>(from, to, columns);
  else if (t5 == 1 && f5 == 0)
    for (let r = 0; r < rows; r++, from += f4 * size, to += t4 * size) fillRow<T>(load<T>(from), to, columns);
  else if (t5 == 1 && f4 == 1 && sizeof<T>() == 4) turn(rows, columns, from, f5, to, t4);
  else
    for (let r = 0; r < rows; r++, from += f4 * size, to += t4 * size) {
      let a = from;
      let b = to;
      for (let c = 0; c < columns; c++, a += f5 * size, b += t5 * size) store<T>(b, load<T>(a));
    }
}

/**
 * Copies n0 x ... x n5 items of `size` bytes, 4 or 1. f0 .. f5 and t0 .. t5 are how many items a step along each axis is
 * in `from` and `to`: 0 where the same item is read again, negative where an axis is read from its end.
 */
export function move(
  part: i32,
  parts: i32,
  size: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  n4: i32,
  n5: i32,
  from: usize,
  f0: i32,
  f1: i32,
  f2: i32,
  f3: i32,
  f4: i32,
  f5: i32,
  to: usize,
  t0: i32,
  t1: i32,
  t2: i32,
  t3: i32,
  t4: i32,
  t5: i32,
): void {
  const outer = n0 * n1 * n2 * n3;
  const byPlanes = outer >= parts;
  const first = byPlanes ? partBegin(part, parts, outer, 1) : 0;
  const last = byPlanes ? partBegin(part + 1, parts, outer, 1) : outer;
  const row = byPlanes ? 0 : partBegin(part, parts, n4, 4);
  const rows = (byPlanes ? n4 : partBegin(part + 1, parts, n4, 4)) - row;
  for (let each = first; each < last; each++) {
    const i3 = each % n3;
    const above = each / n3;
    const i2 = above % n2;
    const top = above / n2;
    const i1 = top % n1;
    const i0 = top / n1;
    const a = from + size * (i0 * f0 + i1 * f1 + i2 * f2 + i3 * f3 + row * f4);
    const b = to + size * (i0 * t0 + i1 * t1 + i2 * t2 + i3 * t3 + row * t4);
    if (size == 4) plane<i32>(rows, n5, a, f4, f5, b, t4, t5);
    else plane<u8>(rows, n5, a, f4, f5, b, t4, t5);
  }
}

/** Writes `count` items of `size` bytes, 4 or 1, all with the bits of `value`. */
export function fill(part: i32, parts: i32, size: i32, count: i32, value: i32, to: usize): void {
  const from = partBegin(part, parts, count, 16);
  const own = partBegin(part + 1, parts, count, 16) - from;
  if (size == 4) fillRow<i32>(value, to + bytes(from), own);
  else fillRow<u8>(<u8>value, to + from, own);
}
