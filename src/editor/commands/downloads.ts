// Commands that measure, install and download: a file of its own in the product, read when the first of them is called.
export { selectBackend } from './backends';
export { downloadData } from './downloadData';
export { installGpuBackend } from './installBackend';
