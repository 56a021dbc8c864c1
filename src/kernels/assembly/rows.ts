/** Rows that are picked or added up, and numbers that are chosen, by other numbers. */
import { copyRow, fillRow } from './move';
import { bytes, partBegin } from './simd';

/**
 * out[b, o, p] = x[b, o, indices[b, p]] for batch x outer x picked rows of `row` items of `size` bytes; x has `axis` rows
 * to pick from. A row that is not there is made of `missing`, and noted at `fault`.
 */
export function gather(
  part: i32,
  parts: i32,
  size: i32,
  batch: i32,
  outer: i32,
  picked: i32,
  axis: i32,
  row: i32,
  missing: i32,
  x: usize,
  indices: usize,
  out: usize,
  fault: usize,
): void {
  const first = partBegin(part, parts, batch * outer * picked, 1);
  const last = partBegin(part + 1, parts, batch * outer * picked, 1);
  const length = row * size;
  for (let each = first; each < last; each++) {
    const group = each / picked;
    const index = load<i32>(indices + bytes((group / outer) * picked + (each % picked)));
    const to = out + each * length;
    const isThere = <u32>index < <u32>axis;
    if (!isThere) store<i32>(fault, 1);
    const from = x + (group * axis + index) * length;
    if (size == 4) {
      if (!isThere) fillRow<i32>(missing, to, row);
      else if (row == 1) store<i32>(to, load<i32>(from));
      else copyRow<i32>(from, to, row);
    } else if (isThere) copyRow<u8>(from, to, row);
    else fillRow<u8>(<u8>missing, to, row);
  }
}

@final
@unmanaged
class AddFloats {
  four(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  one(to: usize, from: usize): void {
    store<f32>(to, load<f32>(to) + load<f32>(from));
  }
}
@final
@unmanaged
class AddIntegers {
  four(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
  one(to: usize, from: usize): void {
    store<i32>(to, load<i32>(to) + load<i32>(from));
  }
}

function addRow<Add>(from: usize, to: usize, count: i32): void {
  const add = changetype<Add>(0);
  const end = to + bytes(count);
  const whole = to + (bytes(count) & ~15);
  for (; to < whole; to += 16, from += 16) v128.store(to, add.four(v128.load(to), v128.load(from)));
  for (; to < end; to += 4, from += 4) add.one(to, from);
}

/**
 * out[indices[i]] += rows[i], from zero, for `count` rows of `row` numbers. Of an index's `depth` numbers, 1 to 4, each
 * has a step of s0 .. s3 rows. A row that has no place among `places` is left out. A part does some columns of all rows.
 */
export function scatter(
  part: i32,
  parts: i32,
  isFloat: i32,
  count: i32,
  row: i32,
  places: i32,
  depth: i32,
  s0: i32,
  s1: i32,
  s2: i32,
  s3: i32,
  indices: usize,
  rows: usize,
  out: usize,
): void {
  const column = partBegin(part, parts, row, 4);
  const columns = partBegin(part + 1, parts, row, 4) - column;
  if (columns == row) fillRow<i32>(0, out, places * row);
  else
    for (let place = 0; place < places; place++) fillRow<i32>(0, out + bytes(place * row + column), columns);
  for (let i = 0; i < count; i++, indices += bytes(depth)) {
    let place = load<i32>(indices) * s0;
    if (depth > 1) place += load<i32>(indices, 4) * s1;
    if (depth > 2) place += load<i32>(indices, 8) * s2;
    if (depth > 3) place += load<i32>(indices, 12) * s3;
    if (<u32>place >= <u32>places) continue;
    const from = rows + bytes(i * row + column);
    const to = out + bytes(place * row + column);
    if (isFloat) addRow<AddFloats>(from, to, columns);
    else addRow<AddIntegers>(from, to, columns);
  }
}

/** For each of `count` indices a row of `depth` items of `size` bytes: `on` at the index, `off` elsewhere. */
export function oneHot(
  part: i32,
  parts: i32,
  size: i32,
  count: i32,
  depth: i32,
  on: i32,
  off: i32,
  indices: usize,
  out: usize,
): void {
  const first = partBegin(part, parts, count, 1);
  const rows = partBegin(part + 1, parts, count, 1) - first;
  indices += bytes(first);
  out += first * depth * size;
  if (size == 4) fillRow<i32>(off, out, rows * depth);
  else fillRow<u8>(<u8>off, out, rows * depth);
  for (let each = 0; each < rows; each++, indices += 4) {
    const index = load<i32>(indices);
    if (<u32>index >= <u32>depth) continue;
    if (size == 4) store<i32>(out + bytes(each * depth + index), on);
    else store<u8>(out + (each * depth + index), <u8>on);
  }
}

/** `count` items of `size` bytes: those of `yes` where `condition` has a 1, else those of `no`. */
export function select(
  part: i32,
  parts: i32,
  size: i32,
  count: i32,
  condition: usize,
  yes: usize,
  no: usize,
  out: usize,
): void {
  const first = partBegin(part, parts, count, 16);
  const own = partBegin(part + 1, parts, count, 16) - first;
  const skipped = first * size;
  condition += first;
  if (size == 4) choose(own, condition, yes + skipped, no + skipped, out + skipped);
  else
    for (let i = 0; i < own; i++)
      store<u8>(out + skipped + i, load<u8>((load<u8>(condition + i) ? yes : no) + skipped + i));
}

function choose(count: i32, condition: usize, yes: usize, no: usize, out: usize): void {
  const end = out + bytes(count);
  const whole = out + (bytes(count) & ~15);
  for (; out < whole; out += 16, yes += 16, no += 16, condition += 4) {
    const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(condition)));
    const chosen = i32x4.ne(four, i32x4.splat(0));
    v128.store(out, v128.bitselect(v128.load(yes), v128.load(no), chosen));
  }
  for (; out < end; out += 4, yes += 4, no += 4, condition++)
    store<i32>(out, load<i32>(load<u8>(condition) ? yes : no));
}
