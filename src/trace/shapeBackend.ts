import type * as tfjs from '@tensorflow/tfjs';
import { dataDependentKernels } from '../cost/dataDependent';
import { bytesOf } from '../cost/kernel';
import type { Padding } from '../cost/paddedMacs';
import type { Tf } from '../train/tfInstance';
import { IdTable } from './idTable';
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
  /** Storage of inputs and outputs; an alias has that of an input. */
  readonly inputIds: readonly tfjs.DataId[];
  readonly outputIds: readonly tfjs.DataId[];
  readonly alias: boolean;
  /** Zeros around the first input, where a padding made it; for the gradient of a convolution's input, around that. */
  readonly zeros?: readonly Padding[] | undefined;
}

export interface TraceObserver {
  kernel(event: TracedKernel): void;
  /** Values were asked for that nobody has computed: zeros were given, and what follows is a guess. */
  unknownRead(of: Shaped): void;
  /** Somebody looks at the values behind `id`. */
  read?(id: tfjs.DataId): void;
  /** `bytes` more are held, by `id`; `liveBytes` in all. */
  allocated?(id: tfjs.DataId, liveBytes: number, bytes: number): void;
  /** The `bytes` of this storage are no longer held. */
  freed?(id: tfjs.DataId, bytes: number): void;
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
  /** Whether some tensor still holds this storage. */
  holds(dataId: tfjs.DataId): boolean;
  /** This storage no longer counts, though something still holds it. */
  discount(dataId: tfjs.DataId): void;
  /** What there is now no longer counts: it belongs to an earlier trace. */
  forget(): void;
}

interface Stored extends Shaped {
  readonly values: tfjs.BackendValues | undefined;
  bytes: number;
  references: number;
  readonly trace: number;
  zeros?: readonly Padding[];
  /** Of a filter: the zeros around what it convolved last, by its shape. */
  met?: Map<string, readonly Padding[] | undefined>;
}

/** Values that came from outside are kept up to this many: shapes, axes and the like are made of them. */
const keptValues = 64;

const convolution = /^(Fused)?(Conv|DepthwiseConv)[23]/;
/** These are given the filter and the gradient of what the convolution made, not the input that had the zeros. */
const inputGradient = /BackpropInput/;

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
        const { outputs } = rule(call);
        const made = outputs.map((output) => backend.output(output));
        const sources = Object.values(call.inputs);
        // An image of a web page is no tensor.
        if (kernelName === 'FromPixels') sources.length = 0;
        if (kernelName === 'PadV2') backend.pad(made[0], sources[0], call.attrs);
        backend.observer?.kernel({
          kernel: kernelName,
          inputs: sources,
          outputs: made,
          attrs: call.attrs,
          dependsOnData: dataDependentKernels.has(kernelName),
          inputIds: sources.map(({ dataId }) => dataId),
          outputIds: made.map(({ dataId }) => dataId),
          alias: outputs[0]?.aliasOf !== undefined,
          zeros: backend.zerosMet(kernelName, sources, call.attrs),
        });
        return made.length === 1 ? (made[0] as tfjs.TensorInfo) : made;
      },
    });
  return backend;
}

/** A fused kernel without a bias passes one that is undefined. */
function given(inputs: object): Record<string, tfjs.TensorInfo> {
  const all = inputs as Record<string, tfjs.TensorInfo | null | undefined>;
  const present: Record<string, tfjs.TensorInfo> = {};
  for (const name in all) if (all[name]) present[name] = all[name];
  return present;
}

