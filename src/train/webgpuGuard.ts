import type * as tfjs from '@tensorflow/tfjs';
import { GpuFailure } from './gpuFailure';

export interface GpuDevice {
  readonly limits: Readonly<Record<Limit, number>>;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(type: 'uncapturederror', listener: (event: UncapturedError) => void): void;
}
type Limit = 'maxBufferSize' | 'maxStorageBufferBindingSize' | 'maxComputeWorkgroupsPerDimension';
interface UncapturedError {
  readonly error: { readonly constructor: { readonly name: string }; readonly message: string };
}
interface Program {
  readonly outputShape: readonly number[];
}

/** What is guarded of TensorFlow.js's WebGPU backend. */
export interface GpuBackend {
  readonly device: GpuDevice;
  readonly tensorMap: { get(id: object): TensorData };
  commandEncoder: object | null;
  computePassEncoder: object | null;
  dispatchCountInPass: number;
  uploadToGPU(id: object): void;
  runWebGPUProgram(program: Program, ...rest: unknown[]): tfjs.TensorInfo;
  submitQueue(): void;
  read(id: object): Promise<tfjs.BackendValues>;
  readSync(id: object): tfjs.BackendValues;
}
interface TensorData {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values?: tfjs.BackendValues | null;
  readonly resource?: object | null;
}

/** A number of any type takes four bytes on the GPU. */
const bytesPerNumber = 4;
/** A read can fail a moment before the device says that it is lost. */
const lossMilliseconds = 500;

/**
 * Turns what WebGPU reports beside the program (a lost device, an error that no one caught) into exceptions of the op
 * that met it. By themselves such ops give what was in memory before, and reads end without a message or never.
 */
export class DeviceGuard {
  private failure: GpuFailure | undefined;
  private readonly reading = new Set<(failure: GpuFailure) => void>();
  private tell: (failure: GpuFailure) => void = () => undefined;
  /** Resolves with the first failure of the device, which every op from then on throws. */
  readonly failed = new Promise<GpuFailure>((resolve) => (this.tell = resolve));

  constructor(private readonly backend: GpuBackend) {
    const { device } = backend;
    void device.lost.then(({ reason, message }) => {
      this.fail(
        new GpuFailure(
          `The GPU was lost (${message || reason}), and with it all that it held, the weights too.`,
        ),
      );
    });
    // Dawn calls this inside of the call that is in error.
    device.addEventListener('uncapturederror', ({ error }) => {
      this.fail(new GpuFailure(explain(error), () => this.recover()));
    });
    this.guardWork();
    this.guardReads();
  }

  private fail(failure: GpuFailure): void {
    // The first of several says where it began; only a loss is more than that.
    if (this.failure && (failure.recover || !this.failure.recover)) return;
    this.failure = failure;
    for (const reject of this.reading) reject(failure);
    this.tell(failure);
  }

  private recover(): void {
    if (this.failure && !this.failure.recover) return;
    this.failure = undefined;
    Object.assign(this.backend, { commandEncoder: null, computePassEncoder: null, dispatchCountInPass: 0 });
  }

  private check(): void {
    if (!this.failure) return;
    if (this.failure.recover) locate(this.failure);
    throw this.failure;
  }

  private guardWork(): void {
    const { backend } = this;
    const upload = backend.uploadToGPU.bind(backend);
    const run = backend.runWebGPUProgram.bind(backend);
    const submit = backend.submitQueue.bind(backend);
    backend.uploadToGPU = (id) => {
      this.check();
      this.checkSize(backend.tensorMap.get(id));
      upload(id);
      this.check();
    };
    backend.runWebGPUProgram = (program, ...rest) => {
      this.check();
      try {
        const output = run(program, ...rest);
        this.check();
        return output;
      } catch (error) {
        throw this.dispatchFailure(error, program) ?? error;
      }
    };
    backend.submitQueue = () => {
      this.check();
      submit();
      this.check();
    };
  }

  private guardReads(): void {
    const { backend } = this;
    const read = backend.read.bind(backend);
    // eslint-disable-next-line no-restricted-syntax -- replaced here by what says so
    const readSync = backend.readSync.bind(backend);
    backend.read = (id) =>
      new Promise((resolve, reject) => {
        // On the processor still, or again.
        if (!backend.tensorMap.get(id)?.values && this.failure) return reject(this.failure);
        this.reading.add(reject);
        read(id)
          .then(resolve, (error: unknown) => {
            // A failure, when it is told, rejects this first.
            setTimeout(() => reject(error as Error), this.failure ? 0 : lossMilliseconds);
          })
          .finally(() => this.reading.delete(reject));
      });
    // eslint-disable-next-line no-restricted-syntax -- the same
    backend.readSync = (id) => {
      const data = backend.tensorMap.get(id);
      if (data?.values || data?.dtype === 'string' || data?.dtype === 'complex64') return readSync(id);
      throw new Error(
        'dataSync(), arraySync() and print() cannot read from a GPU in Node. ' +
          'Use await tensor.data() or await tensor.array(), or the backend wasm.',
      );
    };
  }

  /** Thrown before anything is done, so that the GPU stays as it was. */
  private checkSize({ shape, resource }: TensorData): void {
    if (resource) return;
    const bytes = shape.reduce((product, length) => product * length, bytesPerNumber);
    const { limits } = this.backend.device;
    const limit =
      limits.maxBufferSize < limits.maxStorageBufferBindingSize
        ? 'maxBufferSize'
        : 'maxStorageBufferBindingSize';
    if (bytes > limits[limit])
      throw new GpuFailure(
        `A tensor of shape [${shape.join(', ')}] takes ${bytes} bytes; this GPU takes ${limits[limit]} bytes in one ` +
          `(its limit ${limit}). A smaller batchSize or layer needs less; the backends wasm and cpu have no such limit.`,
        () => undefined,
      );
  }

  private dispatchFailure(error: unknown, { outputShape }: Program): GpuFailure | undefined {
    if (!(error instanceof Error) || !/dispatch size exceeds WebGPU/i.test(error.message)) return undefined;
    const { maxComputeWorkgroupsPerDimension: most } = this.backend.device.limits;
    return new GpuFailure(
      `A result of shape [${outputShape.join(', ')}] needs more workgroups than this GPU takes ` +
        `(its limit maxComputeWorkgroupsPerDimension is ${most}). A smaller batchSize or layer needs less.`,
      () => undefined,
    );
  }
}

/** The stack of where an op met the error: far enough up to reach the user's own line. */
function locate(failure: GpuFailure): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  Error.captureStackTrace(failure, locate);
  Error.stackTraceLimit = stackTraceLimit;
}

function explain({ constructor, message }: UncapturedError['error']): string {
  const [said = ''] = message.split('\n');
  if (constructor.name === 'GPUOutOfMemoryError')
    return `The GPU has no memory left for this (${said}). A smaller batchSize or model needs less.`;
  return `The GPU refused a computation, so that its result cannot be used: ${said}`;
}
