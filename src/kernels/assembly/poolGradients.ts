/** Gradients of the pools of pool.ts. */
import { Few, Four, loadFew } from './few';
import { begin, end } from './pool';
import { bytes, partBegin } from './simd';

/** Hands what a window is due back to where in `to`, the gradient, it comes from. */
@final
@unmanaged
class LargestGradient<Lanes> {
  four(
    x: usize,
    to: usize,
    dy: v128,
    count: i32,
    step: usize,
    rowStep: usize,
    planeStep: usize,
    d: i32,
    h: i32,
    w: i32,
  ): void {
    const lanes = changetype<Lanes>(0);
    let most = f32x4.splat(-Infinity);
    // -1 stays where nothing is larger than that.
    let places = i32x4.splat(-1);
    let place = 0;
    for (let i = 0; i < d; i++)
      for (let j = 0; j < h; j++) {
        let from = x + <usize>i * planeStep + <usize>j * rowStep;
        for (let k = 0; k < w; k++, from += step, place++) {
          const four = lanes.load(from, count, -Infinity);
          const isLarger = f32x4.gt(four, most);
          most = v128.bitselect(four, most, isLarger);
          places = v128.bitselect(i32x4.splat(place), places, isLarger);
        }
      }
    place = 0;
    for (let i = 0; i < d; i++)
      for (let j = 0; j < h; j++) {
        let at = to + <usize>i * planeStep + <usize>j * rowStep;
        for (let k = 0; k < w; k++, at += step, place++) {
          const due = v128.and(dy, i32x4.eq(places, i32x4.splat(place)));
          lanes.store(at, f32x4.add(lanes.load(at, count, 0), due), count);
        }
      }
  }
}
@final
@unmanaged
class AverageGradient<Lanes> {
  four(
    x: usize,
    to: usize,
    dy: v128,
    count: i32,
    step: usize,
    rowStep: usize,
    planeStep: usize,
    d: i32,
    h: i32,
    w: i32,
  ): void {
    const lanes = changetype<Lanes>(0);
    const due = f32x4.div(dy, f32x4.splat(<f32>(d * h * w)));
    for (let i = 0; i < d; i++)
      for (let j = 0; j < h; j++) {
        let at = to + <usize>i * planeStep + <usize>j * rowStep;
        for (let k = 0; k < w; k++, at += step)
          lanes.store(at, f32x4.add(lanes.load(at, count, 0), due), count);
      }
  }
}

function spread<Whole, Rest>(
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
  dy: usize,
  dx: usize,
): void {
  const whole = changetype<Whole>(0);
  const rest = changetype<Rest>(0);
  const step = bytes(channels);
  const rowStep = <usize>width * step;
  const planeStep = <usize>height * rowStep;
  const imageStep = <usize>depth * planeStep;
  const gradients = <usize>(planes * rows * columns) * step;
  const last = partBegin(part + 1, parts, batch, 1);
  for (let n = partBegin(part, parts, batch, 1); n < last; n++) {
    const image = x + <usize>n * imageStep;
    const made = dx + <usize>n * imageStep;
    let from = dy + <usize>n * gradients;
    memory.fill(made, 0, imageStep);
    for (let p = 0; p < planes; p++) {
      const d0 = begin(p, depthStride, depthBefore);
      const d = end(p, depthStride, depthBefore, depthWindow, depth) - d0;
      for (let r = 0; r < rows; r++) {
        const h0 = begin(r, heightStride, heightBefore);
        const h = end(r, heightStride, heightBefore, heightWindow, height) - h0;
        for (let c = 0; c < columns; c++, from += step) {
          const w0 = begin(c, widthStride, widthBefore);
          const w = end(c, widthStride, widthBefore, widthWindow, width) - w0;
          const at = <usize>d0 * planeStep + <usize>h0 * rowStep + <usize>w0 * step;
          for (let channel = 0; channel < channels; channel += 4) {
            const lane = bytes(channel);
            const count = channels - channel;
            const four = loadFew(from + lane, count, 0);
            if (count >= 4)
              whole.four(image + at + lane, made + at + lane, four, count, step, rowStep, planeStep, d, h, w);
            else
              rest.four(image + at + lane, made + at + lane, four, count, step, rowStep, planeStep, d, h, w);
          }
        }
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
  dy: usize,
  dx: usize,
): void {
  if (op == 0)
    spread<LargestGradient<Four>, LargestGradient<Few>>(
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
      dy,
      dx,
    );
  else
    spread<AverageGradient<Four>, AverageGradient<Few>>(
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
      dy,
      dx,
    );
}
