import util from 'node:util';
import { BackendUnavailable } from './backendUnavailable';
import { packageVersion } from './packages';
import type { Tf } from './tfInstance';

/**
 * Loads tfjs-node or tfjs-node-gpu from `folder` into the one TensorFlow.js of this process.
 *
 * @param needsGpu refuse when TensorFlow sees no CUDA device and would silently compute on the CPU
 * @returns version and device
 */
export async function registerTensorflowNode(tf: Tf, folder: string, needsGpu: boolean): Promise<string> {
  shimRemovedUtilities();
  let extras: { node?: Record<string, unknown> };
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path known only now
    extras = require(folder) as { node?: Record<string, unknown> };
  } catch (error) {
    throw new BackendUnavailable(explain(error, folder));
  }
  if (!(await tf.setBackend('tensorflow'))) throw new BackendUnavailable('TensorFlow did not start.');
  if (extras.node) tf.setNodeExtras(extras.node);
  const backend = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  if (needsGpu && !backend.isUsingGpuDevice)
    throw new BackendUnavailable(
      'TensorFlow sees no CUDA device. tfjs-node-gpu needs an NVIDIA driver, CUDA 11.2 and cuDNN 8.1 on the library path.',
    );
  const device = backend.isUsingGpuDevice ? 'on a CUDA device' : 'on the processor';
  return `tfjs-node${needsGpu ? '-gpu' : ''} ${packageVersion(folder)}, ${device}`;
}

/** tfjs-node 4.22 calls helpers that Node 23 and 24 removed (tensorflow/tfjs#8609). */
function shimRemovedUtilities(): void {
  const removed = util as unknown as Record<string, ((value: unknown) => boolean) | undefined>;
  removed.isNullOrUndefined ??= (value) => value === null || value === undefined;
  removed.isArray ??= Array.isArray;
}

function explain(error: unknown, folder: string): string {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  const library = /(lib(?:cuda|cudnn|cublas|tensorflow)[\w.-]*\.so[.\d]*)/.exec(message)?.[1];
  if (library) return `${library} could not be loaded (${message}).`;
  if (message.includes('native addon') || message.includes('tfjs_binding'))
    return `its native part is missing in ${folder}; its install step did not finish. Install it again.`;
  return message;
}
