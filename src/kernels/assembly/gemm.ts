/**
 * Products of float32 matrices, in the blocks of Goto and van de Geijn (2008, section 4): a block of A stays in the
 * second cache and a panel of B in the first while a tile of C is kept in registers.
 */
import { packColumns, packRows, rowBytes, tileColumns, tileRows } from './pack';
import { bytes, least, multiplyAdd, partBegin } from './simd';

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
