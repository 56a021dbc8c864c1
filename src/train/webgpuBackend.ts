/**
 * The WebGPU backend of TensorFlow.js with kernels of our own where it is wrong, bundled to `dist/webgpuBackend.js`,
 * which shares the core of `dist/tf.js`. Loading it needs no GPU.
 */
import * as core from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { registerWebgpuKernels } from '../kernels/webgpu';

registerWebgpuKernels(core as unknown as Parameters<typeof registerWebgpuKernels>[0], WebGPUBackend);

export { WebGPUBackend };
