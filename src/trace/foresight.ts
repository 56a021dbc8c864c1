import { writePrediction } from '../runs/prediction';
import { lookAhead, mayHaveBudget, type Foreseen, type RunAhead } from './lookAhead';
import type { AskedRun } from './runCost';
import type { TracedModel } from './request';

/** Predicts a run while it is started. */
export class Foresight {
  private readonly foreseen: Promise<Foreseen>;

  /** @param costOf traces the run's experiment; undefined where that cannot be */
  constructor(
    private readonly ahead: RunAhead,
    costOf: (run: AskedRun) => Promise<TracedModel | undefined>,
  ) {
    this.foreseen = lookAhead(ahead, costOf).catch(() => ({ prediction: undefined, overspends: [] }));
  }

  /** Waits only where the run may have a budget. */
  async overspends(): Promise<Foreseen['overspends']> {
    return (await mayHaveBudget(this.ahead)) ? (await this.foreseen).overspends : [];
  }

  /** Puts the prediction into the run's folder once it is there; a run goes on without. */
  async keepIn(directory: string): Promise<void> {
    const { prediction } = await this.foreseen;
    if (prediction) await writePrediction(directory, prediction).catch(() => undefined);
  }
}
