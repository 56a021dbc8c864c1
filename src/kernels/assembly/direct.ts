/**
 * Convolutions whose windows are read where they lie. A tile of sums, some pixels (or positions of the window) by eight
 * filters, stays in registers while all that it is made of goes by: nothing is written but results.
 */
import { bandRows, lineOf, lineStep, setBand } from './bands';
import { loadFew, storeFew } from './few';
import { packedColumns, linear, packColumns, relu6 } from './gemm';
import { bytes, least, multiplyAdd, partBegin } from './simd';
import { endInside, firstInside } from './taps';
import {
  channels,
  dilationHeight,
  height,
  imagePixels,
  imageSize,
  outHeight,
  outWidth,
  strideHeight,
  strideWidth,
  top,
  windowHeight,
  windowSize,
  windowWidth,
} from './window';

/** Rows of a tile: with more, the machine's registers hold sums and addresses no longer. */
const mostRows: i32 = 4;
const tileFilters: i32 = 8;
const panelBytes: usize = (<usize>tileFilters) << 2;

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

function tileOf(rows: i32, a: usize, runs: i32, b: usize, to: usize): void {
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
function setFilters(f: i32, filters: i32, bias: usize): void {
  count = filters - f;
  low = bias ? loadFew(bias + bytes(f), count, 0) : f32x4.splat(0);
  high = bias && count > 4 ? loadFew(bias + bytes(f + 4), count - 4, 0) : f32x4.splat(0);
}

/**
 * Whether a convolution is done so: where the scratch memory holds what it packs and copies, and at most a quarter of
 * its tiles' rows would be missing. Narrower images are faster as products, whose tiles take pixels of several rows.
 */
export function isDirect(filters: i32): bool {
  const fits = bandRows() > 0 && windowSize() * (filters + tileFilters) <= packedColumns;
  return fits && 3 * tilesOf(outWidth) * mostRows <= 4 * outWidth;
}

/** Likewise the filter's gradient, whose sums are of one image at a time: they are to be long enough. */
export function isGradientDirect(filters: i32): bool {
  return isDirect(filters) && imagePixels() >= 100;
}

function tilesOf(rows: i32): i32 {
  return (rows + mostRows - 1) / mostRows;
}

/** y from x, and the filter packed. */
export function directConvolution(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
  x: usize,
  packed: usize,
  y: usize,
  bias: usize,
  activation: i32,
  copy: usize,
): void {
  const run = windowWidth * channels;
  const size = bytes(windowSize());
  const tiles = tilesOf(outWidth);
  const fewest = outWidth / tiles;
  const longer = outWidth - fewest * tiles;
  const most = bandRows();
  down = bytes(strideWidth * channels);
  step = 4;
  runLength = run;
  isAdded = false;
  activate = activation;
  resultStep = bytes(filters);
  const last = partBegin(part + 1, parts, images * outHeight, 1);
  for (let row = partBegin(part, parts, images * outHeight, 1); row < last;) {
    const image = row / outHeight;
    const from = row - image * outHeight;
    const to = least(outHeight, from + least(most, last - row));
    setBand(x + bytes(image * imageSize()), from, to, copy);
    runStep = <usize>dilationHeight * lineStep;
    for (let f = 0; f < filters; f += tileFilters) {
      setFilters(f, filters, bias);
      for (let r = from; r < to; r++) {
        const first = r * strideHeight - top;
        const i0 = firstInside(first, dilationHeight);
        const runs = max<i32>(0, endInside(first, dilationHeight, height, windowHeight) - i0);
        const a = lineOf(first + i0 * dilationHeight);
        const b = packed + <usize>f * size + <usize>(i0 * run) * panelBytes;
        const out = y + bytes((row + r - from) * outWidth * filters + f);
        for (let begin = 0, t = 0; t < tiles; t++) {
          const rows = t < longer ? fewest + 1 : fewest;
          tileOf(rows, a + <usize>begin * down, runs, b, out + <usize>begin * resultStep);
          begin += rows;
        }
      }
    }
    row += to - from;
  }
}

/** The filter's gradient; each part does some of its positions. */
export function directFilterGradient(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
  x: usize,
  dy: usize,
  gradient: usize,
  copy: usize,
  packed: usize,
): void {
  const run = windowWidth * channels;
  const tiles = tilesOf(run);
  const unit = partBegin(part, parts, windowHeight * tiles, 1);
  const end = partBegin(part + 1, parts, windowHeight * tiles, 1);
  const most = bandRows();
  const position = positionOf(unit, tiles, run);
  memory.fill(
    gradient + bytes(position * filters),
    0,
    bytes((positionOf(end, tiles, run) - position) * filters),
  );
  down = 4;
  step = bytes(strideWidth * channels);
  runLength = outWidth;
  isAdded = true;
  activate = linear;
  resultStep = bytes(filters);
  for (let image = 0; image < images; image++)
    for (let from = 0; from < outHeight; from += most) {
      const to = least(outHeight, from + most);
      const pixels = (to - from) * outWidth;
      setBand(x + bytes(image * imageSize()), from, to, copy);
      runStep = <usize>strideHeight * lineStep;
      let due = dy + bytes((image * outHeight + from) * outWidth * filters);
      if (filters != tileFilters) {
        packColumns(due, filters, 1, pixels, filters, packed);
        due = packed;
      }
      for (let u = unit; u < end; u++) {
        const line = (u / tiles) * dilationHeight - top;
        const r0 = max<i32>(from, firstInside(line, strideHeight));
        const rows = least(to, endInside(line, strideHeight, height, outHeight)) - r0;
        if (rows <= 0) continue;
        const begin = positionOf(u, tiles, run);
        const a = lineOf(r0 * strideHeight + line) + bytes(begin - (u / tiles) * run);
        for (let f = 0; f < filters; f += tileFilters) {
          setFilters(f, filters, 0);
          tileOf(
            positionOf(u + 1, tiles, run) - begin,
            a,
            rows,
            due + bytes(f * pixels) + <usize>((r0 - from) * outWidth) * panelBytes,
            gradient + bytes(begin * filters + f),
          );
        }
      }
    }
}

/** The first position of the window that a tile is of, where `tiles` of them are a line of `run` positions. */
function positionOf(unit: i32, tiles: i32, run: i32): i32 {
  const line = unit / tiles;
  return line * run + ((unit - line * tiles) * run) / tiles;
}
