import { knownPower } from '../energy';
import { Bundler } from '../trace/bundle';
import { Foresight } from '../trace/foresight';
import { costOfRun } from '../trace/runCost';
import { TracerClient } from '../trace/tracerClient';
import type { LaunchRequest } from '../train/launch';
import { startsAnyway, type QuestionOptions } from './budgetQuestion';

/** Predicts a run of an experiment in a process beside it, which is let go when the run is over. */
export class AheadOfRun {
  private readonly bundler = new Bundler(() => undefined);
  private readonly tracer = new TracerClient({ limitMilliseconds: 60_000 });
  private readonly foresight: Foresight | undefined;

  constructor(request: LaunchRequest) {
    if (request.kind === 'experiment')
      this.foresight = new Foresight({ ...request, power: knownPower() }, (run) =>
        costOfRun(this.tracer, this.bundler, run),
      );
  }

  /** False where the user would rather not spend the run's budget. */
  async mayStart(options: QuestionOptions): Promise<boolean> {
    return startsAnyway((await this.foresight?.overspends()) ?? [], options);
  }

  /** Puts the prediction into the run's folder, some time. */
  keepIn(directory: string): void {
    void this.foresight?.keepIn(directory);
  }

  dispose(): void {
    this.tracer.dispose();
    void this.bundler.dispose();
  }
}
