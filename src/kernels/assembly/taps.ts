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

/** Outputs under way, four at most: how many, and how far the inputs of the others are behind that of the first. */
export let count: i32 = 0;
export let input1: usize = 0;
export let input2: usize = 0;
export let input3: usize = 0;

/** Has outputs from `first` on be under way, of inputs that `multiplier` of them share; returns where their input is. */
export function setOutputs(first: i32, outputs: i32, multiplier: i32): usize {
  const last = outputs - 1;
  const input = first / multiplier;
  count = least(4, outputs - first);
  input1 = bytes(least(first + 1, last) / multiplier - input);
  input2 = bytes(least(first + 2, last) / multiplier - input);
  input3 = bytes(least(first + 3, last) / multiplier - input);
  return bytes(input);
}

/** What outputs are made of where each has an input of its own; loops keep the distances `input1` .. `input3` at hand. */
@final
@unmanaged
export class Own<Lanes> {
  input(x: usize, i1: usize, i2: usize, i3: usize): v128 {
    return changetype<Lanes>(0).load(x, count, 0);
  }
  load(from: usize): v128 {
    return changetype<Lanes>(0).load(from, count, 0);
  }
  store(to: usize, y: v128): void {
    changetype<Lanes>(0).store(to, y, count);
  }
}
/** Where an input serves several outputs. */
@final
@unmanaged
export class Shared<Lanes> {
  input(x: usize, i1: usize, i2: usize, i3: usize): v128 {
    let four = v128.load32_splat(x);
    four = v128.load32_lane(x + i1, four, 1);
    four = v128.load32_lane(x + i2, four, 2);
    return v128.load32_lane(x + i3, four, 3);
  }
  load(from: usize): v128 {
    return changetype<Lanes>(0).load(from, count, 0);
  }
  store(to: usize, y: v128): void {
    changetype<Lanes>(0).store(to, y, count);
  }
}
