import * as vscode from 'vscode';

const selector: vscode.DocumentSelector = { scheme: 'file', pattern: '**/*.experiment.{ts,js,mts,mjs}' };
/** Where it is called, not where it is imported. */
const definition = /^[^/*\n]*\bdefineExperiment\s*\(/m;

/** "Run | Run with…" above what an experiment defines. */
export class RunLenses implements vscode.CodeLensProvider {
  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const match = vscode.workspace.isTrusted ? definition.exec(document.getText()) : null;
    if (!match) return [];
    const { range } = document.lineAt(document.positionAt(match.index + match[0].length - 1));
    const lens = (title: string, tooltip: string, command: string) =>
      new vscode.CodeLens(range, { title, tooltip, command, arguments: [document.uri] });
    return [
      lens('$(play) Run', 'Train it as the file says', 'computeLens.runExperiment'),
      lens('Run with…', 'Change parameters, seed or backend first', 'computeLens.runExperimentWith'),
    ];
  }
}

export function registerRunLenses(): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider(selector, new RunLenses());
}
