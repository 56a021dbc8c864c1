import * as vscode from 'vscode';
import { Disposables } from '../disposables';
import type { LineDensities } from '../liveDensity';
import { costSettings } from '../settings';
import type { CostTracker } from './costTracker';
import { hoverText } from './hoverText';
import { lensText } from './lensText';
import { costSelector } from './modelFile';
import type { Timings } from './timings';

/** The same figures at the ends of the lines, for those who choose so: the editor repaints these much sooner. */
export class CostHints extends Disposables implements vscode.InlayHintsProvider {
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeInlayHints = this.changed.event;

  constructor(
    private readonly tracker: CostTracker,
    private readonly densities: LineDensities,
    private readonly timings: Timings,
  ) {
    super();
    this.register(tracker.onDidChange(() => this.refresh()));
    this.register(tracker.onDidConfigure(() => this.changed.fire()));
    this.register(densities.onDidChange(() => this.refresh()));
    this.register(timings.onDidChange(() => this.refresh()));
    this.register(vscode.languages.registerInlayHintsProvider(costSelector, this));
  }

  provideInlayHints(document: vscode.TextDocument, range: vscode.Range): vscode.InlayHint[] {
    const { placement, style } = costSettings(document.uri);
    if (placement !== 'lineEnd') return [];
    return this.tracker
      .shownLines(document)
      .filter(({ line }) => line > range.start.line && line <= range.end.line + 1)
      .map((shown) => {
        const density = shown.cost && this.densities.at(document.uri.fsPath, shown.line);
        const timing = this.timings.of(shown);
        const text = lensText(shown, style, density, timing);
        const hint = new vscode.InlayHint(document.lineAt(shown.line - 1).range.end, text);
        hint.paddingLeft = true;
        hint.tooltip = new vscode.MarkdownString(hoverText(shown, style.convention, timing), true);
        return hint;
      });
  }

  private refresh(): void {
    const used = vscode.window.visibleTextEditors.some(
      ({ document }) => costSettings(document.uri).placement === 'lineEnd',
    );
    if (used) this.changed.fire();
  }
}
