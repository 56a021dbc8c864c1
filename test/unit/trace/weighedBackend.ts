import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../../src/train/tfInstance';

/** Name of a copy of the cpu backend that weighs what it holds. */
export const weighedBackendName = 'weighed';

/** Bytes that the copy holds, and the most that it did since somebody last set these to `held`. */
export interface Scales {
  held: number;
  /** With what kernels hold for themselves while they run. */
  peak: number;
  /** Without: all that outlives the kernel that made it. */
  peakBetweenKernels: number;
}

/** Registers the copy and its kernels. */
export function registerWeighedBackend(tf: Tf): Scales {
  const scales: Scales = { held: 0, peak: 0, peakBetweenKernels: 0 };
  const weights = new WeakMap<tfjs.DataId, number>();
  let running = 0;
  const note = () => {
    scales.peak = Math.max(scales.peak, scales.held);
    if (running === 0) scales.peakBetweenKernels = Math.max(scales.peakBetweenKernels, scales.held);
  };
  const add = (id: tfjs.DataId, shape: number[], dtype: tfjs.DataType) => {
    const bytes = dtype === 'string' ? 0 : tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);
    weights.set(id, bytes);
    scales.held += bytes;
    note();
  };
  const cpu = tf.findBackendFactory('cpu');
  tf.registerBackend(weighedBackendName, () => {
    const backend = cpu() as tfjs.KernelBackend;
    const write = backend.write.bind(backend);
    const move = backend.move.bind(backend);
    const disposeData = backend.disposeData.bind(backend);
    return Object.assign(backend, {
      write(values: tfjs.BackendValues, shape: number[], dtype: tfjs.DataType) {
        const id = write(values, shape, dtype);
        add(id, shape, dtype);
        return id;
      },
      move(
        id: tfjs.DataId,
        values: tfjs.BackendValues,
        shape: number[],
        dtype: tfjs.DataType,
        references: number,
      ) {
        move(id, values, shape, dtype, references);
        add(id, shape, dtype);
      },
      disposeData(id: tfjs.DataId, force?: boolean) {
        const gone = disposeData(id, force);
        if (gone) scales.held -= weights.get(id) ?? 0;
        if (gone) weights.delete(id);
        return gone;
      },
    });
  });
  /** The cpu backend casts to a wider type without a copy, as wasm and tfjs-node do not: here it makes one too. */
  const copied = (call: Parameters<tfjs.KernelFunc>[0], made: tfjs.TensorInfo): tfjs.TensorInfo => {
    const { x } = call.inputs as { x: tfjs.TensorInfo };
    if (made.dataId !== x.dataId || made.dtype === x.dtype) return made;
    const backend = call.backend as tfjs.KernelBackend;
    const values = Float32Array.from(backend.readSync(x.dataId) as ArrayLike<number>);
    backend.disposeData(made.dataId);
    return { ...made, dataId: backend.write(values, made.shape, made.dtype) };
  };
  for (const config of tf.getKernelsForBackend('cpu'))
    tf.registerKernel({
      ...config,
      backendName: weighedBackendName,
      kernelFunc: (call) => {
        running++;
        try {
          const made = config.kernelFunc(call);
          return config.kernelName === 'Cast' ? copied(call, made as tfjs.TensorInfo) : made;
        } finally {
          running--;
          note();
        }
      },
    });
  return scales;
}
