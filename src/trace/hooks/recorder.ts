import type * as tfjs from '@tensorflow/tfjs';
import { bytesOf, type ShapedTensor } from '../../cost/kernel';
import type { Phase } from '../../cost/work';
import { PhaseSensor } from '../../train/phase';
import type { Tf } from '../../train/tfInstance';
import type { Attributed, Attribution, Layer } from './attribution';
import { Lives } from './lives';
import type { ShapeBackend, TracedKernel } from '../shapeBackend';
import type { Place } from '../sourceLines';

/** A kernel, with its part of the step and on whose behalf it was run. */
export interface RecordedKernel extends TracedKernel, Attributed {
  readonly phase: Phase;
  /** For kernels of an optimizer: the weight that they update. */
  variable?: tfjs.Variable;
}

/** What a layer gave in the forward pass. */
export interface Activation {
  readonly layer: Layer;
  readonly outputs: readonly ShapedTensor[];
}

/** All that happened from {@link Recorder.start} to {@link Recorder.stop}. */
export interface Recording {
  readonly kernels: readonly RecordedKernel[];
  readonly activations: readonly Activation[];
  /** Bytes held after each allocation, less what the optimizer made for itself until then. */
  readonly heldBytes: Float64Array;
  /** For each of them the stretch of the step that it belongs to: kernels in a row of one phase and one layer. */
  readonly heldStretches: Int32Array;
  /** Bytes that an optimizer makes in its first step and keeps. */
  readonly optimizerBytes: number;
  /** Storage whose values somebody looked at. */
  readonly readIds: ReadonlySet<tfjs.DataId>;
  /** Storage of what the optimizer made for itself. */
  readonly setup: ReadonlySet<tfjs.DataId>;
  /** The allocation that each of `heldBytes` is of; and all of them, where they are followed. */
  readonly heldAt: readonly number[];
  readonly lives: Lives | undefined;
}

interface Engine {
  makeVariable(initial: tfjs.Tensor, ...rest: unknown[]): tfjs.Variable;
}
interface Assignable {
  assign(this: tfjs.Variable, value: tfjs.Tensor): void;
}

/** More kernels than this are no training step but a loop that does not end. */
const mostKernels = 1_000_000;

/** Writes down what runs on the backend of shapes. One per process: it stays in TensorFlow.js. */
export class Recorder {
  /** Called after each kernel, to end what takes too long; its error passes through the user's code. */
  checkpoint: (() => void) | undefined;
  /** Grows as long as anything is computed. */
  kernelsSeen = 0;
  /** First line of each kernel since {@link reset}. */
  readonly firstPlaces = new Map<string, Place | undefined>();
  /** Lines since then from which on the cost depends on values, which a trace does not have. */
  readonly dependsOnData = new Set<Place>();
  private readonly sensor: PhaseSensor;
  /** Whether to write down what is freed, too. */
  followsLives = false;
  /** What runs is a forward pass, though no gradient is taken of it. */
  inference = false;
  private recording: ReturnType<typeof empty> | undefined;
  private armed = false;

  constructor(
    tf: Tf,
    private readonly backend: ShapeBackend,
    readonly attribution: Attribution,
  ) {
    this.sensor = PhaseSensor.of(tf);
    this.watchVariables(tf);
    attribution.applied = (layer, outputs) => this.activation(layer, outputs);
    backend.observer = {
      kernel: (kernel) => this.kernel(kernel),
      unknownRead: () => this.guess(),
      read: (id) => this.recording?.readIds.add(id),
      freed: (id, bytes) => this.recording?.lives?.freed(id, bytes),
      allocated: (id, liveBytes, bytes) => {
        const { recording } = this;
        if (!recording) return;
        recording.heldIds.push(id);
        recording.lives?.allocated(id, bytes);
        recording.held.push(liveBytes - recording.optimizerBytes);
      },
    };
  }

  /** @param armed leave out what comes before the first gradient, which is not of the step */
  start(armed = false): void {
    this.recording = empty(this.followsLives);
    this.armed = armed;
  }

  get phase(): Phase {
    const phase = this.sensor.current();
    return phase === 'data' && this.inference ? 'forward' : phase;
  }

  reset(): void {
    this.firstPlaces.clear();
    this.dependsOnData.clear();
    this.recording = undefined;
  }

  /** What to do when an optimizer has updated its weights. */
  onUpdate(updated: (() => void) | undefined): void {
    this.sensor.updated = updated;
  }

  stop(): Recording {
    const recording = this.recording ?? empty(false);
    this.recording = undefined;
    const { held, stretches } = recording;
    const kept = held.flatMap((bytes, i) => (Number.isNaN(bytes) ? [] : i));
    return {
      ...recording,
      heldStretches: Int32Array.from(kept, (i) => stretches[i] ?? recording.stretch),
      kernels: recording.kernels.filter(({ outputIds }) => !outputIds.some((id) => recording.setup.has(id))),
      heldBytes: Float64Array.from(kept, (i) => held[i] ?? 0),
      heldAt: kept,
    };
  }

