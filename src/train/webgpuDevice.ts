import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackendUnavailable } from './backendUnavailable';
import type { GpuDevice } from './webgpuGuard';

export interface AdapterInfo {
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
/** Names the adapter to take, or a part of its name, where a machine has several. */
const adapterVariable = 'COMPUTE_LENS_GPU_ADAPTER';

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
 * This machine's fastest adapter, through Dawn (npm package `webgpu` in `folder`).
 *
 * @throws BackendUnavailable where there is none, or none of the name that is asked for
 */
export async function openAdapter(folder: string): Promise<{ gpu: Gpu; adapter: Adapter }> {
  const dawn = await loadDawn(folder);
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

async function loadDawn(folder: string): Promise<WebgpuPackage> {
  try {
    return (await import(pathToFileURL(path.join(folder, 'index.js')).href)) as WebgpuPackage;
  } catch (error) {
    const [said = ''] = (error as Error).message.split('\n');
    throw new BackendUnavailable(
      `the webgpu package in ${folder} does not load on ${process.platform} ${process.arch} (${said}). ` +
        'It is made for Windows and Linux on x64 and arm64, and for macOS.',
    );
  }
}

export function adapterName({ description, device, architecture, vendor }: AdapterInfo): string {
  return [description || device || architecture, vendor].filter(Boolean).join(', ') || 'unnamed adapter';
}

/** Whether it computes on the processor. */
export function isSoftware(info: AdapterInfo): boolean {
  return (
    info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(`${adapterName(info)} ${info.device}`)
  );
}

export function openDevice(adapter: Adapter): Promise<GpuDevice> {
  const limits = raisedLimits.filter((limit) => typeof adapter.limits[limit] === 'number');
  return adapter.requestDevice({
    // Times of kernels, for tf.time() and tf.profile().
    requiredFeatures: ['timestamp-query'].filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit] as number])),
  });
}

/** TensorFlow.js looks for WebGPU where browsers have it. */
export function provideNavigator(gpu: Gpu): void {
  const global = globalThis as { navigator?: object };
  if (!global.navigator) Object.defineProperty(global, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(global.navigator, 'gpu', { value: gpu, configurable: true });
}
