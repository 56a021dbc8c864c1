import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as tfjs from '@tensorflow/tfjs';
import { BackendUnavailable } from './backendUnavailable';
import type { GpuFailure } from './gpuFailure';
import { packageVersion } from './packages';
import type { Tf } from './tfInstance';
import { DeviceGuard, type GpuBackend, type GpuDevice } from './webgpuGuard';

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}
interface Adapter {
  readonly info: AdapterInfo;
  readonly features: { has(feature: string): boolean };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(wanted: {
    requiredFeatures: string[];
    requiredLimits: Record<string, number>;
  }): Promise<GpuDevice>;
}
interface Gpu {
  requestAdapter(wanted: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}
interface WebgpuPackage {
  create(options: string[]): Gpu;
  globals: Record<string, unknown>;
}
interface BackendFile {
  WebGPUBackend: new (device: GpuDevice, adapter: AdapterInfo) => GpuBackend & tfjs.KernelBackend;
}

/** Names the adapter to take, or a part of its name, where a machine has several. */
export const adapterVariable = 'COMPUTE_LENS_GPU_ADAPTER';

/** Limits that are raised from WebGPU's defaults, which fit every phone, to what this adapter has. */
const raisedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeInvocationsPerWorkgroup',
];

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

async function openAdapter(folder: string): Promise<{ gpu: Gpu; adapter: Adapter }> {
  const dawn = (await import(pathToFileURL(path.join(folder, 'index.js')).href)) as WebgpuPackage;
  Object.assign(globalThis, dawn.globals);
  const wanted = process.env[adapterVariable];
  const gpu = dawn.create(wanted ? [`adapter=${wanted}`] : []);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch((error: Error) => {
    throw new BackendUnavailable(
      wanted
        ? `no WebGPU adapter is called "${wanted}", as ${adapterVariable} asks. ${error.message}`
        : `no WebGPU adapter: ${error.message}`,
    );
  });
  if (!adapter)
    throw new BackendUnavailable(
      'no WebGPU adapter: no GPU driver with Vulkan, Metal or Direct3D 12 was found.',
    );
  return { gpu, adapter };
}

function adapterName({ description, device, architecture, vendor }: AdapterInfo): string {
  return [description || device || architecture, vendor].filter(Boolean).join(', ') || 'unnamed adapter';
}

function isSoftware(info: AdapterInfo): boolean {
  return (
    info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(`${adapterName(info)} ${info.device}`)
  );
}

function openDevice(adapter: Adapter): Promise<GpuDevice> {
  const limits = raisedLimits.filter((limit) => typeof adapter.limits[limit] === 'number');
  return adapter.requestDevice({
    // Times of kernels, for tf.time() and tf.profile().
    requiredFeatures: ['timestamp-query'].filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit] as number])),
  });
}

/** TensorFlow.js looks for WebGPU where browsers have it. */
function provideNavigator(gpu: Gpu): void {
  const global = globalThis as { navigator?: object };
  if (!global.navigator) Object.defineProperty(global, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(global.navigator, 'gpu', { value: gpu, configurable: true });
}
