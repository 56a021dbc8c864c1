import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../train/tfInstance';
import { shapeRules } from './shapes';
import type { OutputSpec, Shaped } from './shapes/rule';

/** Without an underscore: the registry of kernels splits its keys there. */
export const shapeBackendName = 'shapes';

/** One kernel that a real backend would have run. */
export interface TracedKernel {
  readonly kernel: string;
  readonly inputs: readonly Shaped[];
  readonly outputs: readonly Shaped[];
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The outputs are what they are at most, or when nothing repeats. */
  readonly dependsOnData: boolean;
}

export interface TraceObserver {
  kernel(event: TracedKernel): void;
  /** Values were asked for that nobody has computed: zeros were given, and what follows is a guess. */
  unknownRead(of: Shaped): void;
}

export interface ShapeMemory {
  /** Bytes of all tensors that live now. */
  readonly liveBytes: number;
  /** The most they were since {@link ShapeBackend.resetPeak}. */
  readonly peakBytes: number;
}

/** A backend on which every kernel gives tensors of the right shape and type, and computes nothing. */
export interface ShapeBackend extends tfjs.KernelBackend {
  observer: TraceObserver | undefined;
  memoryUse(): ShapeMemory;
  resetPeak(): void;
}

interface Stored extends Shaped {
  readonly values: tfjs.BackendValues | undefined;
  readonly bytes: number;
  references: number;
}

/** Values that came from outside are kept up to this many: shapes, axes and the like are made of them. */
const keptValues = 64;

/** Registers the backend and its kernels in `tf`, once, without making it the active one. */
export function registerShapeBackend(tf: Tf): ShapeBackend {
  const registered = tf.findBackend(shapeBackendName);
  if (registered) return registered as ShapeBackend;
  const backend = makeBackend(tf);
  tf.registerBackend(shapeBackendName, () => backend, 0);
  for (const [kernelName, rule] of Object.entries(shapeRules(tf)))
    tf.registerKernel({
      kernelName,
      backendName: shapeBackendName,
      kernelFunc: ({ inputs, attrs }) => {
        const call = { inputs: given(inputs), attrs: (attrs ?? {}) as Record<string, unknown> };
        const { outputs, dependsOnData = false } = rule(call);
        const made = outputs.map((output) => backend.output(output));
        backend.observer?.kernel({
          kernel: kernelName,
          inputs: Object.values(call.inputs).map(({ shape, dtype }) => ({ shape, dtype })),
          outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype })),
          attrs: call.attrs,
          dependsOnData,
        });
        return made.length === 1 ? (made[0] as tfjs.TensorInfo) : made;
      },
    });
  return backend;
}

/** A fused kernel without a bias passes one that is undefined. */
function given(inputs: object): Record<string, tfjs.TensorInfo> {
  const present = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined && tensor !== null);
  return Object.fromEntries(present);
}

function makeBackend(tf: Tf) {
  const { util } = tf;

  class Shapes extends tf.KernelBackend implements ShapeBackend {
    observer: TraceObserver | undefined;
    private readonly stored = new tf.DataStorage<Stored>(this, tf.engine());
    private liveBytes = 0;
    private peakBytes = 0;

    memoryUse(): ShapeMemory {
      return { liveBytes: this.liveBytes, peakBytes: this.peakBytes };
    }

    resetPeak(): void {
      this.peakBytes = this.liveBytes;
    }

    output({ shape, dtype, aliasOf }: OutputSpec): tfjs.TensorInfo {
      if (aliasOf) {
        this.incRef(aliasOf.dataId);
        return { dataId: aliasOf.dataId, shape: [...shape], dtype };
      }
      const dataId = {};
      this.put(dataId, undefined, shape, dtype, 1);
      return { dataId, shape: [...shape], dtype };
    }

    override write(values: tfjs.BackendValues, shape: number[], dtype: tfjs.DataType): tfjs.DataId {
      const dataId = {};
      const keep = dtype === 'string' || util.sizeFromShape(shape) <= keptValues;
      this.put(dataId, keep ? values : undefined, shape, dtype, 1);
      return dataId;
    }

    override move(
      dataId: tfjs.DataId,
      values: tfjs.BackendValues,
      shape: number[],
      dtype: tfjs.DataType,
      references: number,
    ): void {
      this.put(dataId, values, shape, dtype, references);
    }

    override read(dataId: tfjs.DataId): Promise<tfjs.BackendValues> {
      return Promise.resolve(this.readSync(dataId));
    }

    override readSync(dataId: tfjs.DataId): tfjs.BackendValues {
      const { values, shape, dtype } = this.stored.get(dataId);
      if (values) return values;
      this.observer?.unknownRead({ shape, dtype });
      if (dtype === 'string')
        return Array.from({ length: util.sizeFromShape([...shape]) }, () => new Uint8Array());
      return util.getTypedArrayFromDType(
        dtype === 'complex64' ? 'float32' : dtype,
        util.sizeFromShape([...shape]),
      );
    }

    override disposeData(dataId: tfjs.DataId, force = false): boolean {
      if (!this.stored.has(dataId)) return true;
      const entry = this.stored.get(dataId);
      entry.references--;
      if (!force && entry.references > 0) return false;
      this.liveBytes -= entry.bytes;
      this.stored.delete(dataId);
      return true;
    }

    override refCount(dataId: tfjs.DataId): number {
      return this.stored.has(dataId) ? this.stored.get(dataId).references : 0;
    }

    override incRef(dataId: tfjs.DataId): void {
      this.stored.get(dataId).references++;
    }

    override numDataIds(): number {
      return this.stored.numDataIds();
    }

    override memory(): { unreliable: boolean } {
      return { unreliable: false };
    }

    override floatPrecision(): 32 {
      return 32;
    }

    override timerAvailable(): boolean {
      return false;
    }

    override dispose(): void {
      this.observer = undefined;
    }

    private put(
      dataId: tfjs.DataId,
      values: tfjs.BackendValues | undefined,
      shape: readonly number[],
      dtype: tfjs.DataType,
      references: number,
    ): void {
      const bytes = dtype === 'string' ? 0 : util.sizeFromShape([...shape]) * util.bytesPerElement(dtype);
      this.stored.set(dataId, { values, shape: [...shape], dtype, references, bytes });
      this.liveBytes += bytes;
      this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    }
  }
  return new Shapes();
}
