// Commands that are called seldom: a file of its own in the product, read when the first of them is called.
export { selectBackend } from './backends';
export { calibrateDevice } from './calibrate';
export { writeComputeStatement } from './computeStatement';
export { downloadData } from './downloadData';
export { exportCsv, exportPng } from './exportCurves';
export { installGpuBackend } from './installBackend';
