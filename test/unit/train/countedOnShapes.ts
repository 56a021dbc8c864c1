import type * as tfjs from '@tensorflow/tfjs';
import path from 'node:path';
import { addKernel, headlineFlops, noPhaseWork, phases, type PhaseWork } from '../../../src/cost/work';
import { registerShapeBackend, shapeBackendName } from '../../../src/trace/shapeBackend';
import { PhaseSensor } from '../../../src/train/phase';
import type { Tf } from '../../../src/train/tfInstance';

/** What steps of a model do, found on shapes alone: no number of it comes from a run. */
export class CountOnShapes {
  private constructor(
    private readonly tf: Tf,
    private readonly model: tfjs.LayersModel,
  ) {}

  /** @param model as an experiment's text has it, and `optimizer` likewise; `tf` is in scope */
  static async of(model: string, optimizer: string): Promise<CountOnShapes> {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, not this test's bundle
    const tf = require(path.resolve(__dirname, '../../../../dist/tf.js')) as Tf;
    registerShapeBackend(tf);
    await tf.setBackend(shapeBackendName);
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the same text as the experiment's
    const made = (text: string) => (new Function('tf', `return ${text};`) as (tf: Tf) => unknown)(tf);
    const built = made(model) as tfjs.LayersModel;
    built.compile({
      optimizer: made(optimizer) as tfjs.Optimizer,
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    return new CountOnShapes(tf, built);
  }

  get parameters(): number {
    return this.model.countParams();
  }

  step(examples: number): Promise<PhaseWork> {
    return this.counted(examples, async (xs, ys) => {
      await this.model.trainOnBatch(xs, ys);
    });
  }

  evaluation(examples: number): Promise<PhaseWork> {
    return this.counted(examples, async (xs, ys) => {
      this.tf.dispose(this.model.evaluate(xs, ys, { batchSize: examples }));
    });
  }

  private async counted(
    examples: number,
    run: (xs: tfjs.Tensor, ys: tfjs.Tensor) => Promise<void>,
  ): Promise<PhaseWork> {
    const { tf, model } = this;
    const shape = (of: tfjs.Shape | undefined) => (of ?? []).map((length) => length ?? examples);
    const work = noPhaseWork();
    const sensor = PhaseSensor.of(tf);
    await tf.setBackend(shapeBackendName);
    const backend = registerShapeBackend(tf);
    const xs = tf.zeros(shape(model.inputs[0]?.shape));
    const ys = tf.zeros(shape(model.outputs[0]?.shape));
    backend.observer = {
      kernel: (kernel) => addKernel(work[sensor.current()], kernel, { alias: kernel.alias }),
      unknownRead: () => undefined,
    };
    try {
      await run(xs, ys);
    } finally {
      backend.observer = undefined;
      tf.dispose([xs, ys]);
    }
    return work;
  }
}

/** The headline of a step: matrix work of all parts, and all that the optimizer does. */
export function flopsOf(work: PhaseWork): number {
  return phases.reduce((sum, phase) => sum + headlineFlops(work, phase, 'mac2'), 0);
}
