import type { Tf } from './register';

/** Kernels of our own in the place of what the stock WebGPU backend lacks or gets wrong; made of its other kernels. */
export function registerWebgpuKernels(_tf: Tf): void {}
