import path from 'node:path';
import util from 'node:util';
import { BackendUnavailable } from './backendUnavailable';
import { judgeCuda, lookAtMachine } from './gpuCheck';
import { knownCause } from './installCauses';
import { givenLibrary } from './libtensorflow';
import { packageVersion } from './packages';
import type { Tf } from './tfInstance';

interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

/**
 * Loads tfjs-node or tfjs-node-gpu from `folder` into the one TensorFlow.js of this process.
 *
 * @param needsGpu refuse when TensorFlow sees no CUDA device and would silently compute on the CPU
 * @returns versions and device
 * @throws BackendUnavailable that says why it does not start, and what to do
 */
export async function registerTensorflowNode(tf: Tf, folder: string, needsGpu: boolean): Promise<string> {
  shimRemovedUtilities();
  findLibraryOnWindows(folder);
  let extras: { node?: Record<string, unknown> };
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path known only now
    extras = require(folder) as { node?: Record<string, unknown> };
  } catch (error) {
    throw new BackendUnavailable(explain(error, folder));
  }
  if (!(await tf.setBackend('tensorflow'))) throw new BackendUnavailable('TensorFlow did not start.');
  if (extras.node) tf.setNodeExtras(extras.node);
  const { isUsingGpuDevice, binding } = tf.backend() as unknown as NativeBackend;
  if (needsGpu && !isUsingGpuDevice) throw new BackendUnavailable(await whyNoCuda(folder));
  const device = isUsingGpuDevice ? 'on a CUDA device' : 'on the processor';
  const library = binding?.TF_Version ? `TensorFlow ${binding.TF_Version}, ` : '';
  return `tfjs-node${needsGpu ? '-gpu' : ''} ${packageVersion(folder)}, ${library}${device}`;
}

/** tfjs-node 4.22 calls helpers that Node 23 and 24 removed (tensorflow/tfjs#8609). */
export function shimRemovedUtilities(): void {
  const removed = util as unknown as Record<string, ((value: unknown) => boolean) | undefined>;
  removed.isNullOrUndefined ??= (value) => value === null || value === undefined;
  removed.isArray ??= Array.isArray;
}

/** The package links tensorflow.dll beside the add-on, but into the folder of another N-API version (tfjs#4116, #8579). */
function findLibraryOnWindows(folder: string): void {
  if (process.platform !== 'win32') return;
  process.env.PATH = [path.join(folder, 'deps', 'lib'), process.env.PATH]
    .filter(Boolean)
    .join(path.delimiter);
}

/** TensorFlow itself goes on without a word on the processor where it lacks anything for a GPU. */
async function whyNoCuda(folder: string): Promise<string> {
  const given = givenLibrary(folder);
  const start = 'TensorFlow sees no CUDA device.';
  const instead = 'Choose webgpu for the GPU, or tensorflow for the processor.';
  if (given?.cuda === false)
    return `${start} The libtensorflow it was installed with, ${given.file}, is built without CUDA: install it again with one that is. ${instead}`;
  const problems = judgeCuda(await lookAtMachine(), given === undefined).filter(
    ({ kind }) => kind === 'blocks',
  );
  if (problems.length > 0) return [start, ...problems.map(({ text }) => text), instead].join(' ');
  const needs = given ? `the CUDA that ${given.file} was built for` : 'CUDA 11.2 and cuDNN 8.1';
  return `${start} The driver answers, so it may lack ${needs}, on the path of the loader; with the variable TF_CPP_MIN_LOG_LEVEL=0, TensorFlow says more. ${instead}`;
}

function explain(error: unknown, folder: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const message = text.split('\n')[0] ?? '';
  const broken = givenLibrary(folder);
  const electron = process.versions.electron
    ? " This is Electron's Node, which lacks what native parts need: install Node, or set computeLens.nodePath to it."
    : '';
  if (/native addon|tfjs_binding.* can not be found/.test(text))
    return `its native part is missing in ${folder}; its install step did not finish. Install it again.`;
  const from = broken ? ` It was installed with ${broken.file}.` : '';
  const cause = knownCause(text);
  return `it could not be loaded: ${message}.${cause ? ` ${cause}` : ''}${from}${electron}`;
}
