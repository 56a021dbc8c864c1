/**
 * The WebGPU backend of TensorFlow.js with kernels of our own where it lacks some or is wrong, bundled to
 * `dist/webgpuBackend.js`, which shares the core of `dist/tf.js`. Loading it needs no GPU.
 */
import * as core from '@tensorflow/tfjs-core';
import { registerWebgpuKernels } from '../kernels/webgpu';

export { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

registerWebgpuKernels(core as unknown as Parameters<typeof registerWebgpuKernels>[0]);
