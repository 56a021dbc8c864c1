import * as vscode from 'vscode';
import type { TraceRemark } from '../../trace/request';
import { Disposables } from '../disposables';
import type { CostTracker } from './costTracker';

const severities: Readonly<Record<TraceRemark['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

/** What tracing found wrong, as diagnostics: before any run. */
export class CostProblems extends Disposables {
  private readonly collection = this.register(
    vscode.languages.createDiagnosticCollection('compute-lens-cost'),
  );
  private shown = '';

  constructor(private readonly tracker: CostTracker) {
    super();
    this.register(tracker.onDidChange(() => this.show()));
  }

  private show(): void {
    const remarks = this.tracker.book.remarks();
    const now = JSON.stringify(remarks);
    if (now === this.shown) return;
    this.shown = now;
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const remark of remarks)
      byFile.set(remark.place.file, [...(byFile.get(remark.place.file) ?? []), diagnosticOf(remark)]);
    this.collection.clear();
    for (const [file, diagnostics] of byFile) this.collection.set(vscode.Uri.file(file), diagnostics);
  }
}

function diagnosticOf({ severity, message, place }: TraceRemark): vscode.Diagnostic {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === place.file);
  const line = Math.max(0, Math.min(place.line, document?.lineCount ?? place.line) - 1);
  const text = document?.lineAt(line);
  const start = Math.min(place.column - 1, text?.text.length ?? place.column - 1);
  const end = text ? Math.max(text.text.trimEnd().length, start) : start + 1;
  const range = new vscode.Range(
    line,
    start === end ? (text?.firstNonWhitespaceCharacterIndex ?? start) : start,
    line,
    end,
  );
  const diagnostic = new vscode.Diagnostic(range, message, severities[severity]);
  diagnostic.source = 'Compute Lens';
  return diagnostic;
}
