/**
 * Where the windows of a pool lie. Of each of three axes: its length, the window, the stride, how far the first window
 * begins before it, and the number of windows. What of a window is outside is not part of it.
 */
import { bytes, least } from './simd';

export let channels: i32 = 0;
/** Bytes between neighbours along each axis of the images. */
export let columnStep: usize = 0;
export let rowStep: usize = 0;
export let planeStep: usize = 0;
export let imageStep: usize = 0;
/** Sides of the window under way. */
export let planes: i32 = 0;
export let rows: i32 = 0;
export let columns: i32 = 0;
/** Rows of windows that an image has. */
export let windowRows: i32 = 0;

let length0: i32 = 0;
let window0: i32 = 0;
let stride0: i32 = 0;
let before0: i32 = 0;
let length1: i32 = 0;
let window1: i32 = 0;
let stride1: i32 = 0;
let before1: i32 = 0;
let windows1: i32 = 0;
let length2: i32 = 0;
let window2: i32 = 0;
let stride2: i32 = 0;
let before2: i32 = 0;
let windows2: i32 = 0;

/** Sets the pool of this call. */
export function setPool(
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
): void {
  channels = ofChannels;
  columnStep = bytes(ofChannels);
  rowStep = <usize>l2 * columnStep;
  planeStep = <usize>l1 * rowStep;
  imageStep = <usize>l0 * planeStep;
  windowRows = n0 * n1;
  length0 = l0;
  window0 = w0;
  stride0 = s0;
  before0 = b0;
  length1 = l1;
  window1 = w1;
  stride1 = s1;
  before1 = b1;
  windows1 = n1;
  length2 = l2;
  window2 = w2;
  stride2 = s2;
  before2 = b2;
  windows2 = n2;
}

/**
 * Runs `Op` on the windows of rows `from` .. `to`, counted through all images: with the distance of its first pixel from
 * that of the first image, and of its number from that of the first window, in bytes.
 */
export function eachWindow<Op>(from: i32, to: i32): void {
  const op = changetype<Op>(0);
  const step = columnStep;
  const before = before2;
  const stride = stride2;
  const window = window2;
  const length = length2;
  for (let each = from; each < to; each++) {
    const image = each / windowRows;
    const within = each - image * windowRows;
    const p = within / windows1;
    const r = within - p * windows1;
    const p0 = begin(p, stride0, before0);
    const r0 = begin(r, stride1, before1);
    planes = end(p, stride0, before0, window0, length0) - p0;
    rows = end(r, stride1, before1, window1, length1) - r0;
    const row = <usize>image * imageStep + <usize>p0 * planeStep + <usize>r0 * rowStep;
    let out = <usize>(each * windows2) * step;
    for (let c = 0, first = -before; c < windows2; c++, out += step, first += stride) {
      const c0 = max<i32>(0, first);
      columns = max<i32>(c0, least(length, first + window)) - c0;
      op.window(row + <usize>c0 * step, out);
    }
  }
}

/** Where a window begins inside an axis. */
function begin(position: i32, stride: i32, before: i32): i32 {
  return max<i32>(0, position * stride - before);
}
/** Where it ends; not before it begins. */
function end(position: i32, stride: i32, before: i32, window: i32, length: i32): i32 {
  return max<i32>(begin(position, stride, before), least(length, position * stride - before + window));
}
