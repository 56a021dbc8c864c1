import path from 'node:path';
import type { Tf } from '../../../src/train/tfInstance';
import { loadTensorflow } from '../trace/tensorflow';

export const backends = ['cpu', 'wasm'] as const;

/** The TensorFlow.js that trainers use, which registers our kernels when it is loaded. */
export function loadWithOwnKernels(): Tf {
  const tf = loadTensorflow();
  tf.setWasmPaths(path.resolve(__dirname, '../../../../dist') + path.sep);
  return tf;
}

/** What is alive: tensors, and the data that the backend in use holds (kernels can leave data without a tensor). */
export function alive(tf: Tf): { tensors: number; data: number } {
  return { tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() };
}
