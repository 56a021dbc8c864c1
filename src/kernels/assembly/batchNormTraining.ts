/** Batch normalisation with the batch's own mean and variance (Ioffe and Szegedy 2015, algorithm 1), and its gradients. */
import { addMoments, block, ByColumn, columnGradients, over, standard, totalsBytes } from './columns';
import { Few, Four } from './few';
import { bytes, least, partBegin } from './simd';

/**
 * out = (x - mean) scale / sqrt(variance + epsilon) + offset, column by column, with the mean and variance of the columns
 * of x; `spread` is 1 / sqrt(variance + epsilon). An address of 0 is a scale of 1, an offset of 0. `sums` has room for
 * 64 bytes for each four columns.
 */
export function batchNormTraining(
  part: i32,
  parts: i32,
  rows: i32,
  columns: i32,
  epsilon: f32,
  x: usize,
  scale: usize,
  offset: usize,
  sums: usize,
  mean: usize,
  variance: usize,
  spread: usize,
  out: usize,
): void {
  const first = partBegin(part, parts, columns, 4);
  const last = partBegin(part + 1, parts, columns, 4);
  const step = bytes(columns);
  const few = changetype<Few>(0);
  const totals = sums + <usize>(first >> 2) * totalsBytes;
  memory.fill(totals, 0, <usize>((last - first + 3) >> 2) * totalsBytes);
  for (let row = 0; row < rows; row += block) {
    const own = least(block, rows - row);
    const from = x + <usize>row * step;
    let to = totals;
    for (let c = first; c < last; c += 4, to += totalsBytes)
      if (c + 4 <= last) addMoments<Four>(from + bytes(c), own, row, step, 4, to);
      else addMoments<Few>(from + bytes(c), own, row, step, last - c, to);
  }
  let from = totals;
  for (let c = first; c < last; c += 4, from += totalsBytes) {
    const own = over(from + 32, rows);
    const root = f32x4.sqrt(f32x4.add(own, f32x4.splat(epsilon)));
    few.store(mean + bytes(c), over(from, 1), last - c);
    few.store(variance + bytes(c), own, last - c);
    few.store(spread + bytes(c), f32x4.div(f32x4.splat(1), root), last - c);
  }
  for (let row = 0; row < rows; row += block) {
    const own = least(block, rows - row);
    const skipped = <usize>row * step;
    for (let c = first; c < last; c += 4) {
      const at = bytes(c);
      const scales = scale ? scale + at : 0;
      const offsets = offset ? offset + at : 0;
      const to = out + skipped + at;
      const from = x + skipped + at;
      if (c + 4 <= last) normalize<Four>(from, own, step, 4, mean + at, spread + at, scales, offsets, to);
      else normalize<Few>(from, own, step, last - c, mean + at, spread + at, scales, offsets, to);
    }
  }
}

function normalize<Lanes>(
  x: usize,
  rows: i32,
  step: usize,
  count: i32,
  mean: usize,
  spread: usize,
  scale: usize,
  offset: usize,
  out: usize,
): void {
  const lanes = changetype<Lanes>(0);
  const middle = lanes.load(mean, count, 0);
  const spreads = lanes.load(spread, count, 0);
  const factor = scale ? f32x4.mul(lanes.load(scale, count, 0), spreads) : spreads;
  const shift = offset ? lanes.load(offset, count, 0) : f32x4.splat(0);
  for (let row = 0; row < rows; row++, x += step, out += step) {
    const off = f32x4.sub(lanes.load(x, count, 0), middle);
    lanes.store(out, f32x4.add(f32x4.mul(off, factor), shift), count);
  }
}

/** Gradients of the above by x, scale and offset, for `dy` by its result. */
export function batchNormGradient(
  part: i32,
  parts: i32,
  rows: i32,
  columns: i32,
  x: usize,
  dy: usize,
  mean: usize,
  spread: usize,
  scale: usize,
  sums: usize,
  dx: usize,
  scaleGradient: usize,
  offsetGradient: usize,
): void {
  const first = partBegin(part, parts, columns, 4);
  const last = partBegin(part + 1, parts, columns, 4);
  const step = bytes(columns);
  columnGradients<ByColumn>(
    rows,
    columns,
    first,
    last,
    x,
    dy,
    mean,
    spread,
    sums,
    scaleGradient,
    offsetGradient,
  );
  for (let row = 0; row < rows; row += block) {
    const own = least(block, rows - row);
    const skipped = <usize>row * step;
    for (let c = first; c < last; c += 4) {
      const at = bytes(c);
      const from = x + skipped + at;
      const by = dy + skipped + at;
      const to = dx + skipped + at;
      const scales = scale ? scale + at : 0;
      const byScale = scaleGradient + at;
      const byOffset = offsetGradient + at;
      if (c + 4 <= last)
        inputGradient<Four>(
          from,
          by,
          own,
          rows,
          step,
          4,
          mean + at,
          spread + at,
          scales,
          byScale,
          byOffset,
          to,
        );
      else {
        const count = last - c;
        inputGradient<Few>(
          from,
          by,
          own,
          rows,
          step,
          count,
          mean + at,
          spread + at,
          scales,
          byScale,
          byOffset,
          to,
        );
      }
    }
  }
}

/** scale spread (dy - mean of dy - standardised x times the mean of their product). */
function inputGradient<Lanes>(
  x: usize,
  dy: usize,
  own: i32,
  rows: i32,
  step: usize,
  count: i32,
  mean: usize,
  spread: usize,
  scale: usize,
  scaleGradient: usize,
  offsetGradient: usize,
  dx: usize,
): void {
  const lanes = changetype<Lanes>(0);
  const many = f32x4.splat(<f32>rows);
  const spreads = lanes.load(spread, count, 0);
  const factor = scale ? f32x4.mul(lanes.load(scale, count, 0), spreads) : spreads;
  const slope = f32x4.div(lanes.load(scaleGradient, count, 0), many);
  const level = f32x4.div(lanes.load(offsetGradient, count, 0), many);
  for (let row = 0; row < own; row++, x += step, dy += step, dx += step) {
    const along = f32x4.mul(standard<Lanes, ByColumn>(x, row, count, mean, spread), slope);
    const left = f32x4.sub(f32x4.sub(lanes.load(dy, count, 0), level), along);
    lanes.store(dx, f32x4.mul(left, factor), count);
  }
}

/** moving - (moving - value) decay for a mean and a variance, in place. */
export function moveAverages(
  count: i32,
  decay: f32,
  mean: usize,
  variance: usize,
  movingMean: usize,
  movingVariance: usize,
): void {
  for (let at: usize = 0; at < bytes(count); at += 4) {
    const before = load<f32>(movingMean + at);
    store<f32>(movingMean + at, before - (before - load<f32>(mean + at)) * decay);
    const spread = load<f32>(movingVariance + at);
    store<f32>(movingVariance + at, spread - (spread - load<f32>(variance + at)) * decay);
  }
}
