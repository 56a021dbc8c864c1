import path from 'node:path';
import type { Tf } from '../../../src/train/tfInstance';

/** The TensorFlow.js that trainers use. */
export function loadTensorflow(): Tf {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, not this test's bundle
  return require(path.resolve(__dirname, '../../../../dist/tf.js')) as Tf;
}
