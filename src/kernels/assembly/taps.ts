/** What the taps of a window meet, and which numbers of input make which of output. */
import { bytes, least } from './simd';

/** The first position whose window's tap, `offset` behind its begin, is inside the axis. */
export function firstInside(offset: i32, stride: i32): i32 {
  return offset >= 0 ? 0 : (stride - 1 - offset) / stride;
}
/** How many positions have the tap before the axis' end. */
export function endInside(offset: i32, stride: i32, length: i32, positions: i32): i32 {
  const past = length - offset;
  return past <= 0 ? 0 : least(positions, (past + stride - 1) / stride);
}

/** What four outputs are made of where each has an input of its own; of that, the first is `i0` bytes behind `x`. */
@final
@unmanaged
export class Own<Lanes> {
  input(x: usize, i0: usize, i1: usize, i2: usize, i3: usize, count: i32): v128 {
    return changetype<Lanes>(0).load(x + i0, count, 0);
  }
  load(from: usize, count: i32): v128 {
    return changetype<Lanes>(0).load(from, count, 0);
  }
  store(to: usize, y: v128, count: i32): void {
    changetype<Lanes>(0).store(to, y, count);
  }
}
/** Where an input serves several outputs: that of each is as many bytes behind `x` as is said. */
@final
@unmanaged
export class Shared<Lanes> {
  input(x: usize, i0: usize, i1: usize, i2: usize, i3: usize, count: i32): v128 {
    let four = v128.load32_splat(x + i0);
    four = v128.load32_lane(x + i1, four, 1);
    four = v128.load32_lane(x + i2, four, 2);
    return v128.load32_lane(x + i3, four, 3);
  }
  load(from: usize, count: i32): v128 {
    return changetype<Lanes>(0).load(from, count, 0);
  }
  store(to: usize, y: v128, count: i32): void {
    changetype<Lanes>(0).store(to, y, count);
  }
}

/** Where the input of an output is, in bytes; past the last output, that of the last. */
export function inputOf(output: i32, outputs: i32, multiplier: i32): usize {
  return bytes(least(output, outputs - 1) / multiplier);
}
