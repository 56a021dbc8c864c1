import path from 'node:path';
import * as vscode from 'vscode';
import { CostPanel } from '../../panels/costPanel';
import { panelColumn } from '../../panels/panelColumn';
import { Disposables } from '../disposables';
import type { CostDocument } from './costDocument';
import { CostFileSource } from './costFileSource';
import { costPanelType } from './costPanelSerializer';
import type { CostTracker } from './costTracker';
import type { Timings } from './timings';

/** The open panels of costs, one a file. */
export class CostPanels extends Disposables {
  private readonly open = new Map<string, CostPanel>();

  constructor(
    private readonly tracker: CostTracker,
    private readonly document: CostDocument,
    private readonly timings: Timings,
    private readonly extensionUri: vscode.Uri,
  ) {
    super();
  }

  /**
   * Shows the panel of a file: the one that is open, or a new one beside the editor.
   *
   * @param model the model to show, where the file has several
   */
  show(file: string, model?: string): void {
    const existing = this.open.get(file);
    if (existing) {
      existing.panel.reveal();
      if (model !== undefined) existing.choose(model);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      costPanelType,
      `Cost: ${path.basename(file)}`,
      { viewColumn: panelColumn() },
      { enableScripts: true, localResourceRoots: [] },
    );
    this.adopt(panel, file, model);
  }

  /** A panel that a reload of the window brings back. */
  restore(panel: vscode.WebviewPanel, file: string): void {
    if (this.open.has(file)) panel.dispose();
    else this.adopt(panel, file);
  }

  /** Stops feeding. The panels stay: a window that reloads brings them back. */
  override dispose(): void {
    for (const panel of this.open.values()) panel.dispose();
    super.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, file: string, model?: string): void {
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extensionUri, 'media', 'runLight.svg'),
      dark: vscode.Uri.joinPath(this.extensionUri, 'media', 'runDark.svg'),
    };
    const source = new CostFileSource(file, this.tracker, this.document, this.timings);
    const hosted = new CostPanel(panel, source, this.extensionUri, model);
    this.open.set(file, hosted);
    panel.onDidDispose(() => {
      this.open.delete(file);
      hosted.dispose();
    });
  }
}
