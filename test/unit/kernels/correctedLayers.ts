import { cases } from '../conformance/cases';

/** Layers that do not train, or wrongly, with the stock kernels of WebGPU. */
export const correctedLayers = cases.filter(
  ({ name, refused }) => !refused && /mask.*, lstm|averagePooling|maxPooling3d/i.test(name),
);
