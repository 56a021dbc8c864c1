/**
 * Values of which only some are of interest, packed: one behind the other, in the order of the list of their positions
 * among all.
 */
import { bytes, partBegin } from './simd';

/** to[i] = from[positions[i]]. */
export function pack(part: i32, parts: i32, count: i32, positions: usize, from: usize, to: usize): void {
  const end = bytes(partBegin(part + 1, parts, count, 4));
  for (let i = bytes(partBegin(part, parts, count, 4)); i < end; i += 4)
    store<f32>(to + i, load<f32>(from + bytes(load<i32>(positions + i))));
}

/** to[positions[i]] = from[i]: the other way, and into another order. */
export function unpack(part: i32, parts: i32, count: i32, positions: usize, from: usize, to: usize): void {
  const end = bytes(partBegin(part + 1, parts, count, 4));
  for (let i = bytes(partBegin(part, parts, count, 4)); i < end; i += 4)
    store<f32>(to + bytes(load<i32>(positions + i)), load<f32>(from + i));
}

/** Zeros where bytes of `kept`, one for each number, are zero and not all ones. */
export function clearOthers(part: i32, parts: i32, count: i32, kept: usize, to: usize): void {
  const end = partBegin(part + 1, parts, count, 8);
  let i = partBegin(part, parts, count, 8);
  for (; i + 8 <= end; i += 8) {
    const eight = v128.load8x8_s(kept + i);
    const at = to + bytes(i);
    v128.store(at, v128.and(v128.load(at), i32x4.extend_low_i16x8_s(eight)));
    v128.store(at, v128.and(v128.load(at, 16), i32x4.extend_high_i16x8_s(eight)), 16);
  }
  for (; i < end; i++) if (!load<u8>(kept + i)) store<f32>(to + bytes(i), 0);
}

/** to = a + b. */
export function addPacked(part: i32, parts: i32, count: i32, a: usize, b: usize, to: usize): void {
  const end = bytes(partBegin(part + 1, parts, count, 4));
  let i = bytes(partBegin(part, parts, count, 4));
  for (; i + 16 <= end; i += 16) v128.store(to + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(to + i, load<f32>(a + i) + load<f32>(b + i));
}
