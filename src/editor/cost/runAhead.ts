import * as vscode from 'vscode';
import { overspendText } from '../../protocol/formatOverspend';
import { Bundler } from '../../trace/bundle';
import { Foresight } from '../../trace/foresight';
import type { RunAhead } from '../../trace/lookAhead';
import { costOfRun } from '../../trace/runCost';
import { cancellableWhenLong, unlessAborted } from '../commands/progress';
import { Disposables } from '../disposables';
import type { CostTracker } from './costTracker';

/** A run that is about to be started from the editor. */
export interface AnnouncedRun {
  /** Whether the user starts it although its budget is expected to be spent before its end. */
  mayStart(): Promise<boolean>;
  /** Puts what it is predicted to take into its folder. */
  keepIn(directory: string): Promise<void>;
}

/** Predicts runs from the files on disk, which are what runs. */
export class RunsAhead extends Disposables {
  private readonly bundler = new Bundler(() => undefined);

  constructor(private readonly tracker: CostTracker) {
    super();
  }

  announce(ahead: RunAhead): AnnouncedRun {
    const foresight = new Foresight(ahead, (run) => costOfRun(this.tracker, this.bundler, run));
    return {
      async mayStart() {
        const overspends = await cancellableWhenLong('Predicting what this run takes', (signal) =>
          unlessAborted(signal, foresight.overspends()),
        );
        if (!overspends) return false;
        const likely = overspends.filter((each) => each.likely);
        if (likely.length === 0) return true;
        const anyway = 'Run Anyway';
        const answer = await vscode.window.showWarningMessage(
          'This run is expected to spend its budget before its end.',
          {
            modal: true,
            detail: likely.map((each) => overspendText(each, ahead.surroundings?.currency)).join('\n'),
          },
          anyway,
        );
        return answer === anyway;
      },
      keepIn: (directory) => foresight.keepIn(directory),
    };
  }

  override dispose(): void {
    void this.bundler.dispose();
    super.dispose();
  }
}
