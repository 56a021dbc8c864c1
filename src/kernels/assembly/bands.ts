/**
 * Bands: some rows of output pixels of one image, and the lines of that image that their windows see, where they lie.
 * Only where windows reach over its sides are lines copied, with zeros beside them.
 */
import { bytes, least } from './simd';
import {
  channels,
  copy,
  dilationHeight,
  dilationWidth,
  height,
  left,
  outWidth,
  strideHeight,
  strideWidth,
  top,
  width,
  windowHeight,
  windowWidth,
} from './window';

/** Numbers of the largest copy. */
export const bandNumbers: i32 = 61440;
/** Pixels of a band of more than one row: with eight numbers each they take a quarter of the first cache. */
const bandPixels: i32 = 256;

let lines: usize = 0;
let firstLine: i32 = 0;
/** Bytes from one line of the band to the next. */
export let lineStep: usize = 0;

/** Rows of output pixels that a band may have; 0 where windows are not to be read this way. */
export function bandRows(): i32 {
  if (dilationWidth != 1 || outWidth == 0) return 0;
  const rows = max<i32>(1, bandPixels / outWidth);
  if (isInside()) return rows;
  const most = bandNumbers / (across() * channels);
  return most < extent() ? 0 : least(rows, (most - extent()) / strideHeight + 1);
}

/** Makes the band of rows `from` .. `to` of an image's output; lines are copied to `copyTo`. */
export function setBand(image: usize, from: i32, to: i32, copyTo: usize): void {
  firstLine = max<i32>(0, from * strideHeight - top);
  if (isInside()) {
    lineStep = bytes(width * channels);
    lines = image + <usize>firstLine * lineStep - bytes(left * channels);
    return;
  }
  lineStep = bytes(across() * channels);
  lines = copyTo;
  const before = least(across(), max<i32>(0, left)) * channels;
  const first = max<i32>(0, -left);
  const kept = max<i32>(0, least(width - first, across() - left - first)) * channels;
  const behind = across() * channels - before - kept;
  const end = least(height, (to - 1) * strideHeight - top + extent());
  for (let line = firstLine; line < end; line++) {
    copyTo = zeros(copyTo, before);
    copy(image + bytes((line * width + first) * channels), copyTo, kept);
    copyTo = zeros(copyTo + bytes(kept), behind);
  }
}

function zeros(to: usize, count: i32): usize {
  const end = to + bytes(count);
  for (; to < end; to += 4) store<f32>(to, 0);
  return end;
}

/** Where the first window of the band begins in a line of the image. */
export function lineOf(line: i32): usize {
  return lines + <usize>(line - firstLine) * lineStep;
}

/** Whether no window reaches over the sides of the image. */
function isInside(): bool {
  return left <= 0 && across() - left <= width;
}
/** Pixels of a line that are seen by its windows together. */
function across(): i32 {
  return (outWidth - 1) * strideWidth + windowWidth;
}
/** Lines that a window reaches over. */
function extent(): i32 {
  return (windowHeight - 1) * dilationHeight + 1;
}