  private kernel(kernel: TracedKernel): void {
    this.kernelsSeen++;
    this.checkpoint?.();
    if (!this.recording) return;
    const { phase } = this;
    if (this.armed && phase === 'forward') this.begin(this.recording);
    const recording = this.recording;
    const whose = phase === 'optimizer' ? nobody : this.attribution.current();
    // Made for this observer alone: it becomes the record, since copies of 100,000 of them take their time.
    const recorded = kernel as { -readonly [K in keyof RecordedKernel]: RecordedKernel[K] };
    recorded.phase = phase;
    recorded.scope = whose.scope;
    recorded.places = whose.places;
    const before = recording.kernels.at(-1);
    if (before?.phase !== phase || before.scope !== whose.scope) recording.stretch++;
    while (recording.stretches.length < recording.held.length) recording.stretches.push(recording.stretch);
    recording.kernels.push(recorded);
    recording.lives?.kernel(recorded);
    const [place] = whose.places;
    if (!this.firstPlaces.has(kernel.kernel)) this.firstPlaces.set(kernel.kernel, place);
    if (kernel.dependsOnData && place) this.dependsOnData.add(place);
    if (recording.kernels.length > mostKernels)
      throw new Error(
        `This ran ${mostKernels.toLocaleString('en')} kernels without reaching the end of a training step.`,
      );
  }

  /** The first gradient begins: its first tensor is there already. */
  private begin({ held, heldIds, lives }: ReturnType<typeof empty>): void {
    this.start();
    this.recording?.held.push(...held.slice(-1));
    this.recording?.heldIds.push(...heldIds.slice(-1));
    for (const { id, bytes } of lives?.all.slice(-1) ?? []) this.recording?.lives?.allocated(id, bytes);
  }

  private guess(): void {
    const [place] = this.attribution.current().places;
    if (this.recording && place) this.dependsOnData.add(place);
  }

  private activation(layer: Layer, outputs: unknown): void {
    if (!this.recording) return;
    const tensors = [outputs].flat().filter((each): each is tfjs.Tensor => isTensor(each));
    if (tensors.length > 0)
      this.recording.activations.push({
        layer,
        outputs: tensors.map(({ shape, dtype }) => ({ shape: [...shape], dtype })),
      });
  }

  private watchVariables(tf: Tf): void {
    const recorder = this;
    const engine = tf.engine() as unknown as Engine;
    const makeVariable = engine.makeVariable.bind(engine);
    engine.makeVariable = (initial, ...rest) => {
      if (recorder.recording && recorder.phase === 'optimizer') recorder.setUp(initial);
      return makeVariable(initial, ...rest);
    };
    const prototype = tf.Variable.prototype as unknown as Assignable;
    const { assign } = prototype;
    prototype.assign = function (value) {
      recorder.updated(this);
      const { dataId } = this;
      assign.call(this, value);
      recorder.recording?.lives?.assigned.add(this.dataId);
      recorder.replaced(dataId);
    };
  }

  /** A slot that the optimizer makes once is no part of a step, but of what is held throughout. */
  private setUp({ dataId, shape, dtype }: tfjs.Tensor): void {
    const { recording } = this;
    if (!recording) return;
    const at = recording.heldIds.lastIndexOf(dataId);
    if (at < 0) return;
    recording.held[at] = NaN;
    recording.setup.add(dataId);
    recording.optimizerBytes += bytesOf({ shape, dtype });
  }

  /**
   * A slot's first values are out of date. Where what filled them is tidied up only at the end of the update, they are
   * still there: in this first step, and in no other.
   */
  private replaced(dataId: tfjs.DataId): void {
    if (this.recording?.setup.has(dataId)) this.backend.discount(dataId);
  }

  /** An update ends by assigning to the weight: what came since the last one, of its shape, was done for it. */
  private updated(variable: tfjs.Variable): void {
    const { recording } = this;
    if (!recording || this.phase !== 'optimizer' || !variable.trainable) return;
    const { kernels } = recording;
    for (let i = kernels.length - 1; i >= 0; i--) {
      const kernel = kernels[i] as RecordedKernel;
      if (kernel.phase !== 'optimizer' || kernel.variable) break;
      if (kernel.outputs[0]?.shape.join() === variable.shape.join()) kernel.variable = variable;
    }
  }
}

const nobody: Attributed = { scope: undefined, places: [] };

function empty(followsLives: boolean) {
  return {
    lives: followsLives ? new Lives() : undefined,
    kernels: [] as RecordedKernel[],
    activations: [] as Activation[],
    held: [] as number[],
    stretches: [] as number[],
    stretch: 0,
    /** Whose each of `held` is. */
    heldIds: [] as tfjs.DataId[],
    optimizerBytes: 0,
    setup: new Set<tfjs.DataId>(),
    readIds: new Set<tfjs.DataId>(),
  };
}

function isTensor(value: unknown): value is tfjs.Tensor {
  return typeof value === 'object' && value !== null && 'dataId' in value && 'shape' in value;
}
