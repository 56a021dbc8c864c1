import path from 'node:path';
import type * as TfModule from './tf';

/** TensorFlow.js as a trainer holds it. */
export type Tf = typeof TfModule;

let instance: Tf | undefined;

/** The one TensorFlow.js of this process; loaded at the first call (about 0.2 s). Trainer processes only. */
export function loadTf(): Tf {
  if (!instance) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded late, and shared with user code by path
    instance = require('./tf.js') as Tf;
    instance.setWasmPaths(`${path.dirname(tfFile())}${path.sep}`);
    // Else its first use prints an advertisement for tfjs-node into every run's log.
    (instance.engine().findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  }
  return instance;
}

/** Absolute path of the bundled TensorFlow.js. */
export function tfFile(): string {
  return path.join(__dirname, 'tf.js');
}
