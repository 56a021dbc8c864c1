/** Gradients of resizing: each number of the result gives back to the pixels that it was made of. */
import { fillRow } from './move';
import { bytes, partBegin } from './simd';

/** Of a row or column of the result: two places of the source, each as number and weight. */
const entryBytes: usize = 16;

/** to += weight * from, `count` numbers. */
function addWeighted(weight: f32, from: usize, to: usize, count: i32): void {
  const end = to + bytes(count);
  const whole = to + (bytes(count) & ~15);
  const w = f32x4.splat(weight);
  for (; to < whole; to += 16, from += 16)
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(w, v128.load(from))));
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(to) + weight * load<f32>(from));
}

/**
 * dx [batch, height, width, channels] of dy [batch, tall, wide, channels]. `rows` and `columns` say of each row and
 * column of dy where it came from: two places, each followed by the bits of its weight. A part does some images.
 */
export function resizeGradient(
  part: i32,
  parts: i32,
  batch: i32,
  height: i32,
  width: i32,
  tall: i32,
  wide: i32,
  channels: i32,
  rows: usize,
  columns: usize,
  dy: usize,
  dx: usize,
): void {
  const first = partBegin(part, parts, batch, 1);
  const last = partBegin(part + 1, parts, batch, 1);
  const pixel = bytes(channels);
  const image = <usize>(height * width) * pixel;
  fillRow<i32>(0, dx + <usize>first * image, (last - first) * height * width * channels);
  let from = dy + <usize>(first * tall * wide) * pixel;
  for (let n = first; n < last; n++)
    for (let r = 0; r < tall; r++)
      for (let c = 0; c < wide; c++, from += pixel)
        for (let i: usize = 0; i < entryBytes; i += 8) {
          const row = rows + <usize>r * entryBytes + i;
          const rowWeight = load<f32>(row, 4);
          if (rowWeight == 0) continue;
          const line = dx + <usize>n * image + <usize>(load<i32>(row) * width) * pixel;
          for (let k: usize = 0; k < entryBytes; k += 8) {
            const column = columns + <usize>c * entryBytes + k;
            const weight = rowWeight * load<f32>(column, 4);
            if (weight == 0) continue;
            addWeighted(weight, from, line + <usize>load<i32>(column) * pixel, channels);
          }
        }
}
