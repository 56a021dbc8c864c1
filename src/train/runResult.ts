import { Recent } from '../runs/recent';
import type { RunRecord } from '../runs/record';
import type { FlopsSoFar } from './flopCount';
import type { SparseReport } from './sparseReport';
import { finiteNumbers } from './step';

/** What a run's record says of its training: the last step, the last evaluation, what was counted and what was timed. */
export class RunResult {
  /** Of the recent steps of this attempt, measured. */
  readonly stepSeconds = new Recent();
  private trainingSeconds: number;

  constructor(private readonly record: RunRecord) {
    this.trainingSeconds = record.result?.trainingSeconds ?? 0;
  }

  /** Last step trained, by whichever attempt. */
  get step(): number {
    return this.record.result?.step ?? 0;
  }

  stepped(step: number, epoch: number, loss: number, milliseconds: number, flops: FlopsSoFar): void {
    this.stepSeconds.add(milliseconds / 1000);
    this.trainingSeconds += milliseconds / 1000;
    const { evaluation } = this.record.result ?? {};
    this.record.result = {
      step,
      epoch,
      ...(Number.isFinite(loss) && { loss }),
      ...(evaluation && { evaluation }),
      seconds: 0,
      ...counted(flops),
    };
  }

  evaluated(metrics: Readonly<Record<string, number>>, flops: FlopsSoFar): void {
    if (this.record.result)
      Object.assign(this.record.result, { evaluation: finiteNumbers(metrics), ...counted(flops) });
  }

  /** @param seconds of the attempt */
  ended(seconds: number, sparsity?: SparseReport): void {
    const { result } = this.record;
    if (!result) return;
    const { median } = this.stepSeconds;
    Object.assign(result, {
      seconds,
      ...(median !== undefined && { stepSeconds: median, trainingSeconds: this.trainingSeconds }),
    });
    if (sparsity) result.sparsity = { ...sparsity, weights: [...sparsity.weights] };
  }
}

function counted({ training, evaluation, uncovered }: FlopsSoFar) {
  const some = Object.keys(uncovered).length > 0;
  const uncoveredKernels = { ...uncovered };
  return { flops: training, evaluationFlops: evaluation, ...(some && { uncoveredKernels }) };
}
