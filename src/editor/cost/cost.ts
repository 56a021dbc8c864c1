import type * as vscode from 'vscode';
import { Disposables } from '../disposables';
import { LiveDensity } from '../liveDensity';
import type { RunRegistry } from '../runRegistry';
import { BudgetProblems } from './budgetProblems';
import { CostDocument } from './costDocument';
import { CostHints } from './costHints';
import { CostLenses } from './costLenses';
import { CostPanels } from './costPanels';
import { CostProblems } from './costProblems';
import { CostTracker } from './costTracker';
import { RunsAhead } from './runAhead';
import { Timings } from './timings';

/** Everything that shows what models cost while they are written. Runs their code: for trusted workspaces only. */
export class Cost extends Disposables {
  readonly document: CostDocument;
  readonly panels: CostPanels;
  readonly runs: RunsAhead;
  private readonly tracker: CostTracker;
  private readonly timings: Timings;

  constructor(log: vscode.LogOutputChannel, registry: RunRegistry, extensionUri: vscode.Uri) {
    super();
    const densities = this.register(new LiveDensity(registry));
    this.timings = this.register(new Timings(registry));
    this.tracker = this.register(new CostTracker(log));
    this.register(new CostLenses(this.tracker, densities, this.timings));
    this.register(new CostHints(this.tracker, densities, this.timings));
    this.register(new CostProblems(this.tracker));
    this.register(new BudgetProblems(this.tracker, this.timings));
    this.runs = this.register(new RunsAhead(this.tracker));
    this.document = this.register(new CostDocument(this.tracker));
    this.panels = this.register(new CostPanels(this.tracker, this.document, this.timings, extensionUri));
  }

  /** The device was calibrated anew. */
  recalibrated(): Promise<void> {
    return this.timings.refresh();
  }

  /** Resolves once the costs shown are those of the texts as they are. */
  settled(): Promise<void> {
    return this.tracker.settled();
  }
}
