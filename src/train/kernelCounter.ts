import type * as tfjs from '@tensorflow/tfjs';
import { dataDependentKernels } from '../cost/dataDependent';
import { elementwiseFlops } from '../cost/elementwise';
import type { CostedKernel } from '../cost/kernel';
import { matrixMacs } from '../cost/matrixMacs';
import { addKernel, noPhaseWork, type Phase, type PhaseWork } from '../cost/work';
import { PhaseSensor } from './phase';
import type { Tf } from './tfInstance';

type Inputs = Record<string, tfjs.Tensor | null | undefined>;
type Attrs = Record<string, unknown>;
type RunKernel = (name: string, inputs: Inputs, attrs?: Attrs) => tfjs.Tensor | tfjs.Tensor[];
type Observer = NonNullable<Parameters<Tf['unfused']>[1]>;
type SaveTensors = (tensors: tfjs.Tensor[]) => tfjs.Tensor[];

/** The two methods of the engine that are replaced while kernels are counted. */
interface CountedEngine {
  runKernel: RunKernel;
  saveTensorsForBackwardMode: SaveTensors;
}

/** Counts the kernels that the engine really runs, by their shapes. While it does not count, it costs nothing. */
export class KernelCounter {
  private readonly engine: CountedEngine;
  private readonly sensor: PhaseSensor;
  /** What updates stand for that are done as one kernel: learned once for each set of variables. */
  private readonly updates = new WeakMap<object, Map<string, readonly ExecutedKernel[]>>();

  constructor(private readonly tf: Tf) {
    this.engine = tf.engine() as unknown as CountedEngine;
    this.sensor = PhaseSensor.of(tf);
  }

  /** Runs `work`, which must be synchronous: kernels of others that run meanwhile would be counted with it. */
  count<T>(work: () => T): { value: T; kernels: ExecutedKernels } {
    const { engine, sensor } = this;
    const { runKernel, saveTensorsForBackwardMode } = engine;
    const kernels: ExecutedKernel[] = [];
    // Kernels of tfjs-node are in part written with other kernels, of which only the outermost counts.
    let depth = 0;
    engine.runKernel = (name, inputs, attrs) => {
      depth++;
      let made: tfjs.Tensor | tfjs.Tensor[];
      try {
        made = runKernel.call(engine, name, inputs, attrs);
      } finally {
        depth--;
      }
      if (depth === 0) kernels.push(new ExecutedKernel(name, inputs, made, attrs, sensor.current()));
      return made;
    };
    // The copies kept for the backward pass are made inside the kernel they belong to, and are kernels of their own.
    engine.saveTensorsForBackwardMode = (tensors) => {
      const outer = depth;
      if (outer === 1) depth = 0;
      try {
        return saveTensorsForBackwardMode.call(engine, tensors);
      } finally {
        depth = outer;
      }
    };
    const unseen = <R>(run: () => R): R => {
      depth++;
      try {
        return run();
      } finally {
        depth--;
      }
    };
    try {
      const value = this.tf.unfused(work, { ...this.updatesIn(kernels), unseen });
      return { value, kernels: new ExecutedKernels(kernels) };
    } finally {
      // Assigned, not deleted: deleting would make every later look at the engine slower.
      Object.assign(engine, { runKernel, saveTensorsForBackwardMode });
    }
  }

  private updatesIn(kernels: ExecutedKernel[]): Pick<Observer, 'knows' | 'learns'> {
    return {
      knows: (optimizer, variables) => {
        const known = this.updates.get(optimizer)?.get(variables);
        if (known) kernels.push(...known);
        return known !== undefined;
      },
      learns: (optimizer, variables, run) => {
        const first = kernels.length;
        run();
        const known = this.updates.get(optimizer) ?? new Map<string, readonly ExecutedKernel[]>();
        this.updates.set(optimizer, known.set(variables, kernels.slice(first)));
      },
    };
  }
}

/** Kernels in the order they were run. */
export class ExecutedKernels {
  constructor(private readonly kernels: readonly ExecutedKernel[]) {}

  get count(): number {
    return this.kernels.length;
  }

  /** Whether there are some whose outputs are as large as values decide. */
  dependOnData(): boolean {
    return this.kernels.some(({ kernel }) => dataDependentKernels.has(kernel));
  }

  /** Two for each multiply-accumulate, and all that the optimizer does: the headlines of `work()`, at a fifth of the time. */
  flops(): number {
    let flops = 0;
    for (const kernel of this.kernels) {
      flops += 2 * (matrixMacs(kernel) ?? 0);
      if (kernel.phase === 'optimizer') flops += elementwiseFlops(kernel) ?? 0;
    }
    return flops;
  }

  work(): PhaseWork {
    const work = noPhaseWork();
    for (const kernel of this.kernels) addKernel(work[kernel.phase], kernel, { alias: kernel.alias });
    return work;
  }
}

/** Noted while it runs, looked into only where its numbers are asked for. */
class ExecutedKernel implements CostedKernel {
  constructor(
    readonly kernel: string,
    private readonly given: Inputs,
    private readonly made: tfjs.Tensor | tfjs.Tensor[],
    private readonly options: Attrs | undefined,
    readonly phase: Phase,
  ) {}

  /** Fused kernels without a bias are given none, and some kernels are given other things than tensors. */
  get inputs(): readonly tfjs.Tensor[] {
    return Object.values(this.given).filter((value) => value != null && 'dataId' in value);
  }

  get outputs(): readonly tfjs.Tensor[] {
    return Array.isArray(this.made) ? this.made : [this.made];
  }

  get attrs(): Attrs {
    return this.options ?? {};
  }

  /** Whether it is but another name for its input, and nothing moves. */
  get alias(): boolean {
    if (this.kernel === 'Cast') return this.inputs[0]?.dtype === this.outputs[0]?.dtype;
    return ['Identity', 'Reshape', 'ExpandDims'].includes(this.kernel);
  }
}
