/**
 * Tiles of matrices with the rows in the vector lanes: a tile of `width` rows holds each of its columns as that many
 * numbers in a row, so that all rows meet one weight at once.
 */
import { relu, relu6, linear } from './gemm';
import { bytes, least } from './simd';

/** Columns that are turned before the next rows: as many as share a cache line. */
const line: i32 = 16;

/**
 * Turns `rows` rows of `columns` numbers, `down` bytes apart, into a tile of `width` rows, a multiple of four; the rows
 * that it has too many are zeros.
 */
export function turnIn(from: usize, down: usize, rows: i32, columns: i32, width: i32, to: usize): void {
  const right = bytes(width);
  const whole = rows & ~3;
  for (let c = 0; c < columns; c += line) {
    const end = least(columns, c + line);
    const wholeEnd = c + ((end - c) & ~3);
    for (let r = 0; r < whole; r += 4) {
      const row = from + <usize>r * down;
      const lane = to + bytes(r);
      for (let k = c; k < wholeEnd; k += 4) quarter(row + bytes(k), down, lane + <usize>k * right, right);
      for (let k = wholeEnd; k < end; k++)
        for (let i: usize = 0; i < 4; i++)
          store<f32>(lane + <usize>k * right + (i << 2), load<f32>(row + i * down + bytes(k)));
    }
    if (whole < width)
      for (let k = c; k < end; k++)
        for (let r = whole; r < width; r++)
          store<f32>(
            to + <usize>k * right + bytes(r),
            r < rows ? load<f32>(from + <usize>r * down + bytes(k)) : <f32>0,
          );
  }
}

/** The other way, with a bias for each column, or 0, and an activation. */
export function turnOut(
  from: usize,
  width: i32,
  rows: i32,
  columns: i32,
  to: usize,
  down: usize,
  bias: usize,
  activation: i32,
): void {
  const right = bytes(width);
  const whole = rows & ~3;
  for (let c = 0; c < columns; c += line) {
    const end = least(columns, c + line);
    const wholeEnd = c + ((end - c) & ~3);
    for (let r = 0; r < whole; r += 4) {
      const row = to + <usize>r * down;
      const lane = from + bytes(r);
      for (let k = c; k < wholeEnd; k += 4)
        quarterOut(
          lane + <usize>k * right,
          right,
          row + bytes(k),
          down,
          bias ? v128.load(bias + bytes(k)) : f32x4.splat(0),
          activation,
        );
      for (let k = wholeEnd; k < end; k++)
        for (let i: usize = 0; i < 4; i++)
          store<f32>(
            row + i * down + bytes(k),
            finished(load<f32>(lane + <usize>k * right + (i << 2)), bias ? bias + bytes(k) : 0, activation),
          );
    }
    for (let r = whole; r < rows; r++)
      for (let k = c; k < end; k++)
        store<f32>(
          to + <usize>r * down + bytes(k),
          finished(load<f32>(from + <usize>k * right + bytes(r)), bias ? bias + bytes(k) : 0, activation),
        );
  }
}

function finished(sum: f32, bias: usize, activation: i32): f32 {
  if (bias) sum += load<f32>(bias);
  if (activation != linear) sum = max<f32>(0, sum);
  return activation == relu6 ? min<f32>(6, sum) : sum;
}

function activated(x: v128, activation: i32): v128 {
  if (activation == relu) return f32x4.max(f32x4.splat(0), x);
  if (activation == relu6) return f32x4.min(f32x4.splat(6), f32x4.max(f32x4.splat(0), x));
  return x;
}

/** Four by four numbers; steps in bytes. */
function quarter(from: usize, f: usize, to: usize, t: usize): void {
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

function quarterOut(from: usize, f: usize, to: usize, t: usize, bias: v128, activation: i32): void {
  const a = v128.load(from);
  const b = v128.load(from + f);
  const c = v128.load(from + 2 * f);
  const d = v128.load(from + 3 * f);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, activated(f32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), bias), activation));
  v128.store(to + t, activated(f32x4.add(v128.shuffle<i64>(ab, cd, 1, 3), bias), activation));
  v128.store(to + 2 * t, activated(f32x4.add(v128.shuffle<i64>(abHigh, cdHigh, 0, 2), bias), activation));
  v128.store(to + 3 * t, activated(f32x4.add(v128.shuffle<i64>(abHigh, cdHigh, 1, 3), bias), activation));
}
