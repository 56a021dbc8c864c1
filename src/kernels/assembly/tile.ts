/**
 * Tiles of sums: some pixels of a convolution's output, or positions of its window, by eight filters, that stay in
 * registers while all that they are made of goes by.
 */
import { loadFew, storeFew } from './few';
import { linear, relu6 } from './gemm';
import { bytes, multiplyAdd } from './simd';

/** Rows of a tile: with more, the machine's registers hold sums and addresses no longer. */
export const mostRows: i32 = 4;
export const tileFilters: i32 = 8;
export const panelBytes: usize = (<usize>tileFilters) << 2;

/** What all tiles of a call have in common: bytes between neighbours of a tile, in a run, between runs; numbers of a run. */
let down: usize = 0;
let step: usize = 0;
let runStep: usize = 0;
let runLength: i32 = 0;
/** Bytes between rows of results. */
let resultStep: usize = 0;

/** What sums begin with, and what becomes of them; of eight, `count` are filters. */
let low: v128 = i32x4(0, 0, 0, 0);
let high: v128 = i32x4(0, 0, 0, 0);
let isAdded: bool = false;
let activate: i32 = linear;
let count: i32 = 0;

/** Sets what the tiles of a call have in common. */
export function setTiles(
  rowStep: usize,
  numberStep: usize,
  numbers: i32,
  filters: i32,
  added: bool,
  activation: i32,
): void {
  down = rowStep;
  step = numberStep;
  runLength = numbers;
  resultStep = bytes(filters);
  isAdded = added;
  activate = activation;
}
/** Bytes from one run of numbers to the next. */
export function setRuns(bytesBetween: usize): void {
  runStep = bytesBetween;
}

@final
@unmanaged
class One {
  rows(): i32 {
    return 1;
  }
}
@final
@unmanaged
class Two {
  rows(): i32 {
    return 2;
  }
}
@final
@unmanaged
class Three {
  rows(): i32 {
    return 3;
  }
}
@final
@unmanaged
class Four {
  rows(): i32 {
    return 4;
  }
}

/**
 * A tile: each row sums, over `runs` runs of numbers from `a` on, a number times the eight filters that lie in `b` for it.
 * What they come to is for `to`.
 */
function tile<Rows>(a: usize, runs: i32, b: usize, to: usize): void {
  const rows = changetype<Rows>(0).rows();
  const down1 = down;
  const down2 = down1 << 1;
  const down3 = down2 + down1;
  const next = step;
  let c00 = low;
  let c01 = high;
  let c10 = low;
  let c11 = high;
  let c20 = low;
  let c21 = high;
  let c30 = low;
  let c31 = high;
  for (; runs > 0; runs--, a += runStep) {
    let at = a;
    for (let k = runLength; k > 0; k--, at += next, b += panelBytes) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let each = v128.load32_splat(at);
      c00 = multiplyAdd(each, b0, c00);
      c01 = multiplyAdd(each, b1, c01);
      if (rows > 1) {
        each = v128.load32_splat(at + down1);
        c10 = multiplyAdd(each, b0, c10);
        c11 = multiplyAdd(each, b1, c11);
      }
      if (rows > 2) {
        each = v128.load32_splat(at + down2);
        c20 = multiplyAdd(each, b0, c20);
        c21 = multiplyAdd(each, b1, c21);
      }
      if (rows > 3) {
        each = v128.load32_splat(at + down3);
        c30 = multiplyAdd(each, b0, c30);
        c31 = multiplyAdd(each, b1, c31);
      }
    }
  }
  put(to, c00, c01);
  if (rows > 1) put((to += resultStep), c10, c11);
  if (rows > 2) put((to += resultStep), c20, c21);
  if (rows > 3) put((to += resultStep), c30, c31);
}

// Exported by the module too: inside a caller their sums would no longer fit into registers.
export function tile1(a: usize, runs: i32, b: usize, to: usize): void {
  tile<One>(a, runs, b, to);
}
export function tile2(a: usize, runs: i32, b: usize, to: usize): void {
  tile<Two>(a, runs, b, to);
}
export function tile3(a: usize, runs: i32, b: usize, to: usize): void {
  tile<Three>(a, runs, b, to);
}
export function tile4(a: usize, runs: i32, b: usize, to: usize): void {
  tile<Four>(a, runs, b, to);
}

/** A tile of 1 to `mostRows` rows. */
export function tileOf(rows: i32, a: usize, runs: i32, b: usize, to: usize): void {
  if (rows == 4) tile4(a, runs, b, to);
  else if (rows == 3) tile3(a, runs, b, to);
  else if (rows == 2) tile2(a, runs, b, to);
  else tile1(a, runs, b, to);
}

function put(to: usize, low: v128, high: v128): void {
  if (isAdded) {
    low = f32x4.add(low, loadFew(to, count, 0));
    if (count > 4) high = f32x4.add(high, loadFew(to + 16, count - 4, 0));
  }
  if (activate != linear) {
    low = f32x4.max(f32x4.splat(0), low);
    high = f32x4.max(f32x4.splat(0), high);
  }
  if (activate == relu6) {
    low = f32x4.min(f32x4.splat(6), low);
    high = f32x4.min(f32x4.splat(6), high);
  }
  storeFew(to, low, count);
  if (count > 4) storeFew(to + 16, high, count - 4);
}

/** Has sums of filters `f` .. `f` + 8 begin with their biases. */
export function setFilters(f: i32, filters: i32, bias: usize): void {
  count = filters - f;
  low = bias ? loadFew(bias + bytes(f), count, 0) : f32x4.splat(0);
  high = bias && count > 4 ? loadFew(bias + bytes(f + 4), count - 4, 0) : f32x4.splat(0);
}
