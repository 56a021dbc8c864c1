/** Pools of images and volumes, whose last axis is the channels. */
import { Few, Four } from './few';
import {
  channels,
  columns,
  columnStep,
  eachWindow,
  planes,
  planeStep,
  rows,
  rowStep,
  setPool,
  windowRows,
} from './poolWindow';
import { bytes, partBegin } from './simd';

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
  end(a: v128): v128 {
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
  end(a: v128): v128 {
    return f32x4.div(a, f32x4.splat(<f32>(planes * rows * columns)));
  }
}

let xBegin: usize = 0;
let yBegin: usize = 0;

@final
@unmanaged
class Pooled<Op> {
  window(at: usize, out: usize): void {
    const x = xBegin + at;
    const y = yBegin + out;
    const end = bytes(channels);
    const rest = channels & 3;
    let lane: usize = 0;
    if (rows == 2 && columns == 2 && planes == 1) {
      // As most pools have it.
      for (; lane + 16 <= end; lane += 16) twoByTwo<Op, Four>(x + lane, y + lane, 4);
      if (rest) twoByTwo<Op, Few>(x + lane, y + lane, rest);
      return;
    }
    for (; lane + 64 <= end; lane += 64) sixteen<Op>(x + lane, y + lane);
    for (; lane + 16 <= end; lane += 16) four<Op, Four>(x + lane, y + lane, 4);
    if (rest) four<Op, Few>(x + lane, y + lane, rest);
  }
}

/** Sixteen channels of the window under way. */
function sixteen<Op>(x: usize, to: usize): void {
  const op = changetype<Op>(0);
  const right = columnStep;
  const w = columns;
  let a = f32x4.splat(op.start());
  let b = a;
  let c = a;
  let d = a;
  for (let i = planes; i > 0; i--, x += planeStep) {
    let row = x;
    for (let j = rows; j > 0; j--, row += rowStep) {
      let from = row;
      for (let k = w; k > 0; k--, from += right) {
        a = op.join(a, v128.load(from));
        b = op.join(b, v128.load(from, 16));
        c = op.join(c, v128.load(from, 32));
        d = op.join(d, v128.load(from, 48));
      }
    }
  }
  v128.store(to, op.end(a));
  v128.store(to, op.end(b), 16);
  v128.store(to, op.end(c), 32);
  v128.store(to, op.end(d), 48);
}

/** Four channels, or fewer. */
function four<Op, Lanes>(x: usize, to: usize, count: i32): void {
  const op = changetype<Op>(0);
  const lanes = changetype<Lanes>(0);
  const right = columnStep;
  const w = columns;
  let a = f32x4.splat(op.start());
  for (let i = planes; i > 0; i--, x += planeStep) {
    let row = x;
    for (let j = rows; j > 0; j--, row += rowStep) {
      let from = row;
      for (let k = w; k > 0; k--, from += right) a = op.join(a, lanes.load(from, count, 0));
    }
  }
  lanes.store(to, op.end(a), count);
}

function twoByTwo<Op, Lanes>(x: usize, to: usize, count: i32): void {
  const op = changetype<Op>(0);
  const lanes = changetype<Lanes>(0);
  const below = x + rowStep;
  let a = op.join(f32x4.splat(op.start()), lanes.load(x, count, 0));
  a = op.join(a, lanes.load(x + columnStep, count, 0));
  a = op.join(a, lanes.load(below, count, 0));
  a = op.join(a, lanes.load(below + columnStep, count, 0));
  lanes.store(to, op.end(a), count);
}

/** The largest (op 0) number of each window, -infinite where there is none, or the average (1), NaN where there is none. */
export function pool(
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
  y: usize,
): void {
  setPool(ofChannels, l0, w0, s0, b0, n0, l1, w1, s1, b1, n1, l2, w2, s2, b2, n2);
  xBegin = x;
  yBegin = y;
  const all = batch * windowRows;
  const from = partBegin(part, parts, all, 1);
  const to = partBegin(part + 1, parts, all, 1);
  if (op == 0) eachWindow<Pooled<Largest>>(from, to);
  else eachWindow<Pooled<Average>>(from, to);
}
