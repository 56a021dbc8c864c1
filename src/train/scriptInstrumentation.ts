import type * as tfjs from '@tensorflow/tfjs';
import { countModels } from './countedModel';
import { planModels } from './plannedModel';
import type { FlopsReport, RunFlops } from './flopCount';
import { PhaseSensor } from './phase';
import type { Measures } from './step';
import type { Tf } from './tfInstance';

export interface ScriptObserver {
  /** Before the first training call of a model in this script. */
  beforeTraining(model: tfjs.LayersModel): Promise<void>;
  /** Throws when the run must end here. */
  step(measures: Measures, milliseconds: number, flops: FlopsReport): void;
  evaluation(measures: Measures): void;
  epochEnd(): void;
  stopRequested(): boolean;
  /** Puts what was recorded on disk now; for code that never lets the event loop run. */
  flush(): void;
  stopped(model?: tfjs.LayersModel): Promise<never>;
  failed(error: unknown): Promise<never>;
}

interface Compiled extends tfjs.LayersModel {
  stopTraining: boolean;
}
type Fit = (this: Compiled, ...args: unknown[]) => Promise<tfjs.History>;
type TrainOnBatch = (this: Compiled, x: unknown, y: unknown) => Promise<number | number[]>;
type Minimize = (
  this: tfjs.Optimizer,
  f: () => tfjs.Scalar,
  returnCost?: boolean,
  variables?: tfjs.Variable[],
) => tfjs.Scalar | null;

/** Depth of training calls that are already observed, or meant not to be: only the outermost one reports. */
let depth = 0;

/** Listens in on the training calls of tf.LayersModel and tf.Optimizer in a user's own script. */
export class ScriptInstrumentation {
  private lastYield = performance.now();
  private lastFlush = performance.now();

  constructor(
    private readonly tf: Tf,
    private readonly observer: ScriptObserver,
    private readonly flops: RunFlops,
  ) {}

  /** Runs `work` without any telemetry. */
  static async untouched<T>(work: () => Promise<T>): Promise<T> {
    depth++;
    try {
      return await work();
    } finally {
      depth--;
    }
  }

  install(): void {
    const model = this.tf.LayersModel.prototype as unknown as {
      fit: Fit;
      fitDataset: Fit;
      trainOnBatch: TrainOnBatch;
    };
    model.fit = this.observedFit(model.fit, 2);
    model.fitDataset = this.observedFit(model.fitDataset, 1);
    model.trainOnBatch = this.observedTrainOnBatch(model.trainOnBatch);
    const optimizer = this.tf.Optimizer.prototype as unknown as { minimize: Minimize };
    optimizer.minimize = this.observedMinimize(optimizer.minimize);
    planModels(this.tf);
    countModels(this.tf, this.flops);
  }

  /** `fit(x, y, args)` and `fitDataset(dataset, args)`, which differ in where their arguments are. */
  private observedFit(original: Fit, argsIndex: number): Fit {
    const instrumentation = this;
    return async function (this: Compiled, ...given) {
      if (depth > 0) return original.apply(this, given);
      await instrumentation.orEnd(() => instrumentation.observer.beforeTraining(this));
      const args = (given[argsIndex] ?? {}) as tfjs.ModelFitArgs;
      const rest = given.slice(0, argsIndex);
      while (rest.length < argsIndex) rest.push(undefined);
      const callbacks = [...instrumentation.userCallbacks(args), instrumentation.telemetry(this)];
      const history = await ScriptInstrumentation.untouched(() =>
        original.call(this, ...rest, { ...args, callbacks }),
      );
      if (instrumentation.observer.stopRequested()) return instrumentation.observer.stopped(this);
      return history;
    };
  }

  private userCallbacks(args: tfjs.ModelFitArgs): unknown[] {
    const given: unknown[] = args.callbacks === undefined ? [{}] : [args.callbacks].flat();
    return given.map((callback) =>
      callback instanceof this.tf.Callback || callback instanceof this.tf.CustomCallback
        ? callback
        : new this.tf.CustomCallback(callback as tfjs.CustomCallbackArgs, args.yieldEvery ?? 'auto'),
    );
  }

