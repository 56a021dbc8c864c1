import type * as tfjs from '@tensorflow/tfjs';
import { loadTf, type Tf } from '../train/tfInstance';
import { registerFileHandlers } from '../train/fileHandlers';
import { SeededRandomness } from '../train/randomness';
import { CallSites } from './callSites';
import { emptyInitializers } from './emptyInitializers';
import { Attribution } from './hooks/attribution';
import { Recorder } from './hooks/recorder';
import { IdTable } from './idTable';
import { registerShapeBackend, shapeBackendName, type ShapeBackend } from './shapeBackend';
import type { SourceLines } from './sourceLines';

/** TensorFlow.js in a process that traces: on the backend of shapes, watched, and as good as new for each trace. */
export class TraceSession {
  readonly callSites = new CallSites();
  readonly attribution: Attribution;
  readonly recorder: Recorder;
  readonly randomness = new SeededRandomness(0);
  /** Told of what the traced code asked for and a trace leaves out. */
  leftOut: (what: string) => void = () => undefined;
  /** Told of what the traced code threw where nobody catches it. */
  stray: (error: unknown) => void = () => undefined;
  /** The last number of each kind of name before this trace: the names of layers count through. */
  private readonly layersBefore = new Map<string, number>();

  private constructor(
    readonly tf: Tf,
    readonly backend: ShapeBackend,
  ) {
    this.attribution = new Attribution(tf, this.callSites);
    this.recorder = new Recorder(tf, backend, this.attribution);
  }

  /**
   * @param tf the TensorFlow.js to trace with
   * @param alone nobody but traced code uses it in this process: its other backends, its initial weights, its files and
   *   the process's random numbers are replaced
   */
  static async start(tf: Tf = loadTf(), { alone = true } = {}): Promise<TraceSession> {
    const backend = registerShapeBackend(tf);
    await tf.setBackend(shapeBackendName);
    const session = new TraceSession(tf, backend);
    if (!alone) return session;
    emptyInitializers(tf);
    registerFileHandlers(tf);
    session.randomness.install(tf);
    stayOnShapes(tf);
    // Of what was made before, nothing is left that matters.
    (tf.engine() as unknown as { state: { tensorInfo: unknown } }).state.tensorInfo = new IdTable();
    return session;
  }

  /** Forgets the last trace. */
  reset(lines: SourceLines | undefined): void {
    this.countLayers();
    this.attribution.reset();
    this.recorder.reset();
    this.callSites.reset(lines);
    const engine = this.tf.engine() as unknown as {
      state: { scopeStack: unknown[]; activeScope: unknown; gradientDepth: number; kernelDepth: number };
      disposeVariables(): void;
    };
    // An error may have left scopes open.
    engine.state.scopeStack.length = 0;
    engine.state.activeScope = null;
    engine.state.gradientDepth = 0;
    engine.state.kernelDepth = 0;
    engine.disposeVariables();
    this.backend.forget();
    this.randomness.restart('module');
  }

  /** A layer's name as it is in a process of its own: the n-th dense layer of the file is the n-th. */
  nameOf(layer: tfjs.layers.Layer): string {
    // A saved model has its names with it.
    const numbered = this.callSites.lines && numberOf(layer);
    const before = numbered ? this.numberBefore(numbered) : 0;
    return numbered && numbered.number > before
      ? numbered.prefix + String(numbered.number - before)
      : layer.name;
  }

  /** TensorFlow.js counts from trace to trace; a name that code or a saved model gives is no count. */
  private countLayers(): void {
    if (!this.callSites.lines) return;
    const made = new Set(this.attribution.created.map(({ name }) => name));
    for (const { prefix } of this.attribution.created.flatMap((layer) => numberOf(layer) ?? [])) {
      let last = this.numberBefore({ prefix });
      while (made.has(`${prefix}${last + 1}`)) last++;
      this.layersBefore.set(prefix, last);
    }
  }

  private numberBefore({ prefix }: { prefix: string }): number {
    return this.layersBefore.get(prefix) ?? 0;
  }
}

/** The parts of a name that TensorFlow.js made: "dense_Dense3", "sequential_3", "model3" are each the third. */
function numberOf(layer: tfjs.layers.Layer): { prefix: string; number: number } | undefined {
  const className = layer.getClassName();
  const match = /^(.*?)(\d+)$/.exec(layer.name);
  const prefix = match?.[1] ?? '';
  const made = prefix.endsWith(`_${className}`) || /^(sequential_|model)$/.test(prefix);
  return match && made ? { prefix, number: Number(match[2]) } : undefined;
}

/** Whatever backend a script asks for, it is traced on shapes. */
function stayOnShapes(tf: Tf): void {
  const engine = tf.engine();
  const setBackend = engine.setBackend.bind(engine);
  engine.setBackend = () => setBackend(shapeBackendName);
}
