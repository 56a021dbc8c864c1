/** Walking the numbers of one input. */
import { bytes, partBegin } from './simd';

let begin: usize = 0;
let outBegin: usize = 0;
let own: i32 = 0;
let first: f32 = 0;
let second: f32 = 0;

/** Sets the walk of this call: over this part of `count` numbers, each given p and q as well. */
export function setMap(part: i32, parts: i32, count: i32, x: usize, out: usize, p: f32, q: f32): void {
  const from = partBegin(part, parts, count, 4);
  own = partBegin(part + 1, parts, count, 4) - from;
  begin = x + bytes(from);
  outBegin = out + bytes(from);
  first = p;
  second = q;
}

/** Runs `Op` on each number of the walk; a last few are computed as four too. */
export function eachNumber<Op>(): void {
  const op = changetype<Op>(0);
  const p = f32x4.splat(first);
  const q = f32x4.splat(second);
  let x = begin;
  let out = outBegin;
  const end = x + bytes(own);
  const whole = x + (bytes(own) & ~15);
  for (; x < whole; x += 16, out += 16) v128.store(out, op.four(v128.load(x), p, q));
  for (; x < end; x += 4, out += 4)
    store<f32>(out, f32x4.extract_lane(op.four(v128.load32_splat(x), p, q), 0));
}
