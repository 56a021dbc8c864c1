import type * as tfjs from '@tensorflow/tfjs';
import { withEmptyInitializers } from '../../../src/trace/emptyInitializers';
import type { RecordedKernel, Recording } from '../../../src/trace/hooks/recorder';
import { traceModelStep, type StepOptions } from '../../../src/trace/modelStep';
import { TraceSession } from '../../../src/trace/session';
import { shapeBackendName, type TraceObserver } from '../../../src/trace/shapeBackend';
import type { Tf } from '../../../src/train/tfInstance';
import { loadTensorflow } from './tensorflow';

/** A step as a trace gives it, and what was recorded of it. */
export type TracedStep = Awaited<ReturnType<typeof traceModelStep>> & { readonly recording: Recording };

export interface Compile {
  readonly optimizer?: string | tfjs.Optimizer;
  readonly loss?: string | string[];
  readonly metrics?: string[];
}

/** TensorFlow.js is one for all bundles of tests, each of which has classes of its own. */
type SharedTf = Tf & { testSession?: Promise<TestSession> };

/** One session for all tests of a process, since what it puts into TensorFlow.js stays there. */
export class TestSession {
  private readonly observer: TraceObserver | undefined;

  private constructor(readonly session: TraceSession) {
    this.observer = session.backend.observer;
  }

  /** Makes shapes the backend, as other tests may have chosen another one, or watched it themselves. */
  static async start(): Promise<TestSession> {
    const tf: SharedTf = loadTensorflow();
    const made = (tf.testSession ??= TraceSession.start(tf, { alone: false }).then(
      (session) => new TestSession(session),
    ));
    const shared = await made;
    shared.session.backend.observer = shared.observer;
    await tf.setBackend(shapeBackendName);
    return shared;
  }

  get tf(): Tf {
    return this.session.tf;
  }

  /** Leaves TensorFlow.js as other tests expect it. */
  async end(): Promise<void> {
    await this.tf.setBackend('cpu');
  }

  /** Builds a model whose weights nobody draws. */
  build(make: (tf: Tf) => tfjs.LayersModel, compile?: Compile): tfjs.LayersModel {
    return withEmptyInitializers(this.tf, () => {
      const model = make(this.tf);
      for (const weight of model.weights) weight.read();
      if (compile) model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', ...compile });
      return model;
    });
  }

  /** The kernels that `work` runs. */
  kernelsOf(work: () => unknown): readonly RecordedKernel[] {
    const { recorder } = this.session;
    let recorded: Recording;
    recorder.start();
    try {
      this.tf.tidy(() => void work());
    } finally {
      recorded = recorder.stop();
    }
    return recorded.kernels;
  }

  /** One training step of a model that has been compiled. */
  async step(model: tfjs.LayersModel, options: StepOptions = { batch: 1 }): Promise<TracedStep> {
    const { recorder } = this.session;
    let recording: Recording | undefined;
    const stop = recorder.stop.bind(recorder);
    recorder.stop = () => (recording = stop());
    try {
      const step = await traceModelStep(this.session, model, options);
      if (!recording) throw new Error('nothing was recorded');
      return { ...step, recording };
    } finally {
      recorder.stop = stop;
    }
  }

  /** Builds, compiles and traces, and throws the model away. */
  async stepOf(
    make: (tf: Tf) => tfjs.LayersModel,
    compile: Compile = {},
    options: StepOptions = { batch: 1 },
  ): Promise<TracedStep> {
    const model = this.build(make, compile);
    try {
      return await this.step(model, options);
    } finally {
      model.dispose();
    }
  }
}
