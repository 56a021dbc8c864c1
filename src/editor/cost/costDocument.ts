import path from 'node:path';
import * as vscode from 'vscode';
import { costText } from '../../cost/table';
import { costFormats } from '../../protocol/formatCost';
import { Disposables } from '../disposables';
import { costSettings } from '../settings';
import type { CostTracker } from './costTracker';

const scheme = 'compute-lens-cost';

/** The cost of a file as a text beside it: every model with a table of its layers. It follows typing, too. */
export class CostDocument extends Disposables implements vscode.TextDocumentContentProvider {
  private readonly changed = this.register(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.changed.event;

  constructor(private readonly tracker: CostTracker) {
    super();
    this.register(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
    this.register(
      tracker.onDidChange(() => {
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === scheme) this.changed.fire(uri);
      }),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const file = vscode.Uri.file(uri.query);
    const { convention } = costSettings(file).style;
    const models = this.tracker.book.modelsOf(file.fsPath);
    const head = `# What ${path.basename(file.fsPath)} costs\n\n`;
    if (models.length === 0)
      return `${head}No model of this file could be traced. A function that needs arguments is given them in a comment above it:\n\n    /** @cost inputShape=[32,32,3] classes=10 */\n`;
    return (
      head +
      models
        .map(({ model, stale }) => staleText(stale) + costText(model, convention, costFormats(convention)))
        .join('\n')
    );
  }

  /** Shows the text of a file beside it. */
  async show(file: vscode.Uri): Promise<void> {
    const name = `${path.basename(file.fsPath)} (cost).md`;
    const uri = vscode.Uri.from({ scheme, path: `/${name}`, query: file.fsPath });
    await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
  }
}

function staleText(stale: string | undefined): string {
  return stale === undefined ? '' : `> From before the file broke: ${stale}\n\n`;
}
