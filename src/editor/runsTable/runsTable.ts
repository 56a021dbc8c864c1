import * as vscode from 'vscode';
import { surroundingsOf } from '../../cost/surroundings';
import { panelColumn } from '../../panels/panelColumn';
import { RunsTablePanel, type LayoutMemory } from '../../panels/runsTablePanel';
import { parseMessage } from '../../protocol/runPanel';
import { tableLayoutSchema } from '../../protocol/runsTable';
import { Disposables } from '../disposables';
import { surroundingsSettings } from '../settings';
import type { Parts } from '../commands/parts';
import { runsTableType } from './names';
import { TableActions } from './tableActions';
import { rerun } from './rerun';
import { diffRuns, textOf } from './runDiff';

const layoutKey = 'runsTable.layout';

/** The table of all runs, and what can be done with runs from it. A bundle of its own, loaded when it is first asked for. */
export class RunsTable extends Disposables {
  private hosted: RunsTablePanel | undefined;

  constructor(private readonly parts: Parts) {
    super();
  }

  /** Shows the table: the one that is open, or a new one. */
  show(): void {
    if (this.hosted) {
      this.hosted.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      runsTableType,
      'Runs',
      { viewColumn: panelColumn() },
      { enableScripts: true, localResourceRoots: [] },
    );
    this.adopt(panel);
  }

  /** A panel that a reload of the window brings back. */
  restore(panel: vscode.WebviewPanel): void {
    if (this.hosted) panel.dispose();
    else this.adopt(panel);
  }

  diff(a: string, b: string): Promise<void> {
    return diffRuns(a, b);
  }

  rerun(directory: string, changed: boolean): ReturnType<typeof rerun> {
    return rerun(this.parts, directory, changed);
  }

  textOf(uri: vscode.Uri): Promise<string> {
    return textOf(uri);
  }

  /** Stops feeding. The panel stays: a window that reloads brings it back. */
  override dispose(): void {
    this.hosted?.dispose();
    super.dispose();
  }

  private adopt(panel: vscode.WebviewPanel): void {
    const { context, registry } = this.parts;
    panel.iconPath = {
      light: vscode.Uri.joinPath(context.extensionUri, 'media', 'runLight.svg'),
      dark: vscode.Uri.joinPath(context.extensionUri, 'media', 'runDark.svg'),
    };
    const { workspaceState } = context;
    const memory: LayoutMemory = {
      get: () => parseMessage(tableLayoutSchema, workspaceState.get(layoutKey)) ?? {},
      set: (layout) => void workspaceState.update(layoutKey, layout),
    };
    const hosted = new RunsTablePanel(
      panel,
      registry,
      new TableActions(this.parts),
      memory,
      surroundingsOf(surroundingsSettings()),
      context.extensionUri,
    );
    this.hosted = hosted;
    panel.onDidDispose(() => {
      if (this.hosted === hosted) this.hosted = undefined;
      hosted.dispose();
    });
  }
}
