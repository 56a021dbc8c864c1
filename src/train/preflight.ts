import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { backendNames, type BackendName } from '../runs/record';
import type { Tf } from './tfInstance';

/**
 * Runs `work` (one training step and one evaluation) and lists the kernels it needs that the active backend lacks.
 * These are stood in for while it runs, so that one pass finds all of them; what it computes is to be thrown away.
 */
export async function missingKernels(tf: Tf, work: () => Promise<void>): Promise<string[]> {
  const backend = tf.getBackend();
  const missing = new Set<string>();
  const present = new Set(tf.getKernelsForBackend(backend).map((kernel) => kernel.kernelName));
  const standIns = tf
    .getKernelsForBackend('cpu')
    .filter((kernel) => !present.has(kernel.kernelName))
    .map((kernel): KernelConfig => ({
      kernelName: kernel.kernelName,
      backendName: backend,
      kernelFunc: (params) => {
        missing.add(kernel.kernelName);
        return standIn(tf, kernel, params);
      },
    }));
  for (const kernel of standIns) tf.registerKernel(kernel);
  try {
    await work();
  } catch (error) {
    // A kernel that is on no backend at all, or a stand-in that cannot work here: its name is in the message.
    const name = /Kernel '(\w+)' not registered/.exec(String(error))?.[1];
    if (!name && missing.size === 0) throw error;
    if (name) missing.add(name);
  } finally {
    for (const kernel of standIns) tf.unregisterKernel(kernel.kernelName, backend);
  }
  return [...missing];
}

/** Backends, other than `except`, that have all of `kernels`, best first; of those loaded in this process. */
export function backendsWith(tf: Tf, kernels: readonly string[], except: string): BackendName[] {
  return backendNames.filter(
    (name) =>
      name !== except && kernels.every((kernel) => tf.getKernel(kernel, registryName(name)) !== undefined),
  );
}

/** TensorFlow.js knows tfjs-node and tfjs-node-gpu by one name. */
export function registryName(name: BackendName): string {
  return name === 'tensorflow-gpu' ? 'tensorflow' : name;
}

type KernelParams = Parameters<KernelFunc>[0];

/** Output of a missing kernel: zeros where the shape is plain from the attributes, else computed by the cpu kernel. */
function standIn(tf: Tf, kernel: KernelConfig, params: KernelParams): TensorInfo | TensorInfo[] {
  const shape = plainShape(kernel.kernelName, params);
  const active = params.backend as { write(values: unknown, shape: number[], dtype: string): object };
  if (shape) {
    const dtype = 'float32' as const;
    const zeros = new Float32Array(tf.util.sizeFromShape(shape));
    return { dataId: active.write(zeros, shape, dtype), shape, dtype };
  }
  const cpu = tf.engine().findBackend('cpu') as unknown as CpuBackend;
  const move = (tensor: TensorInfo): TensorInfo => ({
    ...tensor,
    dataId: cpu.write(valuesOf(tf, tensor, params.backend), tensor.shape, tensor.dtype),
  });
  const inputs = Object.fromEntries(
    Object.entries(params.inputs).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((one: TensorInfo) => move(one)) : value && move(value),
    ]),
  ) as KernelParams['inputs'];
  const outputs = kernel.kernelFunc({ inputs, backend: cpu, attrs: params.attrs ?? {} });
  const back = (tensor: TensorInfo): TensorInfo => ({
    ...tensor,
    // eslint-disable-next-line no-restricted-syntax -- of the cpu backend
    dataId: active.write(cpu.readSync(tensor.dataId), tensor.shape, tensor.dtype),
  });
  return Array.isArray(outputs) ? outputs.map(back) : back(outputs);
}

/** What a stand-in computes with. Zeros do for what is on a GPU, which cannot be read without waiting. */
function valuesOf(tf: Tf, { dataId, shape, dtype }: TensorInfo, backend: unknown): unknown {
  if (tf.getBackend() === 'webgpu' && dtype !== 'string')
    return new Float32Array(tf.util.sizeFromShape(shape));
  // eslint-disable-next-line no-restricted-syntax -- not on WebGPU
  return (backend as { readSync(id: object): unknown }).readSync(dataId);
}

interface CpuBackend {
  write(values: unknown, shape: number[], dtype: string): object;
  readSync(id: object): unknown;
}

/** Shapes of the gradient kernels that are dear to compute, which is all a preflight needs of them. */
function plainShape(kernelName: string, { inputs, attrs }: KernelParams): number[] | undefined {
  const values = attrs as Record<string, number[] | number | undefined> | undefined;
  const of = (name: string) => (values?.[name] as number[] | undefined)?.slice();
  switch (kernelName) {
    case 'Conv2DBackpropFilter':
    case 'DepthwiseConv2dNativeBackpropFilter':
    case 'Conv3DBackpropFilterV2':
      return of('filterShape');
    case 'Conv2DBackpropInput':
    case 'DepthwiseConv2dNativeBackpropInput':
    case 'Conv3DBackpropInputV2':
      return of('inputShape');
    case 'UnsortedSegmentSum': {
      const x = inputs.x;
      const ids = inputs.segmentIds;
      const segments = values?.numSegments;
      if (!x || !ids || typeof segments !== 'number') return undefined;
      return [segments, ...x.shape.slice(ids.shape.length)];
    }
    default:
      return undefined;
  }
}
