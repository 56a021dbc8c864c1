import path from 'node:path';
import type { KernelBackend } from '@tensorflow/tfjs';
import type { Tf } from '../../src/train/tfInstance';
import { adapterName, openAdapter, openDevice, provideNavigator } from '../../src/train/webgpuDevice';
import type { AdapterInfo } from '../../src/train/webgpuDevice';
import { DeviceGuard, type GpuBackend, type GpuDevice } from '../../src/train/webgpuGuard';

/** `dist/` of the repository that this was built in, whichever folder of `out/test` it is bundled into. */
export const dist = path.join(__dirname.split(path.join('out', 'test'))[0] ?? '', 'dist');

/**
 * The TensorFlow.js of trainers, with its WebGPU backend in use, in this process.
 *
 * @returns the name of the adapter beside it
 */
export async function webgpuTensorflow(): Promise<{ tf: Tf; adapter: AdapterInfo; name: string }> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as Tf;
  tf.setWasmPaths(dist + path.sep);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the same
  const { WebGPUBackend } = require(path.join(dist, 'webgpuBackend.js')) as {
    WebGPUBackend: new (device: GpuDevice, info: AdapterInfo) => GpuBackend & KernelBackend;
  };
  const { gpu, adapter } = await openAdapter(path.join(dist, '../node_modules/webgpu'));
  provideNavigator(gpu);
  const backend = new WebGPUBackend(await openDevice(adapter), adapter.info);
  new DeviceGuard(backend);
  tf.registerBackend('webgpu', () => backend);
  await tf.setBackend('webgpu');
  return { tf, adapter: adapter.info, name: adapterName(adapter.info) };
}
