import type * as tfjs from '@tensorflow/tfjs';
import { BackendUnavailable } from './backendUnavailable';
import type { GpuFailure } from './gpuFailure';
import { packageVersion } from './packages';
import type { Tf } from './tfInstance';
import {
  adapterName,
  isSoftware,
  openAdapter,
  openDevice,
  provideNavigator,
  type AdapterInfo,
} from './webgpuDevice';
import { DeviceGuard, type GpuBackend, type GpuDevice } from './webgpuGuard';

interface BackendFile {
  WebGPUBackend: new (device: GpuDevice, adapter: AdapterInfo) => GpuBackend & tfjs.KernelBackend;
}

/**
 * Registers the WebGPU backend over Dawn (npm package `webgpu` in `folder`) on this machine's fastest adapter.
 *
 * @param allowSoftware take an adapter that computes on the CPU: right for tests, slower than wasm for work
 * @returns the adapter's name with the package's version, and the first failure of the device, should it come
 */
export async function registerWebgpu(
  tf: Tf,
  folder: string,
  allowSoftware: boolean,
): Promise<{ detail: string; failed: Promise<GpuFailure> }> {
  if (process.versions.electron)
    throw new BackendUnavailable(
      'Electron forbids the array buffers that the webgpu package needs. Install Node, or set computeLens.nodePath to it.',
    );
  const { gpu, adapter } = await openAdapter(folder);
  const name = adapterName(adapter.info);
  if (isSoftware(adapter.info) && !allowSoftware)
    throw new BackendUnavailable(
      `the only WebGPU adapter is in software (${name}), which is slower than wasm.`,
    );
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only here; brings the kernels
  const { WebGPUBackend } = require('./webgpuBackend.js') as BackendFile;
  provideNavigator(gpu);
  const backend = new WebGPUBackend(await openDevice(adapter), adapter.info);
  const { failed } = new DeviceGuard(backend);
  tf.registerBackend('webgpu', () => backend);
  if (!(await tf.setBackend('webgpu'))) throw new BackendUnavailable(`WebGPU did not start on ${name}.`);
  return { detail: `${name}, webgpu ${packageVersion(folder)}`, failed };
}
