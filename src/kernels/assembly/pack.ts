/** Blocks of matrices, laid out as tiles of a product read them: one number after the other. */
import { bytes, least } from './simd';

/** Rows of a tile: as many as leave no register to be spilled; without FMA each product needs one for itself. */
export const tileRows: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
export const tileColumns: i32 = 8;
export const rowBytes: usize = (<usize>tileRows) << 2;
/** A block of A, so that a tile's rows of one column lie side by side; rows that a last tile lacks are zeros. */
export function packRows(a: usize, aRow: i32, aColumn: i32, rows: i32, deep: i32, to: usize): void {
  const down = bytes(aRow);
  const right = bytes(aColumn);
  for (let i = 0; i < rows; i += tileRows) {
    const height = least(tileRows, rows - i);
    const from = a + <usize>i * down;
    if (height == tileRows && aRow == 1) to = packUpright(from, right, deep, to);
    else if (height == tileRows && aColumn == 1) to = packFlat(from, down, deep, to);
    else
      for (let k = 0; k < deep; k++, to += rowBytes)
        for (let r = 0; r < tileRows; r++)
          store<f32>(
            to + bytes(r),
            r < height ? load<f32>(from + <usize>r * down + <usize>k * right) : <f32>0,
          );
  }
}

function packUpright(from: usize, right: usize, deep: i32, to: usize): usize {
  for (let k = 0; k < deep; k++, from += right, to += rowBytes) {
    v128.store(to, v128.load(from));
    store<f32>(to, load<f32>(from, 16), 16);
    if (tileRows == 6) store<f32>(to, load<f32>(from, 20), 20);
  }
  return to;
}

function packFlat(from: usize, down: usize, deep: i32, to: usize): usize {
  const row1 = from + down;
  const row2 = row1 + down;
  const row3 = row2 + down;
  const row4 = row3 + down;
  const row5 = tileRows == 6 ? row4 + down : row4;
  let k: usize = 0;
  const end = bytes(deep);
  for (; k + 16 <= end; k += 16) {
    const a = v128.load(from + k);
    const b = v128.load(row1 + k);
    const c = v128.load(row2 + k);
    const d = v128.load(row3 + k);
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const AB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const CD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    for (let r: usize = 0; r < 4; r++) {
      store<f32>(to + r * rowBytes, load<f32>(row4 + k + (r << 2)), 16);
      if (tileRows == 6) store<f32>(to + r * rowBytes, load<f32>(row5 + k + (r << 2)), 20);
    }
    v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
    v128.store(to + rowBytes, v128.shuffle<i64>(ab, cd, 1, 3));
    v128.store(to + 2 * rowBytes, v128.shuffle<i64>(AB, CD, 0, 2));
    v128.store(to + 3 * rowBytes, v128.shuffle<i64>(AB, CD, 1, 3));
    to += 4 * rowBytes;
  }
  for (; k < end; k += 4, to += rowBytes) {
    store<f32>(to, load<f32>(from + k));
    store<f32>(to, load<f32>(row1 + k), 4);
    store<f32>(to, load<f32>(row2 + k), 8);
    store<f32>(to, load<f32>(row3 + k), 12);
    store<f32>(to, load<f32>(row4 + k), 16);
    if (tileRows == 6) store<f32>(to, load<f32>(row5 + k), 20);
  }
  return to;
}

/** A panel of B, so that a tile's columns of one row lie side by side; columns that a last tile lacks are zeros. */
export function packColumns(b: usize, bRow: i32, bColumn: i32, deep: i32, columns: i32, to: usize): void {
  const down = bytes(bRow);
  const right = bytes(bColumn);
  for (let j = 0; j < columns; j += tileColumns) {
    const width = least(tileColumns, columns - j);
    let from = b + <usize>j * right;
    if (width == tileColumns && bColumn == 1)
      for (let k = 0; k < deep; k++, from += down, to += 32) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      }
    else if (width == tileColumns && bRow == 1) {
      packTurned(from, right, deep, to);
      packTurned(from + 4 * right, right, deep, to + 16);
      to += bytes(deep * tileColumns);
    } else
      for (let k = 0; k < deep; k++, to += 32)
        for (let r = 0; r < tileColumns; r++)
          store<f32>(
            to + bytes(r),
            r < width ? load<f32>(from + <usize>r * right + <usize>k * down) : <f32>0,
          );
  }
}

/** Four columns of a B that stands transposed in memory. */
function packTurned(from: usize, right: usize, deep: i32, to: usize): void {
  const column1 = from + right;
  const column2 = column1 + right;
  const column3 = column2 + right;
  const end = bytes(deep);
  let k: usize = 0;
  for (; k + 16 <= end; k += 16, to += 128) {
    const a = v128.load(from + k);
    const b = v128.load(column1 + k);
    const c = v128.load(column2 + k);
    const d = v128.load(column3 + k);
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const AB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const CD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
    v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 32);
    v128.store(to, v128.shuffle<i64>(AB, CD, 0, 2), 64);
    v128.store(to, v128.shuffle<i64>(AB, CD, 1, 3), 96);
  }
  for (; k < end; k += 4, to += 32) {
    store<f32>(to, load<f32>(from + k));
    store<f32>(to, load<f32>(column1 + k), 4);
    store<f32>(to, load<f32>(column2 + k), 8);
    store<f32>(to, load<f32>(column3 + k), 12);
  }
}
