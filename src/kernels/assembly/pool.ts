/**
 * Pools of images and volumes, whose last axis is the channels. Of each of three axes: its length, the window, the
 * stride, how far the first window begins before it, and the number of windows. What of a window is outside counts for
 * nothing.
 */
import { loadFew, storeFew } from './few';
import { bytes, least, partBegin } from './simd';

/** Where a window begins inside an axis. */
export function begin(position: i32, stride: i32, before: i32): i32 {
  const from = position * stride - before;
  return from > 0 ? from : 0;
}
/** Where it ends; not before it begins. */
export function end(position: i32, stride: i32, before: i32, window: i32, length: i32): i32 {
  const to = least(length, position * stride - before + window);
  return max<i32>(begin(position, stride, before), to);
}

/** What a window comes to. */
@final
@unmanaged
class Largest {
  start(): f32 {
    return -Infinity;
  }
  /** Passes over NaN. */
  join(a: v128, b: v128): v128 {
    return f32x4.pmax(a, b);
  }
  end(a: v128, count: i32): v128 {
    return a;
  }
}
@final
@unmanaged
class Average {
  start(): f32 {
    return 0;
  }
  join(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  end(a: v128, count: i32): v128 {
    return f32x4.div(a, f32x4.splat(<f32>count));
  }
}

/** Sixteen channels of one window: d planes of h rows of w pixels from `x` on. */
function sixteen<Op>(
  x: usize,
  to: usize,
  step: usize,
  rowStep: usize,
  planeStep: usize,
  d: i32,
  h: i32,
  w: i32,
): void {
  const op = changetype<Op>(0);
  let a = f32x4.splat(op.start());
  let b = a;
  let c = a;
  let e = a;
  for (let i = 0; i < d; i++)
    for (let j = 0; j < h; j++) {
      let from = x + <usize>i * planeStep + <usize>j * rowStep;
      for (let k = 0; k < w; k++, from += step) {
        a = op.join(a, v128.load(from));
        b = op.join(b, v128.load(from, 16));
        c = op.join(c, v128.load(from, 32));
        e = op.join(e, v128.load(from, 48));
      }
    }
  v128.store(to, op.end(a, d * h * w));
  v128.store(to, op.end(b, d * h * w), 16);
  v128.store(to, op.end(c, d * h * w), 32);
  v128.store(to, op.end(e, d * h * w), 48);
}

/** Eight channels. */
function eight<Op>(
  x: usize,
  to: usize,
  step: usize,
  rowStep: usize,
  planeStep: usize,
  d: i32,
  h: i32,
  w: i32,
): void {
  const op = changetype<Op>(0);
  let a = f32x4.splat(op.start());
  let b = a;
  for (let i = 0; i < d; i++)
    for (let j = 0; j < h; j++) {
      let from = x + <usize>i * planeStep + <usize>j * rowStep;
      for (let k = 0; k < w; k++, from += step) {
        a = op.join(a, v128.load(from));
        b = op.join(b, v128.load(from, 16));
      }
    }
  v128.store(to, op.end(a, d * h * w));
  v128.store(to, op.end(b, d * h * w), 16);
}

/** Four channels. */
function four<Op>(
  x: usize,
  to: usize,
  step: usize,
  rowStep: usize,
  planeStep: usize,
  d: i32,
  h: i32,
  w: i32,
): void {
  const op = changetype<Op>(0);
  let a = f32x4.splat(op.start());
  for (let i = 0; i < d; i++)
    for (let j = 0; j < h; j++) {
      let from = x + <usize>i * planeStep + <usize>j * rowStep;
      for (let k = 0; k < w; k++, from += step) {
        a = op.join(a, v128.load(from));
      }
    }
  v128.store(to, op.end(a, d * h * w));
}

/** One to three channels. */
function few<Op>(
  x: usize,
  to: usize,
  count: i32,
  step: usize,
  rowStep: usize,
  planeStep: usize,
  d: i32,
  h: i32,
  w: i32,
): void {
  const op = changetype<Op>(0);
  let a = f32x4.splat(op.start());
  for (let i = 0; i < d; i++)
    for (let j = 0; j < h; j++) {
      let from = x + <usize>i * planeStep + <usize>j * rowStep;
      for (let k = 0; k < w; k++, from += step) a = op.join(a, loadFew(from, count, 0));
    }
  storeFew(to, op.end(a, d * h * w), count);
}

function pooled<Op>(
  part: i32,
  parts: i32,
  batch: i32,
  channels: i32,
  depth: i32,
  depthWindow: i32,
  depthStride: i32,
  depthBefore: i32,
  planes: i32,
  height: i32,
  heightWindow: i32,
  heightStride: i32,
  heightBefore: i32,
  rows: i32,
  width: i32,
  widthWindow: i32,
  widthStride: i32,
  widthBefore: i32,
  columns: i32,
  x: usize,
  y: usize,
): void {
  const step = bytes(channels);
  const rowStep = <usize>width * step;
  const planeStep = <usize>height * rowStep;
  const all = batch * planes * rows;
  const last = partBegin(part + 1, parts, all, 1);
  for (let each = partBegin(part, parts, all, 1); each < last; each++) {
    const r = each % rows;
    const above = each / rows;
    const p = above % planes;
    const d0 = begin(p, depthStride, depthBefore);
    const d = end(p, depthStride, depthBefore, depthWindow, depth) - d0;
    const h0 = begin(r, heightStride, heightBefore);
    const h = end(r, heightStride, heightBefore, heightWindow, height) - h0;
    const row = x + <usize>((above / planes) * depth + d0) * planeStep + <usize>h0 * rowStep;
    let to = y + <usize>(each * columns) * step;
    for (let c = 0; c < columns; c++, to += step) {
      const w0 = begin(c, widthStride, widthBefore);
      const w = end(c, widthStride, widthBefore, widthWindow, width) - w0;
      const from = row + <usize>w0 * step;
      let channel = 0;
      for (; channel + 16 <= channels; channel += 16)
        sixteen<Op>(from + bytes(channel), to + bytes(channel), step, rowStep, planeStep, d, h, w);
      if (channel + 8 <= channels) {
        eight<Op>(from + bytes(channel), to + bytes(channel), step, rowStep, planeStep, d, h, w);
        channel += 8;
      }
      if (channel + 4 <= channels) {
        four<Op>(from + bytes(channel), to + bytes(channel), step, rowStep, planeStep, d, h, w);
        channel += 4;
      }
      if (channel < channels) {
        const count = channels - channel;
        few<Op>(from + bytes(channel), to + bytes(channel), count, step, rowStep, planeStep, d, h, w);
      }
    }
  }
}

/** The largest (op 0) number of each window, -infinite where there is none, or the average (1), NaN where there is none. */
export function pool(
  part: i32,
  parts: i32,
  op: i32,
  batch: i32,
  channels: i32,
  depth: i32,
  depthWindow: i32,
  depthStride: i32,
  depthBefore: i32,
  planes: i32,
  height: i32,
  heightWindow: i32,
  heightStride: i32,
  heightBefore: i32,
  rows: i32,
  width: i32,
  widthWindow: i32,
  widthStride: i32,
  widthBefore: i32,
  columns: i32,
  x: usize,
  y: usize,
): void {
  if (op == 0)
    pooled<Largest>(
      part,
      parts,
      batch,
      channels,
      depth,
      depthWindow,
      depthStride,
      depthBefore,
      planes,
      height,
      heightWindow,
      heightStride,
      heightBefore,
      rows,
      width,
      widthWindow,
      widthStride,
      widthBefore,
      columns,
      x,
      y,
    );
  else
    pooled<Average>(
      part,
      parts,
      batch,
      channels,
      depth,
      depthWindow,
      depthStride,
      depthBefore,
      planes,
      height,
      heightWindow,
      heightStride,
      heightBefore,
      rows,
      width,
      widthWindow,
      widthStride,
      widthBefore,
      columns,
      x,
      y,
    );
}