  private telemetry(model: Compiled): unknown {
    let began = 0;
    const { observer } = this;
    return new this.tf.CustomCallback(
      {
        onBatchBegin: () => {
          began = performance.now();
        },
        onBatchEnd: async (_batch, logs) => {
          const { loss = NaN, batch: _, size: __, ...metrics } = (logs ?? {}) as Record<string, number>;
          await this.orEnd(() =>
            observer.step({ loss, metrics }, performance.now() - began, this.flops.report()),
          );
          await this.yield();
          if (observer.stopRequested()) model.stopTraining = true;
        },
        onEpochEnd: (_epoch, logs) => {
          const validation = Object.entries((logs ?? {}) as Record<string, number>)
            .filter(([name]) => name.startsWith('val_'))
            .map(([name, value]) => [name.slice('val_'.length), value] as const);
          const { loss, ...metrics } = Object.fromEntries(validation);
          if (loss !== undefined) observer.evaluation({ loss, metrics });
          observer.epochEnd();
        },
      },
      'never',
    );
  }

  private observedTrainOnBatch(original: TrainOnBatch): TrainOnBatch {
    const instrumentation = this;
    const { observer } = this;
    return async function (this: Compiled, x, y) {
      if (depth > 0) return original.call(this, x, y);
      await instrumentation.orEnd(() => observer.beforeTraining(this));
      const began = performance.now();
      const values = await ScriptInstrumentation.untouched(() => original.call(this, x, y));
      const [loss = NaN, ...others] = [values].flat();
      const names = this.metricsNames.slice(1);
      const metrics = Object.fromEntries(others.map((value, i) => [names[i] ?? `metric${i + 1}`, value]));
      await instrumentation.orEnd(() =>
        observer.step({ loss, metrics }, performance.now() - began, instrumentation.flops.report()),
      );
      await instrumentation.yield();
      if (observer.stopRequested()) return observer.stopped(this);
      return values;
    };
  }

  /**
   * A custom loop: the cost is read back, which costs a synchronisation the script did not ask for. Nothing is known
   * of what it trains on, so that every step is counted.
   */
  private observedMinimize(original: Minimize): Minimize {
    const instrumentation = this;
    return function (this: tfjs.Optimizer, f, returnCost, variables) {
      if (depth > 0) return original.call(this, f, returnCost, variables);
      const began = performance.now();
      PhaseSensor.of(instrumentation.tf).watch(this);
      const minimize = () => original.call(this, f, true, variables);
      const cost = instrumentation.flops.step('minimize', minimize);
      if (cost) instrumentation.reportCost(cost, began);
      if (returnCost) return cost;
      cost?.dispose();
      return null;
    };
  }

  private reportCost(cost: tfjs.Scalar, began: number): void {
    if (this.tf.getBackend() === 'webgpu') {
      const copy = this.tf.keep(cost.clone());
      const milliseconds = performance.now() - began;
      const flops = this.flops.report();
      void copy.data().then(async ([loss = NaN]) => {
        copy.dispose();
        await this.orEnd(() => this.observer.step({ loss, metrics: {} }, milliseconds, flops));
      });
      return;
    }
    // eslint-disable-next-line no-restricted-syntax -- not on WebGPU; a loop that never waits is told of at all only so
    const [loss = NaN] = cost.dataSync();
    this.observer.step({ loss, metrics: {} }, performance.now() - began, this.flops.report());
    if (performance.now() - this.lastFlush > 500) {
      this.observer.flush();
      this.lastFlush = performance.now();
    }
    if (this.observer.stopRequested()) void this.observer.stopped();
  }

  private async orEnd(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.observer.failed(error);
    }
  }

  /** Lets timers, signals and disk writes have their turn; loops over `trainOnBatch` never do by themselves. */
  private async yield(): Promise<void> {
    if (performance.now() - this.lastYield < 20) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.lastYield = performance.now();
  }
}
