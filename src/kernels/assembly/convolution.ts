/**
 * Convolutions and their gradients as products of matrices: a row for each output pixel holds what the window sees
 * there (Chellapilla et al. 2006, section 3). Rows are made by the block, so that they never leave the cache.
 */
import { directConvolution, directFilterGradient, isDirect, isGradientDirect } from './direct';
import { gemmScratch, linear, product } from './gemm';
import { packColumns } from './pack';
import { bytes, least, partBegin } from './simd';
import { gather, imagePixels, imageSize, scatter, setWindow, windowSize } from './window';

const blockPixels: i32 = 240;
const blockPositions: i32 = 256;

/** Bytes of scratch memory that one thread needs. */
export function convolutionScratch(): i32 {
  return gemmScratch() + ((blockPixels * blockPositions) << 2);
}

/** y = activation(x * filter + bias): x is images x h x w x c, filter kh x kw x c x filters, y images x oh x ow x filters. */
export function convolution(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
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
  x: usize,
  filter: usize,
  y: usize,
  bias: usize,
  activation: i32,
  scratch: usize,
): void {
  setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  const rows = scratch + <usize>(part * convolutionScratch());
  const own = rows + bytes(blockPixels * blockPositions);
  const size = windowSize();
  if (isDirect(filters)) {
    packColumns(filter, filters, 1, size, filters, own);
    directConvolution(part, parts, images, filters, x, own, y, bias, activation, rows);
    return;
  }
  const pixels = images * imagePixels();
  const end = partBegin(part + 1, parts, pixels, blockPixels);
  for (let pixel = partBegin(part, parts, pixels, blockPixels); pixel < end; pixel += blockPixels) {
    const to = least(end, pixel + blockPixels);
    for (let first = 0; first < size; first += blockPositions) {
      const last = least(size, first + blockPositions);
      const whole = last == size;
      gather(x, pixel, to, first, last, rows);
      product(
        0,
        to - pixel,
        filters,
        last - first,
        rows,
        last - first,
        1,
        filter + bytes(first * filters),
        filters,
        1,
        y + bytes(pixel * filters),
        filters,
        first > 0,
        whole ? bias : 0,
        whole ? activation : linear,
        own,
      );
    }
  }
}

/** The filter's gradient from x and dy; each part does some of the filter's positions. */
export function convolutionFilterGradient(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
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
  x: usize,
  dy: usize,
  gradient: usize,
  scratch: usize,
): void {
  setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  const rows = scratch + <usize>(part * convolutionScratch());
  const own = rows + bytes(blockPixels * blockPositions);
  const size = windowSize();
  if (isGradientDirect(filters)) {
    directFilterGradient(part, parts, images, filters, x, dy, gradient, rows, own);
    return;
  }
  const pixels = images * imagePixels();
  const end = partBegin(part + 1, parts, size, 1);
  for (let first = partBegin(part, parts, size, 1); first < end; first += blockPositions) {
    const last = least(end, first + blockPositions);
    if (pixels == 0) memory.fill(gradient + bytes(first * filters), 0, bytes((last - first) * filters));
    for (let pixel = 0; pixel < pixels; pixel += blockPixels) {
      const to = least(pixels, pixel + blockPixels);
      gather(x, pixel, to, first, last, rows);
      product(
        0,
        last - first,
        filters,
        to - pixel,
        rows,
        1,
        last - first,
        dy + bytes(pixel * filters),
        filters,
        1,
        gradient + bytes(first * filters),
        filters,
        pixel > 0,
        0,
        linear,
        own,
      );
    }
  }
}

/** The input's gradient from dy and the filter; each part does some of the images. */
export function convolutionInputGradient(
  part: i32,
  parts: i32,
  images: i32,
  filters: i32,
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
  dy: usize,
  filter: usize,
  gradient: usize,
  scratch: usize,
): void {
  setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  const rows = scratch + <usize>(part * convolutionScratch());
  const own = rows + bytes(blockPixels * blockPositions);
  const size = windowSize();
  if (sh == 1 && sw == 1 && dw == 1) {
    setWindow(oh, ow, filters, h, w, kh, kw, 1, 1, dh, dw, (kh - 1) * dh - padTop, (kw - 1) * dw - padLeft);
    if (2 * ((c + 7) & ~7) <= 3 * c && isDirect(c)) {
      packTurned(filter, kh * kw, c, filters, own);
      directConvolution(part, parts, images, c, dy, own, gradient, 0, linear, rows);
      return;
    }
    setWindow(h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, padTop, padLeft);
  }
  const firstImage = partBegin(part, parts, images, 1);
  const endImage = partBegin(part + 1, parts, images, 1);
  memory.fill(gradient + bytes(firstImage * imageSize()), 0, bytes((endImage - firstImage) * imageSize()));
  const end = endImage * imagePixels();
  for (let pixel = firstImage * imagePixels(); pixel < end; pixel += blockPixels) {
    const to = least(end, pixel + blockPixels);
    for (let first = 0; first < size; first += blockPositions) {
      const last = least(size, first + blockPositions);
      product(
        0,
        to - pixel,
        last - first,
        filters,
        dy + bytes(pixel * filters),
        filters,
        1,
        filter + bytes(first * filters),
        1,
        filters,
        rows,
        last - first,
        false,
        0,
        linear,
        own,
      );
      scatter(gradient, pixel, to, first, last, rows);
    }
  }
}

/** The filter turned round, as the convolution of dy that makes the input's gradient has it: its filters are the channels. */
function packTurned(filter: usize, taps: i32, channels: i32, filters: i32, to: usize): void {
  for (let c = 0; c < channels; c += 8)
    for (let tap = taps - 1; tap >= 0; tap--, to += bytes(8 * filters))
      packColumns(
        filter + bytes((tap * channels + c) * filters),
        1,
        filters,
        filters,
        least(8, channels - c),
        to,
      );
}
