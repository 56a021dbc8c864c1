/** Four numbers at a time, and the last one to three of a row, where four would reach into what lies behind. */

@final
@unmanaged
export class Four {
  load(from: usize, count: i32, rest: f32): v128 {
    return v128.load(from);
  }
  store(to: usize, x: v128, count: i32): void {
    v128.store(to, x);
  }
}

@final
@unmanaged
export class Few {
  load(from: usize, count: i32, rest: f32): v128 {
    return loadFew(from, count, rest);
  }
  store(to: usize, x: v128, count: i32): void {
    storeFew(to, x, count);
  }
}

/** `count` numbers, 1 to 4, and `rest` in the lanes that are left. */
export function loadFew(from: usize, count: i32, rest: f32): v128 {
  if (count >= 4) return v128.load(from);
  let x = f32x4.replace_lane(f32x4.splat(rest), 0, load<f32>(from));
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(from, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(from, 8));
  return x;
}

/** Stores the first `count` lanes, 1 to 4. */
export function storeFew(to: usize, x: v128, count: i32): void {
  if (count >= 4) return v128.store(to, x);
  store<f32>(to, f32x4.extract_lane(x, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(x, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(x, 2), 8);
}
