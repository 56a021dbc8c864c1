/** Where a window lies on an image (NHWC) at each output pixel, and what it sees there. */
import { bytes, least } from './simd';

export let height: i32 = 0;
export let width: i32 = 0;
export let channels: i32 = 0;
export let outHeight: i32 = 0;
export let outWidth: i32 = 0;
export let windowHeight: i32 = 0;
export let windowWidth: i32 = 0;
export let strideHeight: i32 = 0;
export let strideWidth: i32 = 0;
export let dilationHeight: i32 = 0;
export let dilationWidth: i32 = 0;
export let top: i32 = 0;
export let left: i32 = 0;

/** Sets the sizes for what follows in this call; every kernel with a window begins with it. */
export function setWindow(
  h: i32,
  w: i32,
  c: i32,
  oh: i32,
  ow: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  padTop: i32,
  padLeft: i32,
): void {
  height = h;
  width = w;
  channels = c;
  outHeight = oh;
  outWidth = ow;
  windowHeight = kh;
  windowWidth = kw;
  strideHeight = sh;
  strideWidth = sw;
  dilationHeight = dh;
  dilationWidth = dw;
  top = padTop;
  left = padLeft;
}

/** Numbers that a window sees: its height x width x channels. */
export function windowSize(): i32 {
  return windowHeight * windowWidth * channels;
}

/** Numbers of an image. */
export function imageSize(): i32 {
  return height * width * channels;
}

/** Output pixels of an image. */
export function imagePixels(): i32 {
  return outHeight * outWidth;
}

/**
 * What the windows at output pixels `from` .. `to` see of positions `first` .. `end` of their `windowSize()`: one row a
 * pixel, zeros outside of the image. Pixels are counted through all images. Up to three numbers behind the last row are
 * overwritten.
 */
export function gather(images: usize, from: i32, to: i32, first: i32, end: i32, rows: usize): void {
  const lineSize = windowWidth * channels;
  const firstLine = first / lineSize;
  const firstStart = first - firstLine * lineSize;
  beginAt(images, from);
  for (let pixel = from; pixel < to; pixel++, nextPixel()) {
    const x = outX * strideWidth - left;
    const whole = dilationWidth == 1 && x >= 0 && x + windowWidth <= width;
    let row = outY * strideHeight - top + firstLine * dilationHeight;
    let start = firstStart;
    for (let at = first; at < end; row += dilationHeight, start = 0) {
      const count = least(end - at, lineSize - start);
      if (row < 0 || row >= height) {
        memory.fill(rows, 0, bytes(count));
        rows += bytes(count);
      } else if (whole) {
        const from = image + bytes((row * width + x) * channels + start);
        if (from + bytes(count + 3) <= image + bytes(imageSize())) copyLoosely(from, rows, count);
        else copy(from, rows, count);
        rows += bytes(count);
      } else rows = gatherLine(image + bytes(row * width * channels), x, start, start + count, rows);
      at += count;
    }
  }
}

/** The output pixel under way, and the image that it is of. */
let image: usize = 0;
let outY: i32 = 0;
let outX: i32 = 0;

function beginAt(images: usize, pixel: i32): void {
  const number = pixel / imagePixels();
  const within = pixel - number * imagePixels();
  image = images + bytes(number * imageSize());
  outY = within / outWidth;
  outX = within - outY * outWidth;
}

function nextPixel(): void {
  if (++outX < outWidth) return;
  outX = 0;
  if (++outY < outHeight) return;
  outY = 0;
  image += bytes(imageSize());
}

function gatherLine(line: usize, x: i32, first: i32, end: i32, to: usize): usize {
  for (let at = first; at < end;) {
    const tap = at / channels;
    const tapEnd = least(end, (tap + 1) * channels);
    const column = x + tap * dilationWidth;
    const count = tapEnd - at;
    if (column < 0 || column >= width) memory.fill(to, 0, bytes(count));
    else copy(line + bytes(column * channels + at - tap * channels), to, count);
    to += bytes(count);
    at = tapEnd;
  }
  return to;
}

/** The other way: adds such rows onto the images, at the places that the windows see. */
export function scatter(images: usize, from: i32, to: i32, first: i32, end: i32, rows: usize): void {
  const lineSize = windowWidth * channels;
  const firstLine = first / lineSize;
  const firstStart = first - firstLine * lineSize;
  beginAt(images, from);
  for (let pixel = from; pixel < to; pixel++, nextPixel()) {
    const x = outX * strideWidth - left;
    const whole = dilationWidth == 1 && x >= 0 && x + windowWidth <= width;
    let row = outY * strideHeight - top + firstLine * dilationHeight;
    let start = firstStart;
    for (let at = first; at < end; row += dilationHeight, start = 0) {
      const count = least(end - at, lineSize - start);
      if (row >= 0 && row < height) {
        if (whole) addTo(image + bytes((row * width + x) * channels + start), rows, count);
        else scatterLine(image + bytes(row * width * channels), x, start, start + count, rows);
      }
      rows += bytes(count);
      at += count;
    }
  }
}

function scatterLine(line: usize, x: i32, first: i32, end: i32, from: usize): void {
  for (let at = first; at < end;) {
    const tap = at / channels;
    const tapEnd = least(end, (tap + 1) * channels);
    const column = x + tap * dilationWidth;
    if (column >= 0 && column < width)
      addTo(line + bytes(column * channels + at - tap * channels), from, tapEnd - at);
    from += bytes(tapEnd - at);
    at = tapEnd;
  }
}

/** Four at a time to the end, up to three more than asked for: what follows in the rows is written next. */
function copyLoosely(from: usize, to: usize, count: i32): void {
  for (const end = from + bytes(count); from < end; from += 16, to += 16) v128.store(to, v128.load(from));
}

export function copy(from: usize, to: usize, count: i32): void {
  const end = from + bytes(count);
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.load(from));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

function addTo(to: usize, from: usize, count: i32): void {
  const end = from + bytes(count);
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}
