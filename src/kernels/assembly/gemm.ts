/**
 * Products of float32 matrices, in the blocks of Goto and van de Geijn (2008, section 4): a block of A stays in the
 * second cache and a panel of B in the first while a tile of C is kept in registers.
 */
import { bytes, least, multiplyAdd, partBegin } from './simd';

/** Rows of a tile: as many as leave no register to be spilled; without FMA each product needs one for itself. */
const tileRows: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
const tileColumns: i32 = 8;
const rowBytes: usize = (<usize>tileRows) << 2;
/** Depth of a block. */
const depth: i32 = 256;
const blockRows: i32 = 20 * tileRows;
const blockColumns: i32 = 1024;

/** Numbers that a packed panel of B may have. */
export const packedColumns: i32 = depth * (blockColumns + tileColumns);
const packedRows: i32 = depth * (blockRows + tileRows);
const tileNumbers: i32 = 64;

/** Bytes of scratch memory that one part of a product needs. */
export function gemmScratch(): i32 {
  return (packedColumns + packedRows + tileNumbers) << 2;
}

/** What is done to each number of C once its sum is whole. */
export const linear: i32 = 0;
export const relu: i32 = 1;
export const relu6: i32 = 2;

/**
 * C = activation(A B + bias), or C += A B where `accumulate`. Element (i, k) of A lies at a + 4 (i * aRow + k * aColumn),
 * of B and C likewise, with C's columns side by side. `bias` has one number a column, or is 0.
 */
export function product(
  rowsFrom: i32,
  rowsTo: i32,
  columns: i32,
  inner: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  c: usize,
  cRow: i32,
  accumulate: bool,
  bias: usize,
  activation: i32,
  scratch: usize,
): void {
  const packedB = scratch;
  const packedA = packedB + bytes(packedColumns);
  const tile = packedA + bytes(packedRows);
  for (let column = 0; column < columns; column += blockColumns) {
    const width = least(blockColumns, columns - column);
    for (let from = 0; from < inner || from == 0; from += depth) {
      const deep = least(depth, inner - from);
      const add = accumulate || from > 0;
      const last = from + depth >= inner && (bias != 0 || activation != linear);
      packColumns(b + bytes(from * bRow + column * bColumn), bRow, bColumn, deep, width, packedB);
      for (let row = rowsFrom; row < rowsTo; row += blockRows) {
        const height = least(blockRows, rowsTo - row);
        packRows(a + bytes(row * aRow + from * aColumn), aRow, aColumn, height, deep, packedA);
        const corner = c + bytes(row * cRow + column);
        for (let j = 0; j < width; j += tileColumns)
          for (let i = 0; i < height; i += tileRows)
            multiplyTile(
              deep,
              packedA + bytes(i * deep),
              packedB + bytes(j * deep),
              corner + bytes(i * cRow + j),
              bytes(cRow),
              least(tileRows, height - i),
              least(tileColumns, width - j),
              add,
              tile,
            );
        if (last) finish(corner, bytes(cRow), height, width, bias ? bias + bytes(column) : 0, activation);
      }
    }
  }
}

/** Products of `batches` pairs of matrices that lie `aBatch`, `bBatch` and `cBatch` numbers apart, or 0 where shared. */
export function gemm(
  part: i32,
  parts: i32,
  batches: i32,
  rows: i32,
  columns: i32,
  inner: i32,
  a: usize,
  aBatch: i32,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bBatch: i32,
  bRow: i32,
  bColumn: i32,
  c: usize,
  cBatch: i32,
  bias: usize,
  activation: i32,
  scratch: usize,
): void {
  const own = scratch + <usize>(part * gemmScratch());
  const alone = batches >= parts;
  const first = alone ? partBegin(part, parts, batches, 1) : 0;
  const end = alone ? partBegin(part + 1, parts, batches, 1) : batches;
  const from = alone ? 0 : partBegin(part, parts, rows, tileRows);
  const to = alone ? rows : partBegin(part + 1, parts, rows, tileRows);
  for (let batch = first; batch < end; batch++)
    product(
      from,
      to,
      columns,
      inner,
      a + bytes(batch * aBatch),
      aRow,
      aColumn,
      b + bytes(batch * bBatch),
      bRow,
      bColumn,
      c + bytes(batch * cBatch),
      columns,
      false,
      bias,
      activation,
      own,
    );
}

