/**
 * The one TensorFlow.js of a trainer, bundled to `dist/tf.js`: core, layers, data, converter and the two backends
 * that run anywhere, with kernels of our own where they lack some or are wrong. Whatever a user's file imports as `@tensorflow/tfjs*` is resolved to this file
 * (moduleRedirect.ts), so that there is exactly one engine, one tensor class and one registry of kernels.
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { version_converter } from '@tensorflow/tfjs-converter';
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { setThreadsCount as setStockThreads, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as data from '@tensorflow/tfjs-data';
import {
  assignInPlace as copyIn,
  assignValues as assignIn,
  fillAt as fillIn,
  getSparseProfile,
  getThreadsCount,
  planTensors,
  registerOwnKernels,
  setSparseProfile,
  setThreadsCount,
  StepPlanner,
  threadsStarted,
  unfused,
  wantDenseGradients,
} from '../kernels';
import { mendTensorFlow } from '../kernels/mend';
import { extendable } from './extendable';
import { SparseTraining } from './sparseTraining';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
export * from '@tensorflow/tfjs-converter';
export * from '@tensorflow/tfjs-backend-cpu';
export * from '@tensorflow/tfjs-backend-wasm';
export {
  data,
  getThreadsCount,
  planTensors,
  setThreadsCount,
  StepPlanner,
  SparseTraining,
  threadsStarted,
  unfused,
};
export { getSparseProfile, setSparseProfile, wantDenseGradients };

// The backend's own threads are never started: those of our kernels are (kernels/native/threads.ts).
setStockThreads(1);
// Over the stock kernels, before anybody uses one.
export const { AdamWOptimizer, setTopology, measureSparseProfile } = registerOwnKernels(
  core as unknown as Parameters<typeof registerOwnKernels>[0],
);
mendTensorFlow({ ...core, ...layers } as unknown as Parameters<typeof mendTensorFlow>[0]);

/** Gives a float32 variable new values, in place where the backend allows (kernels/native/assignValues.ts). */
export const assignValues = (variable: core.Variable, values: Float32Array): void =>
  assignIn(core as unknown as Parameters<typeof assignIn>[0], variable, values);

/** Gives a variable the values of a tensor, likewise. */
export const assignInPlace = (variable: core.Variable, tensor: core.Tensor): void =>
  copyIn(core as unknown as Parameters<typeof copyIn>[0], variable, tensor);

/** Sets a float32 variable to a number at some places, or to one at each, likewise. */
export const fillAt = (variable: core.Variable, places: Int32Array, value: number | Float32Array): void =>
  fillIn(core as unknown as Parameters<typeof fillIn>[0], variable, places, value);

// What tfjs-node extends, in code of an older kind of class.
export const KernelBackend = extendable(core.KernelBackend);
export const CustomCallback = extendable(layers.CustomCallback);

export const version = {
  'tfjs-core': core.version_core,
  'tfjs-layers': layers.version_layers,
  'tfjs-converter': version_converter,
  'tfjs-data': data.version_data,
  'tfjs-backend-cpu': version_cpu,
  'tfjs-backend-wasm': version_wasm,
  tfjs: core.version_core,
};

/** tfjs-node's extras, once that backend runs. */
let nodeExtras: Record<string | symbol, unknown> | undefined;

/** What `tf.node` of tfjs-node offers; without tfjs-node every use of it says so. */
export const node: Record<string | symbol, unknown> = new Proxy(
  {},
  {
    has: (_target, key) => nodeExtras !== undefined && key in nodeExtras,
    get(_target, key) {
      if (nodeExtras) return nodeExtras[key];
      if (typeof key === 'symbol' || key === 'then' || key === '__esModule') return undefined;
      throw new Error(
        `tf.node.${key} exists only on the backends "tensorflow" and "tensorflow-gpu". ` +
          'Install tfjs-node in the workspace, or use a function of tf itself.',
      );
    },
  },
);

/** Called by the trainer when tfjs-node has started. */
export function setNodeExtras(extras: Record<string | symbol, unknown>): void {
  nodeExtras = extras;
}