function makeBackend(tf: Tf) {
  const { util } = tf;

  class Shapes extends tf.KernelBackend implements ShapeBackend {
    observer: TraceObserver | undefined;
    private readonly stored = new IdTable<Stored>();
    private liveBytes = 0;
    private peakBytes = 0;
    private trace = 0;

    memoryUse(): ShapeMemory {
      return { liveBytes: this.liveBytes, peakBytes: this.peakBytes };
    }

    resetPeak(): void {
      this.peakBytes = this.liveBytes;
    }

    forget(): void {
      this.trace++;
      this.liveBytes = 0;
      this.peakBytes = 0;
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

    /** Remembers where a padded tensor is known to be zero. */
    pad(made: tfjs.TensorInfo | undefined, of: tfjs.TensorInfo | undefined, attrs: object): void {
      const { paddings, constantValue } = attrs as { paddings: Padding[]; constantValue: number };
      if (!made || !of || constantValue !== 0) return;
      const inner = this.zerosAround(of);
      this.entry(made.dataId).zeros = paddings.map(
        ([before, after], axis) =>
          [before + (inner?.[axis]?.[0] ?? 0), after + (inner?.[axis]?.[1] ?? 0)] as const,
      );
    }

    zerosAround({ dataId, shape }: tfjs.TensorInfo): readonly Padding[] | undefined {
      const stored = this.entry(dataId);
      return stored.zeros && util.arraysEqual([...stored.shape], shape) ? stored.zeros : undefined;
    }

    zerosMet(
      kernel: string,
      [x, filter]: readonly tfjs.TensorInfo[],
      { inputShape }: Readonly<Record<string, unknown>>,
    ): readonly Padding[] | undefined {
      if (!x || !filter || !convolution.test(kernel)) return x && this.zerosAround(x);
      const convolved = this.entry(filter.dataId);
      if (inputGradient.test(kernel)) return convolved.met?.get(String(inputShape));
      const zeros = this.zerosAround(x);
      (convolved.met ??= new Map()).set(String(x.shape), zeros);
      return zeros;
    }

    /** A tensor that nobody has to fill; small ones are filled, since their values may be shapes. */
    empty(shape: number[], dtype: tfjs.DataType): tfjs.TensorInfo | undefined {
      return util.sizeFromShape(shape) <= keptValues || dtype === 'complex64'
        ? undefined
        : this.output({ shape, dtype });
    }

    holds(dataId: tfjs.DataId): boolean {
      return this.stored.has(dataId);
    }

    discount(dataId: tfjs.DataId): void {
      const entry = this.stored.get(dataId);
      if (!entry) return;
      this.free(dataId, entry);
      entry.bytes = 0;
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
      const { values, shape, dtype } = this.entry(dataId);
      this.observer?.read?.(dataId);
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
      const entry = this.stored.get(dataId);
      if (!entry) return true;
      entry.references--;
      if (!force && entry.references > 0) return false;
      this.free(dataId, entry);
      this.stored.delete(dataId);
      return true;
    }

    override refCount(dataId: tfjs.DataId): number {
      return this.stored.get(dataId)?.references ?? 0;
    }

    override incRef(dataId: tfjs.DataId): void {
      this.entry(dataId).references++;
    }

    override numDataIds(): number {
      return this.stored.size;
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

    /** What is stored, fetched from another backend where it is still there. */
    private entry(dataId: tfjs.DataId): Stored {
      if (!this.stored.has(dataId)) tf.engine().moveData(this, dataId);
      const entry = this.stored.get(dataId);
      if (!entry) throw new Error('a tensor is used after it was disposed of');
      return entry;
    }

    private free(dataId: tfjs.DataId, { trace, bytes }: Stored): void {
      if (trace !== this.trace) return;
      this.liveBytes -= bytes;
      this.observer?.freed?.(dataId, bytes);
    }

    private put(
      dataId: tfjs.DataId,
      values: tfjs.BackendValues | undefined,
      shape: readonly number[],
      dtype: tfjs.DataType,
      references: number,
    ): void {
      const bytes = bytesOf({ shape, dtype });
      this.stored.set(dataId, { values, shape: [...shape], dtype, references, bytes, trace: this.trace });
      this.liveBytes += bytes;
      this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
      this.observer?.allocated?.(dataId, this.liveBytes, bytes);
    }
  }
  return new Shapes();
}