/** A block of A, so that a tile's rows of one column lie side by side; rows that a last tile lacks are zeros. */
function packRows(a: usize, aRow: i32, aColumn: i32, rows: i32, deep: i32, to: usize): void {
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

/** One tile of C, in registers over the whole depth of a block. */
export function multiplyTile(
  deep: i32,
  a: usize,
  b: usize,
  c: usize,
  down: usize,
  rows: i32,
  columns: i32,
  add: bool,
  tile: usize,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let c40 = c00;
  let c41 = c00;
  let c50 = c00;
  let c51 = c00;
  for (let k = 0; k < deep; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += 32;
    let each = v128.load32_splat(a);
    c00 = multiplyAdd(each, b0, c00);
    c01 = multiplyAdd(each, b1, c01);
    each = v128.load32_splat(a, 4);
    c10 = multiplyAdd(each, b0, c10);
    c11 = multiplyAdd(each, b1, c11);
    each = v128.load32_splat(a, 8);
    c20 = multiplyAdd(each, b0, c20);
    c21 = multiplyAdd(each, b1, c21);
    each = v128.load32_splat(a, 12);
    c30 = multiplyAdd(each, b0, c30);
    c31 = multiplyAdd(each, b1, c31);
    each = v128.load32_splat(a, 16);
    c40 = multiplyAdd(each, b0, c40);
    c41 = multiplyAdd(each, b1, c41);
    if (tileRows == 6) {
      each = v128.load32_splat(a, 20);
      c50 = multiplyAdd(each, b0, c50);
      c51 = multiplyAdd(each, b1, c51);
    }
    a += rowBytes;
  }
  if (rows == tileRows && columns == tileColumns) {
    put(c, c00, c01, add);
    c += down;
    put(c, c10, c11, add);
    c += down;
    put(c, c20, c21, add);
    c += down;
    put(c, c30, c31, add);
    c += down;
    put(c, c40, c41, add);
    if (tileRows == 6) put(c + down, c50, c51, add);
  } else {
    put(tile, c00, c01, false);
    put(tile + 32, c10, c11, false);
    put(tile + 64, c20, c21, false);
    put(tile + 96, c30, c31, false);
    put(tile + 128, c40, c41, false);
    if (tileRows == 6) put(tile + 160, c50, c51, false);
    putPart(tile, c, down, rows, columns, add);
  }
}

function put(to: usize, left: v128, right: v128, add: bool): void {
  if (add) {
    left = f32x4.add(left, v128.load(to));
    right = f32x4.add(right, v128.load(to, 16));
  }
  v128.store(to, left);
  v128.store(to, right, 16);
}

function putPart(tile: usize, c: usize, down: usize, rows: i32, columns: i32, add: bool): void {
  for (let i = 0; i < rows; i++, tile += 32, c += down)
    for (let j: usize = 0; j < bytes(columns); j += 4) {
      const sum = load<f32>(tile + j);
      store<f32>(c + j, add ? load<f32>(c + j) + sum : sum);
    }
}

/** Bias and activation of a block of C while it is in the cache. */
function finish(c: usize, down: usize, rows: i32, columns: i32, bias: usize, activation: i32): void {
  const zero = f32x4.splat(0);
  const six = f32x4.splat(6);
  const end = bytes(columns);
  for (let i = 0; i < rows; i++, c += down) {
    let j: usize = 0;
    for (; j + 16 <= end; j += 16) {
      let x = v128.load(c + j);
      if (bias) x = f32x4.add(x, v128.load(bias + j));
      if (activation != linear) x = f32x4.max(zero, x);
      if (activation == relu6) x = f32x4.min(six, x);
      v128.store(c + j, x);
    }
    for (; j < end; j += 4) {
      let x = load<f32>(c + j);
      if (bias) x += load<f32>(bias + j);
      if (activation != linear) x = max<f32>(0, x);
      if (activation == relu6) x = min<f32>(6, x);
      store<f32>(c + j, x);
    }
  }
}
