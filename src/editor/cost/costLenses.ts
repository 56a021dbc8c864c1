import * as vscode from 'vscode';
import { Disposables } from '../disposables';
import { costSettings } from '../settings';
import type { CostTracker } from './costTracker';
import { hoverText } from './hoverText';
import { lensText } from './lensText';
import { modelLanguages } from './modelFile';
import type { ShownLine } from './traceBook';

const selector = [...modelLanguages, 'json'].map((language) => ({ language, scheme: 'file' }));

/** Lenses above the lines that cost something, and hovers that say it in full. Both answer from memory. */
export class CostLenses extends Disposables implements vscode.CodeLensProvider, vscode.HoverProvider {
  readonly onDidChangeCodeLenses: vscode.Event<void>;

  constructor(private readonly tracker: CostTracker) {
    super();
    this.onDidChangeCodeLenses = tracker.onDidChange;
    this.register(vscode.languages.registerCodeLensProvider(selector, this));
    this.register(vscode.languages.registerHoverProvider(selector, this));
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const { enabled, style } = costSettings(document.uri);
    if (!enabled) return [];
    return this.tracker.book
      .linesOf(document.uri.fsPath)
      .filter(({ cost, line }) => line <= document.lineCount && (style.callLines || cost?.kind !== 'call'))
      .flatMap((shown) => {
        const title = lensText(shown, style);
        const range = document.lineAt(shown.line - 1).range;
        const command = {
          title,
          tooltip: tooltip(shown),
          command: 'computeLens.showCost',
          arguments: [document.uri, shown.model.name],
        };
        return title === '' ? [] : new vscode.CodeLens(range, command);
      });
  }

  provideHover(document: vscode.TextDocument, { line }: vscode.Position): vscode.Hover | undefined {
    const { enabled, style } = costSettings(document.uri);
    if (!enabled) return undefined;
    const here = this.tracker.book
      .linesOf(document.uri.fsPath)
      .filter((shown) => shown.line === line + 1)
      .map((shown) => new vscode.MarkdownString(hoverText(shown, style.convention), true));
    return here.length > 0 ? new vscode.Hover(here, document.lineAt(line).range) : undefined;
  }
}

function tooltip({ cost, model, stale }: ShownLine): string {
  const of = cost ? `of this line in ${model.name}` : `of ${model.name}`;
  const counted = `Cost ${of} at batch size ${model.batch}, counted from shapes. Forward pass, unless it says otherwise.`;
  return stale === undefined ? counted : `${counted} From before the file broke: ${stale}`;
}
