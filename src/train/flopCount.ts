import type * as tfjs from '@tensorflow/tfjs';
import { totalWork, type PhaseWork } from '../cost/work';
import { KernelCounter, type ExecutedKernels } from './kernelCounter';
import type { Tf } from './tfInstance';

/** What the first step with a signature did. */
export interface NewWork {
  readonly signature: string;
  readonly work: PhaseWork;
}

/** The count where training stands, as events and `run.json` carry it. */
export interface FlopsSoFar {
  readonly training: number;
  readonly evaluation: number;
  /** Of the evaluation since the last step. */
  readonly lastEvaluation: number;
  /** Kernels of a step for which there is no count, by name. */
  readonly uncovered: Readonly<Record<string, number>>;
}

/** The count after a step. */
export interface FlopsReport extends FlopsSoFar {
  /** Works that no step before has done. */
  readonly news: readonly NewWork[];
}

/** A pass that is run again and again: which parts of it are the library's own decides how often it is counted. */
export interface Pass {
  /** Whether equal shapes mean equal work, for all that is known beforehand. */
  readonly steady: boolean;
  readonly known: Map<string, Known>;
}

interface Known {
  readonly flops: number;
  /** Tensors that such a pass makes, its first one apart, in which the optimizer makes its slots. */
  tensors: number | undefined;
  /** The same shapes did different work: from here on every pass is counted. */
  varies: boolean;
}

/** Works that are told of, so that a run in which each step differs does not fill its folder with them. */
const toldWorks = 64;

/**
 * FLOPs of a run, counted from the kernels that it really runs.
 *
 * Where all of a pass is TensorFlow.js's own (layers, losses, metrics, optimizer), its work follows from the shapes of
 * its batch: the first pass with a signature is counted, and later ones add what it did. That costs nothing a step but
 * a comparison of how many tensors were made, which tells when the assumption fails; passes are then counted each.
 * Where a user's own code takes part it may do other work in every step, and so may kernels whose outputs are as large
 * as values decide: there every pass is counted, at a fraction of a microsecond a kernel.
 *
 * Sums are exact up to 2^53.
 */
export class RunFlops {
  private readonly counter: KernelCounter;
  private readonly told = new Set<string>();
  private news: NewWork[] = [];
  private uncovered: Readonly<Record<string, number>> = {};
  private training: number;
  private evaluated: number;
  private lastEvaluation = 0;
  /** Inside a pass: what it calls belongs to it. */
  private busy = false;

  /** @param sums of the attempts before */
  constructor(
    private readonly tf: Tf,
    before: { readonly flops: number; readonly evaluationFlops: number } = { flops: 0, evaluationFlops: 0 },
  ) {
    this.counter = new KernelCounter(tf);
    this.training = before.flops;
    this.evaluated = before.evaluationFlops;
  }

  get soFar(): FlopsSoFar {
    const { training, evaluated, lastEvaluation, uncovered } = this;
    return { training, evaluation: evaluated, lastEvaluation, uncovered };
  }

  /** What is to be said after a step; news is told once. */
  report(): FlopsReport {
    return { ...this.soFar, news: this.news.splice(0) };
  }

  /** Runs work that is no part of the training: nothing in it counts. */
  async uncounted<T>(work: () => Promise<T>): Promise<T> {
    const { busy } = this;
    this.busy = true;
    try {
      return await work();
    } finally {
      this.busy = busy;
    }
  }

  /** Runs one training step: synchronous, as every `minimize` is. Without a `pass` it is counted each time. */
  step<T>(signature: string, run: () => T, pass?: Pass): T {
    if (this.busy) return run();
    const { value, flops, kernels } = this.pass(signature, run, pass);
    this.training += flops;
    this.lastEvaluation = 0;
    if (kernels) this.tell(signature, flops, kernels);
    return value;
  }

  /** Runs one batch of an evaluation, likewise. */
  evaluation<T>(signature: string, run: () => T, pass?: Pass): T {
    if (this.busy) return run();
    const { value, flops } = this.pass(signature, run, pass);
    this.evaluated += flops;
    this.lastEvaluation += flops;
    return value;
  }

  private pass<T>(signature: string, run: () => T, pass: Pass | undefined) {
    this.busy = true;
    try {
      const known = pass?.known.get(signature);
      if (known && !known.varies) return this.again(known, run);
      const { value, kernels } = this.counter.count(run);
      const flops = kernels.flops();
      if (pass && !known) {
        const varies = !pass.steady || kernels.dependOnData();
        pass.known.set(signature, { flops, tensors: undefined, varies });
      }
      return { value, flops, kernels };
    } finally {
      this.busy = false;
    }
  }

  private again<T>(known: Known, run: () => T): { value: T; flops: number; kernels?: undefined } {
    const before = this.tensorsMade();
    const value = run();
    const tensors = this.tensorsMade() - before;
    known.tensors ??= tensors;
    if (known.tensors !== tensors) known.varies = true;
    return { value, flops: known.flops };
  }

  private tensorsMade(): number {
    const { nextTensorId } = this.tf.engine().constructor as unknown as { nextTensorId: number };
    return nextTensorId - this.tf.planTensors.more;
  }

  private tell(signature: string, flops: number, kernels: ExecutedKernels): void {
    const key = `${signature}: ${flops} in ${kernels.count}`;
    if (this.told.has(key) || this.told.size >= toldWorks) return;
    this.told.add(key);
    const work = kernels.work();
    this.uncovered = totalWork(work).uncovered;
    this.news.push({ signature, work });
  }
}

/** Shapes and types of the tensors that a pass is given. */
export function signatureOf(tensors: readonly (tfjs.Tensor | null | undefined)[]): string {
  return tensors.map((tensor) => (tensor ? `${tensor.shape.join('x')} ${tensor.dtype}` : 'none')).join(', ');
}
