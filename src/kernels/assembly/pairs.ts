/** Kernels of two inputs that treat each pair of items by itself. */
import { arithmetic } from './arithmetic';
import { setWalk } from './broadcast';
import { compare } from './compare';
import { logic } from './logic';

/**
 * Arithmetic (kind 0), comparisons of float32 (1) and of int32 (2), logic (3): `op` as each of them numbers its own. Walks
 * as `setWalk` says.
 */
export function pairs(
  part: i32,
  parts: i32,
  kind: i32,
  op: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  a: usize,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b: usize,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  out: usize,
): void {
  setWalk(part, parts, n0, n1, n2, n3, a, a0, a1, a2, a3, b, b0, b1, b2, b3, out);
  switch (kind) {
    case 0:
      return arithmetic(op);
    case 1:
      return compare<f32>(op);
    case 2:
      return compare<i32>(op);
    case 3:
      return logic(op);
    default:
      unreachable();
  }
}
