import { layerCases } from './layerCases';

/** Layers that do not train, or wrongly, with the stock kernels of WebGPU. */
export const correctedLayers = layerCases.filter(
  ({ name, impossible }) => !impossible && /mask.*, lstm|averagePooling|maxPooling3d/i.test(name),
);
