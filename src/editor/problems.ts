import * as vscode from 'vscode';
import { Disposables } from './disposables';
import { shiftedLine } from './shiftedLine';

/** What went wrong in a user's own code, and where. */
export interface CodeProblem {
  readonly message: string;
  /** Absolute path. */
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based. */
  readonly column?: number | undefined;
}

interface Marked {
  readonly uri: vscode.Uri;
  diagnostic: vscode.Diagnostic;
}

/** Errors of runs as diagnostics: until the file is run again, or somebody edits that line. */
export class Problems extends Disposables {
  private readonly collection = this.register(vscode.languages.createDiagnosticCollection('compute-lens'));
  /** By the file that was run, which need not be the one at fault. */
  private readonly marked = new Map<string, Marked>();

  constructor() {
    super();
    this.register(vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)));
  }

  /** Marks the line at fault. */
  async mark(ranFile: string, problem: CodeProblem): Promise<void> {
    if (problem.file === undefined) return;
    const uri = vscode.Uri.file(problem.file);
    const line = Math.max(0, (problem.line ?? 1) - 1);
    const diagnostic = new vscode.Diagnostic(
      await rangeOf(uri, line, problem.column),
      problem.message,
      vscode.DiagnosticSeverity.Error,
    );
    diagnostic.source = 'Compute Lens';
    this.marked.set(ranFile, { uri, diagnostic });
    this.show(uri);
  }

  /** Forgets what an earlier run of the file said. */
  clear(ranFile: string): void {
    const marked = this.marked.get(ranFile);
    if (!marked) return;
    this.marked.delete(ranFile);
    this.show(marked.uri);
  }

  private show(uri: vscode.Uri): void {
    const here = [...this.marked.values()].filter((marked) => marked.uri.toString() === uri.toString());
    this.collection.set(
      uri,
      here.map(({ diagnostic }) => diagnostic),
    );
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    for (const [ranFile, marked] of [...this.marked]) {
      if (marked.uri.toString() !== document.uri.toString()) continue;
      let line: number | undefined = marked.diagnostic.range.start.line;
      for (const { range, text } of contentChanges) {
        if (line === undefined) break;
        line = shiftedLine(line, {
          startLine: range.start.line,
          endLine: range.end.line,
          newText: text,
        });
      }
      if (line === undefined) this.clear(ranFile);
      else if (line !== marked.diagnostic.range.start.line) this.move(marked, line);
    }
  }

  private move(marked: Marked, line: number): void {
    const { range } = marked.diagnostic;
    const moved = new vscode.Diagnostic(
      new vscode.Range(line, range.start.character, line, range.end.character),
      marked.diagnostic.message,
      marked.diagnostic.severity,
    );
    moved.source = 'Compute Lens';
    marked.diagnostic = moved;
    this.show(marked.uri);
  }
}

/** From the column, or the first character that is not blank, to the end of the line. */
async function rangeOf(uri: vscode.Uri, line: number, column: number | undefined): Promise<vscode.Range> {
  try {
    const text = (await vscode.workspace.openTextDocument(uri)).lineAt(line);
    const start = column === undefined ? text.firstNonWhitespaceCharacterIndex : column - 1;
    return new vscode.Range(line, Math.min(start, text.text.length), line, text.text.length);
  } catch {
    return new vscode.Range(line, 0, line, 1000);
  }
}

/** Shows a place in a file, its line selected. */
export async function openAt(file: string, line?: number, column?: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, (line ?? 1) - 1), Math.max(0, (column ?? 1) - 1));
  await vscode.window.showTextDocument(vscode.Uri.file(file), {
    viewColumn: columnForText(),
    ...(line !== undefined && { selection: new vscode.Range(at, at) }),
  });
}

/** Text goes where text is: not onto the panel that it was asked for from. */
function columnForText(): vscode.ViewColumn {
  const editor = vscode.window.visibleTextEditors.find(({ viewColumn }) => viewColumn !== undefined);
  return editor?.viewColumn ?? vscode.ViewColumn.Active;
}
