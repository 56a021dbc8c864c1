import * as vscode from 'vscode';
import { surroundingsOf } from '../../cost/surroundings';
import { overspendText } from '../../protocol/formatOverspend';
import { foreseenOverspends } from '../../train/foresee';
import { Disposables } from '../disposables';
import { budgetSetting, powerSettings, surroundingsSettings } from '../settings';
import type { CostTracker } from './costTracker';
import type { Timings } from './timings';
import type { ShownModel } from './traceBook';

interface BudgetProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly likely: boolean;
}

/** Budgets that trainings are expected to spend before their end, as diagnostics at the field, or at the experiment. */
export class BudgetProblems extends Disposables {
  private readonly collection = this.register(
    vscode.languages.createDiagnosticCollection('compute-lens-budget'),
  );
  private shown = '';

  constructor(
    private readonly tracker: CostTracker,
    private readonly timings: Timings,
  ) {
    super();
    this.register(tracker.onDidChange(() => this.show()));
    this.register(tracker.onDidConfigure(() => this.show()));
    this.register(timings.onDidChange(() => this.show()));
  }

  private show(): void {
    const problems = this.tracker.book.models().flatMap((shown) => this.problemsOf(shown));
    const now = JSON.stringify(problems);
    if (now === this.shown) return;
    this.shown = now;
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const problem of problems)
      byFile.set(problem.file, [...(byFile.get(problem.file) ?? []), diagnosticOf(problem)]);
    this.collection.clear();
    for (const [file, diagnostics] of byFile) this.collection.set(vscode.Uri.file(file), diagnostics);
  }

  private problemsOf({ model, entry, stale }: ShownModel): BudgetProblem[] {
    const place = model.plan?.budgetAt ?? model.place;
    if (!model.plan || !place || stale !== undefined) return [];
    try {
      const surroundings = surroundingsOf(surroundingsSettings());
      const given = budgetSetting(vscode.Uri.file(entry));
      const { file, line, column } = place;
      return foreseenOverspends(model, given, this.timings.knownDevice, surroundings, powerSettings()).map(
        (overspend) => {
          const message = overspendText(overspend, surroundings.prices.currency);
          return { file, line, column, message, likely: overspend.likely };
        },
      );
    } catch {
      // A setting makes no sense: who starts a run is told.
      return [];
    }
  }
}

function diagnosticOf({ file, line, column, message, likely }: BudgetProblem): vscode.Diagnostic {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === file);
  const at = Math.max(0, Math.min(line, document?.lineCount ?? line) - 1);
  const end = document?.lineAt(at).text.trimEnd().length ?? column;
  const { Warning, Information } = vscode.DiagnosticSeverity;
  const range = new vscode.Range(at, Math.min(column - 1, end), at, end);
  const diagnostic = new vscode.Diagnostic(range, message, likely ? Warning : Information);
  diagnostic.source = 'Compute Lens';
  return diagnostic;
}
