import * as v from 'valibot';
import * as vscode from 'vscode';
import { parseMessage } from '../../protocol/runPanel';
import type { Cost } from './cost';

export const costPanelType = 'computeLens.cost';

const keptSchema = v.object({ file: v.string() });

/** Brings panels of costs back after a reload of the window; what fills them is loaded then, and not before. */
export class CostPanelSerializer implements vscode.WebviewPanelSerializer {
  /** @param cost absent where the workspace is not trusted */
  constructor(private readonly cost: () => Cost | undefined) {}

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const file = parseMessage(keptSchema, state)?.file;
    const uri = file === undefined ? undefined : vscode.Uri.file(file);
    // The state comes back from outside: only a file of an open folder is traced.
    const cost = uri && vscode.workspace.getWorkspaceFolder(uri) ? this.cost() : undefined;
    if (uri && cost) cost.panels.restore(panel, uri.fsPath);
    else panel.dispose();
  }
}
