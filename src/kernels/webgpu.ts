import { registerBatchMatMul } from './batchMatMul';
import { registerEinsum } from './einsum';
import type { Tf } from './register';
import { registerWebgpuAveragePools } from './webgpuPooling';
import { registerWebgpuResizeGradients } from './webgpuResize';
import { correctShaders } from './webgpuShaders';

/** What the stock WebGPU backend gets wrong, made right: shaders where they are, kernels by others of that backend. */
export function registerWebgpuKernels(tf: Tf, backend: { readonly prototype: object }): void {
  correctShaders(backend);
  registerEinsum(tf, 'webgpu');
  registerBatchMatMul(tf, 'webgpu');
  registerWebgpuAveragePools(tf);
  registerWebgpuResizeGradients(tf);
}
