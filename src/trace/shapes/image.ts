import { rules } from '../../cost/kernel';
import { input, one, type ShapeRules } from './rule';

/** Kernels on images, [batch, height, width, channels]. */
export function imageRules(): ShapeRules {
  return {
    ...rules(['ResizeBilinear', 'ResizeNearestNeighbor'], (call) => {
      const { shape, dtype } = input(call, 'images');
      const kind = dtype === 'int32' && call.attrs.halfPixelCenters !== undefined ? 'float32' : dtype;
      return one([shape[0] ?? 0, ...(call.attrs.size as [number, number]), shape[3] ?? 0], kind);
    }),
    ...rules(['ResizeBilinearGrad', 'ResizeNearestNeighborGrad'], (call) =>
      one(input(call, 'images').shape, 'float32'),
    ),
    CropAndResize: (call) =>
      one(
        [
          input(call, 'boxes').shape[0] ?? 0,
          ...(call.attrs.cropSize as number[]),
          input(call, 'image').shape[3] ?? 0,
        ],
        'float32',
      ),
    ...rules(['FlipLeftRight', 'RotateWithOffset'], (call) =>
      one(input(call, 'image').shape, input(call, 'image').dtype),
    ),
    Transform: (call) => {
      const { shape, dtype } = input(call, 'image');
      const size = (call.attrs.outputShape as number[] | undefined) ?? shape.slice(1, 3);
      return one([shape[0] ?? 0, ...size, shape[3] ?? 0], dtype);
    },
    /** Takes an image of a web page, which is no tensor. */
    FromPixels: (call) => {
      const { width, height } = call.inputs.pixels as unknown as { width: number; height: number };
      return one([height, width, call.attrs.numChannels as number], 'int32');
    },
    Draw: (call) => one(input(call, 'image').shape, input(call, 'image').dtype),
  };
}
