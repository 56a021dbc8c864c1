/** Convolutions whose windows are read where they lie: nothing is written but results. */
import { bandRows, lineOf, lineStep, setBand } from './bands';
import { linear, packedColumns } from './gemm';
import { packColumns } from './pack';
import { bytes, least, partBegin } from './simd';
import { endInside, firstInside } from './taps';
import { mostRows, panelBytes, setFilters, setRuns, setTiles, tileFilters, tileOf } from './tile';
import {
  channels,
  dilationHeight,
  height,
  imagePixels,
  imageSize,
  outHeight,
  outWidth,
  strideHeight,
  strideWidth,
  top,
  windowHeight,
  windowSize,
  windowWidth,
} from './window';

/**
 * Whether a convolution is done so: where the scratch memory holds what it packs and copies, and at most a quarter of
 * its tiles' rows would be missing. Narrower images are faster as products, whose tiles take pixels of several rows.
 */
export function isDirect(filters: i32): bool {
  const fits = bandRows() > 0 && windowSize() * (filters + tileFilters) <= packedColumns;
  return fits && 3 * tilesOf(outWidth) * mostRows <= 4 * outWidth;
}

/** Likewise the filter's gradient, whose sums are of one image at a time: they are to be long enough. */
export function isGradientDirect(filters: i32): bool {
  return isDirect(filters) && imagePixels() >= 100;
}

function tilesOf(rows: i32): i32 {
  return (rows + mostRows - 1) / mostRows;
}

/** y from x, and the filter packed. */
export function directConvolution(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
  x: usize,
  packed: usize,
  y: usize,
  bias: usize,
  activation: i32,
  copy: usize,
): void {
  const run = windowWidth * channels;
  const size = bytes(windowSize());
  const tiles = tilesOf(outWidth);
  const fewest = outWidth / tiles;
  const longer = outWidth - fewest * tiles;
  const most = bandRows();
  const next = bytes(strideWidth * channels);
  setTiles(next, 4, run, filters, false, activation);
  const last = partBegin(part + 1, parts, images * outHeight, 1);
  for (let row = partBegin(part, parts, images * outHeight, 1); row < last;) {
    const image = row / outHeight;
    const from = row - image * outHeight;
    const to = least(outHeight, from + least(most, last - row));
    setBand(x + bytes(image * imageSize()), from, to, copy);
    setRuns(<usize>dilationHeight * lineStep);
    for (let f = 0; f < filters; f += tileFilters) {
      setFilters(f, filters, bias);
      for (let r = from; r < to; r++) {
        const first = r * strideHeight - top;
        const i0 = firstInside(first, dilationHeight);
        const runs = max<i32>(0, endInside(first, dilationHeight, height, windowHeight) - i0);
        const a = lineOf(first + i0 * dilationHeight);
        const b = packed + <usize>f * size + <usize>(i0 * run) * panelBytes;
        const out = y + bytes((row + r - from) * outWidth * filters + f);
        for (let begin = 0, t = 0; t < tiles; t++) {
          const rows = t < longer ? fewest + 1 : fewest;
          tileOf(rows, a + <usize>begin * next, runs, b, out + bytes(begin * filters));
          begin += rows;
        }
      }
    }
    row += to - from;
  }
}

/** The filter's gradient; each part does some of its positions. */
export function directFilterGradient(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
  x: usize,
  dy: usize,
  gradient: usize,
  copy: usize,
  packed: usize,
): void {
  const run = windowWidth * channels;
  const tiles = tilesOf(run);
  const unit = partBegin(part, parts, windowHeight * tiles, 1);
  const end = partBegin(part + 1, parts, windowHeight * tiles, 1);
  const most = bandRows();
  const position = positionOf(unit, tiles, run);
  memory.fill(
    gradient + bytes(position * filters),
    0,
    bytes((positionOf(end, tiles, run) - position) * filters),
  );
  setTiles(4, bytes(strideWidth * channels), outWidth, filters, true, linear);
  for (let image = 0; image < images; image++)
    for (let from = 0; from < outHeight; from += most) {
      const to = least(outHeight, from + most);
      const pixels = (to - from) * outWidth;
      setBand(x + bytes(image * imageSize()), from, to, copy);
      setRuns(<usize>strideHeight * lineStep);
      let due = dy + bytes((image * outHeight + from) * outWidth * filters);
      if (filters != tileFilters) {
        packColumns(due, filters, 1, pixels, filters, packed);
        due = packed;
      }
      for (let u = unit; u < end; u++) {
        const line = (u / tiles) * dilationHeight - top;
        const r0 = max<i32>(from, firstInside(line, strideHeight));
        const rows = least(to, endInside(line, strideHeight, height, outHeight)) - r0;
        if (rows <= 0) continue;
        const begin = positionOf(u, tiles, run);
        const a = lineOf(r0 * strideHeight + line) + bytes(begin - (u / tiles) * run);
        for (let f = 0; f < filters; f += tileFilters) {
          setFilters(f, filters, 0);
          tileOf(
            positionOf(u + 1, tiles, run) - begin,
            a,
            rows,
            due + bytes(f * pixels) + <usize>((r0 - from) * outWidth) * panelBytes,
            gradient + bytes(begin * filters + f),
          );
        }
      }
    }
}

/** The first position of the window that a tile is of, where `tiles` of them are a line of `run` positions. */
function positionOf(unit: i32, tiles: i32, run: i32): i32 {
  const line = unit / tiles;
  return line * run + ((unit - line * tiles) * run) / tiles;
}
