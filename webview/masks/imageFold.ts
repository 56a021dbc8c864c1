import { layoutOf, matrixLayout } from '../../src/protocol/maskLayout';
import type { MaskWeight } from '../../src/protocol/masksPanel';
import type { ShownMask } from './maskCanvas';

/** Smaller than this, a square number of inputs is hardly an image. */
const fewestPixels = 64;

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Whether the run says so; else a square image is assumed, which is said. */
  readonly known: boolean;
}

/** The image that the inputs of a weight are, if they are one: as recorded, or of the first layer by its size. */
export function imageOf(weight: MaskWeight, isFirst: boolean): ImageShape | undefined {
  const { inputs } = layoutOf(weight);
  if (weight.kind !== 'dense') return undefined;
  if (weight.image) {
    const [height, width, channels] = weight.image;
    return height * width * channels === inputs ? { height, width, channels, known: true } : undefined;
  }
  if (!isFirst || inputs < fewestPixels) return undefined;
  for (const channels of [1, 3]) {
    const side = Math.sqrt(inputs / channels);
    if (Number.isInteger(side)) return { height: side, width: side, channels, known: false };
  }
  return undefined;
}

/** Active weights of each pixel, all its channels and all outputs together. */
export function pixelCounts(fanOut: Uint32Array, { height, width, channels }: ImageShape): Uint32Array {
  const counts = new Uint32Array(height * width);
  for (let i = 0; i < fanOut.length; i++) {
    const pixel = Math.floor(i / channels);
    counts[pixel] = (counts[pixel] ?? 0) + (fanOut[i] ?? 0);
  }
  return counts;
}

/** Pixels as cells: the more active weights one has, the brighter. */
export function folded(counts: Uint32Array, { height, width }: ImageShape): ShownMask {
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  // What paints takes the square root, which is for magnitudes: counts are shown as they are.
  const magnitudes = Uint8Array.from(counts, (count) => Math.round(255 * (count / most) ** 2));
  const none = new Uint32Array(height * Math.ceil(width / 32));
  return {
    layout: matrixLayout(height, width, false),
    active: none,
    changed: none,
    magnitudes,
  };
}
