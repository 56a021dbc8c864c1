/** Gradients of the pools of pool.ts. */
import { Few, Four, loadFew } from './few';
import {
  channels,
  columns,
  columnStep,
  eachWindow,
  imageStep,
  planes,
  planeStep,
  rows,
  rowStep,
  setPool,
  windowRows,
} from './poolWindow';
import { bytes, partBegin } from './simd';

let xBegin: usize = 0;
let dyBegin: usize = 0;
let dxBegin: usize = 0;

/** Hands each window's gradient back to the numbers that it comes from: four channels, and one to three that are left. */
@final
@unmanaged
class Spread<Whole, Rest> {
  window(at: usize, out: usize): void {
    const whole = changetype<Whole>(0);
    const rest = changetype<Rest>(0);
    const x = xBegin + at;
    const dy = dyBegin + out;
    const dx = dxBegin + at;
    const end = bytes(channels);
    let lane: usize = 0;
    for (; lane + 16 <= end; lane += 16) whole.four(x + lane, dx + lane, v128.load(dy + lane), 4);
    const count = channels & 3;
    if (count) rest.four(x + lane, dx + lane, loadFew(dy + lane, count, 0), count);
  }
}

/** To the first largest number; to none where nothing is larger than -infinity. */
@final
@unmanaged
class ToLargest<Lanes> {
  four(x: usize, to: usize, dy: v128, count: i32): void {
    const lanes = changetype<Lanes>(0);
    const right = columnStep;
    const down = rowStep;
    const w = columns;
    const h = rows;
    if (h == 2 && w == 2 && planes == 1) return this.twoByTwo(x, to, dy, count);
    let most = f32x4.splat(-Infinity);
    let places = i32x4.splat(-1);
    let place = 0;
    for (let i = planes; i > 0; i--, x += planeStep) {
      let row = x;
      for (let j = h; j > 0; j--, row += down) {
        let from = row;
        for (let k = w; k > 0; k--, from += right, place++) {
          const four = lanes.load(from, count, -Infinity);
          const isLarger = f32x4.gt(four, most);
          most = v128.bitselect(four, most, isLarger);
          places = v128.bitselect(i32x4.splat(place), places, isLarger);
        }
      }
    }
    place = 0;
    for (let i = planes; i > 0; i--, to += planeStep) {
      let row = to;
      for (let j = h; j > 0; j--, row += down) {
        let at = row;
        for (let k = w; k > 0; k--, at += right, place++) {
          const due = v128.and(dy, i32x4.eq(places, i32x4.splat(place)));
          lanes.store(at, f32x4.add(lanes.load(at, count, 0), due), count);
        }
      }
    }
  }

  /** The same for the window that most pools have. */
  private twoByTwo(x: usize, to: usize, dy: v128, count: i32): void {
    const lanes = changetype<Lanes>(0);
    const right = columnStep;
    const down = rowStep;
    const a = lanes.load(x, count, 0);
    const b = lanes.load(x + right, count, 0);
    const c = lanes.load(x + down, count, 0);
    const d = lanes.load(x + down + right, count, 0);
    let most = f32x4.splat(-Infinity);
    const isA = f32x4.gt(a, most);
    most = v128.bitselect(a, most, isA);
    const isB = f32x4.gt(b, most);
    most = v128.bitselect(b, most, isB);
    const isC = f32x4.gt(c, most);
    most = v128.bitselect(c, most, isC);
    const isD = f32x4.gt(d, most);
    this.add(to + down + right, v128.and(dy, isD), count);
    dy = v128.andnot(dy, isD);
    this.add(to + down, v128.and(dy, isC), count);
    dy = v128.andnot(dy, isC);
    this.add(to + right, v128.and(dy, isB), count);
    this.add(to, v128.and(v128.andnot(dy, isB), isA), count);
  }

  private add(to: usize, due: v128, count: i32): void {
    const lanes = changetype<Lanes>(0);
    lanes.store(to, f32x4.add(lanes.load(to, count, 0), due), count);
  }
}

/** To each number an equal share. */
@final
@unmanaged
class ToAll<Lanes> {
  four(x: usize, to: usize, dy: v128, count: i32): void {
    const lanes = changetype<Lanes>(0);
    const right = columnStep;
    const w = columns;
    const due = f32x4.div(dy, f32x4.splat(<f32>(planes * rows * w)));
    for (let i = planes; i > 0; i--, to += planeStep) {
      let row = to;
      for (let j = rows; j > 0; j--, row += rowStep) {
        let at = row;
        for (let k = w; k > 0; k--, at += right)
          lanes.store(at, f32x4.add(lanes.load(at, count, 0), due), count);
      }
    }
  }
}

/** Gradients of the same: the first largest of a window is due its gradient, or each an equal share. */
export function poolGradient(
  part: i32,
  parts: i32,
  op: i32,
  batch: i32,
  ofChannels: i32,
  l0: i32,
  w0: i32,
  s0: i32,
  b0: i32,
  n0: i32,
  l1: i32,
  w1: i32,
  s1: i32,
  b1: i32,
  n1: i32,
  l2: i32,
  w2: i32,
  s2: i32,
  b2: i32,
  n2: i32,
  x: usize,
  dy: usize,
  dx: usize,
): void {
  setPool(ofChannels, l0, w0, s0, b0, n0, l1, w1, s1, b1, n1, l2, w2, s2, b2, n2);
  xBegin = x;
  dyBegin = dy;
  dxBegin = dx;
  const last = partBegin(part + 1, parts, batch, 1);
  for (let image = partBegin(part, parts, batch, 1); image < last; image++) {
    memory.fill(dx + <usize>image * imageStep, 0, imageStep);
    const from = image * windowRows;
    if (op == 0) eachWindow<Spread<ToLargest<Four>, ToLargest<Few>>>(from, from + windowRows);
    else eachWindow<Spread<ToAll<Four>, ToAll<Few>>>(from, from + windowRows);
  }
}
