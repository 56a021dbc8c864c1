import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackendUnavailable } from './backendUnavailable';
import { packageVersion } from './packages';
import type { Tf } from './tfInstance';

interface AdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  isFallbackAdapter?: boolean;
}
interface WebgpuPackage {
  create(options: string[]): { requestAdapter(): Promise<{ info: AdapterInfo } | null> };
  globals: Record<string, unknown>;
}

/**
 * Registers the WebGPU backend over Dawn (npm package `webgpu` in `folder`).
 *
 * @param allowSoftware take an adapter that computes on the CPU: right for tests, slower than wasm for work
 * @returns the adapter's name and the package's version
 */
export async function registerWebgpu(tf: Tf, folder: string, allowSoftware: boolean): Promise<string> {
  if (process.versions.electron)
    throw new BackendUnavailable(
      'Electron forbids the array buffers that the webgpu package needs. Install Node, or set computeLens.nodePath to it.',
    );
  const dawn = (await import(pathToFileURL(path.join(folder, 'index.js')).href)) as WebgpuPackage;
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  const adapter = await gpu.requestAdapter();
  if (!adapter)
    throw new BackendUnavailable(
      'no WebGPU adapter: no GPU driver with Vulkan, Metal or Direct3D 12 was found.',
    );
  const { description, vendor, device, architecture, isFallbackAdapter } = adapter.info;
  const name =
    [description || device || architecture, vendor].filter(Boolean).join(', ') || 'unnamed adapter';
  const software = isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|software/i.test(name);
  if (software && !allowSoftware)
    throw new BackendUnavailable(
      `the only WebGPU adapter is in software (${name}), which is slower than wasm.`,
    );
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only here; registers the backend
  require('./webgpuBackend.js');
  if (!(await tf.setBackend('webgpu'))) throw new BackendUnavailable(`WebGPU did not start on ${name}.`);
  watchForLoss(tf);
  return `${name}, webgpu ${packageVersion(folder)}`;
}

/** A lost device makes every later read fail without a message; this one says what happened. */
function watchForLoss(tf: Tf): void {
  const { device } = tf.backend() as unknown as {
    device: {
      lost: Promise<{ reason: string; message: string }>;
      addEventListener(type: string, listener: (event: { error: { message: string } }) => void): void;
    };
  };
  void device.lost.then((loss) => {
    if (loss.reason === 'destroyed') return;
    throw new Error(
      `The GPU was lost (${loss.message || loss.reason}). Resume the run from its last checkpoint.`,
    );
  });
  device.addEventListener('uncapturederror', (event) => {
    throw new Error(`The GPU reported an error: ${event.error.message}`);
  });
}
