import { filled, valuesOf } from './heap';
import { replaceKernel, type Tensor, type Tf } from './register';

export interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters?: boolean;
}
/** A source row, or column, and how much of it a position of the result is. */
type Share = readonly [source: number, weight: number];
type Sources = (position: number, from: number, to: number, attrs: ResizeAttrs) => readonly Share[];

/** Where the positions of a result come from, one axis like the other. */
export const sourcesOf: Readonly<Record<'ResizeNearestNeighborGrad' | 'ResizeBilinearGrad', Sources>> = {
  ResizeNearestNeighborGrad: nearest,
  ResizeBilinearGrad: bilinear,
};

/**
 * Gradients of resizing: each position of the result gives back to the pixels that it was made of. Of the stock kernels
 * of cpu, one mixes up the images of a batch, and the other height and width; neither knows half-pixel centers.
 */
export function registerResizeGradients(tf: Tf, backend: string): void {
  for (const [kernel, sources] of Object.entries(sourcesOf)) register(tf, backend, kernel, sources);
}

function register(tf: Tf, backend: string, kernel: string, sources: Sources): void {
  replaceKernel<ResizeAttrs>(tf, backend, kernel, ({ inputs, attrs, backend: own }) => {
    const { images, dy } = inputs as { images: Tensor; dy: Tensor };
    const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
    const [, tall = 0, wide = 0] = dy.shape;
    const rows = Array.from({ length: tall }, (_, r) => sources(r, height, tall, attrs));
    const columns = Array.from({ length: wide }, (_, c) => sources(c, width, wide, attrs));
    return filled(own, images.shape, (dx) => {
      const gradients = valuesOf(own, dy);
      let next = 0;
      for (let n = 0; n < batch; n++)
        for (const ofRow of rows)
          for (const ofColumn of columns) {
            for (const [row, rowWeight] of ofRow)
              for (const [column, columnWeight] of ofColumn) {
                const at = ((n * height + row) * width + column) * channels;
                for (let channel = 0; channel < channels; channel++)
                  dx[at + channel] =
                    (dx[at + channel] as number) +
                    rowWeight * columnWeight * (gradients[next + channel] as number);
              }
            next += channels;
          }
    });
  });
}

function nearest(position: number, from: number, to: number, attrs: ResizeAttrs): readonly Share[] {
  const { alignCorners, halfPixelCenters } = attrs;
  const exact = ratio(from, to, attrs) * (position + (halfPixelCenters ? 0.5 : 0));
  const source = alignCorners ? Math.round(exact) : Math.floor(exact);
  return [[Math.max(0, Math.min(from - 1, source)), 1]];
}

function bilinear(position: number, from: number, to: number, attrs: ResizeAttrs): readonly Share[] {
  const scale = ratio(from, to, attrs);
  const exact = attrs.halfPixelCenters ? scale * (position + 0.5) - 0.5 : scale * position;
  const low = Math.max(0, Math.floor(exact));
  const high = Math.min(from - 1, Math.ceil(exact));
  return [
    [low, 1 - (exact - low)],
    [high, exact - low],
  ];
}

function ratio(from: number, to: number, { alignCorners }: ResizeAttrs): number {
  return alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
}
