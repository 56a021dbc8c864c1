import path from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { parseMessage } from '../protocol/runPanel';
import { runsFolder } from '../runs/record';
import { panelColumn } from './panelColumn';

/** What the webviews of all kinds keep across reloads. */
const keptSchema = v.object({ runDirectory: v.string() });

/** What fills a panel. */
export interface Hosted {
  readonly panel: vscode.WebviewPanel;
  dispose(): void;
}

/** The open panels of one kind, one a run, those that a reload of the window brings back included. */
export abstract class RunWebviews implements vscode.WebviewPanelSerializer {
  private readonly open = new Map<string, Hosted>();
  private readonly opened = new vscode.EventEmitter<string>();
  /** A run has got a panel; tells its folder. */
  readonly onDidOpen = this.opened.event;

  constructor(
    /** As `onWebviewPanel:` in package.json names it. */
    private readonly viewType: string,
    protected readonly extensionUri: vscode.Uri,
  ) {}

  /** Shows the panel of a run: the one that is open, or a new one beside the editor. */
  show(directory: string, runName: string, preserveFocus = false): void {
    const key = path.resolve(directory);
    const existing = this.open.get(key);
    if (existing) {
      existing.panel.reveal(undefined, preserveFocus);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      this.viewType,
      this.title(runName) + titleEnding(key),
      { viewColumn: panelColumn(), preserveFocus },
      { enableScripts: true, localResourceRoots: [] },
    );
    this.adopt(panel, key);
  }

  /** Whether a panel shows the run, or will once its tab is looked at after a reload. */
  has(directory: string): boolean {
    if (this.open.has(path.resolve(directory))) return true;
    const ending = titleEnding(directory);
    return vscode.window.tabGroups.all.some((group) =>
      group.tabs.some(
        (tab) =>
          tab.input instanceof vscode.TabInputWebview &&
          tab.input.viewType.endsWith(this.viewType) &&
          tab.label.endsWith(ending),
      ),
    );
  }

  /** Whether the run's panel is in sight. */
  isVisible(directory: string): boolean {
    return this.open.get(path.resolve(directory))?.panel.visible ?? false;
  }

  /** Closes the panel of a run that is no more. */
  close(directory: string): void {
    this.open.get(path.resolve(directory))?.panel.dispose();
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const directory = parseMessage(keptSchema, state)?.runDirectory;
    const key = directory === undefined ? undefined : path.resolve(directory);
    if (key === undefined || !mayShow(key) || this.open.has(key)) panel.dispose();
    else this.adopt(panel, key);
    return Promise.resolve();
  }

  /** Stops feeding. The panels stay: a window that reloads brings them back. */
  dispose(): void {
    for (const hosted of this.open.values()) hosted.dispose();
    this.opened.dispose();
  }

  /** What a new panel is called, the end of the run's id aside. */
  protected abstract title(runName: string): string;

  protected abstract fill(panel: vscode.WebviewPanel, directory: string): Hosted;

  private adopt(panel: vscode.WebviewPanel, directory: string): void {
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extensionUri, 'media', 'runLight.svg'),
      dark: vscode.Uri.joinPath(this.extensionUri, 'media', 'runDark.svg'),
    };
    const hosted = this.fill(panel, directory);
    this.open.set(directory, hosted);
    this.opened.fire(directory);
    panel.onDidDispose(() => {
      this.open.delete(directory);
      hosted.dispose();
    });
  }
}

/** The end of the id: two runs of one experiment are told apart. */
function titleEnding(directory: string): string {
  return ` · ${path.basename(directory).split('-').at(-1)}`;
}

/** A panel's state comes back from outside, and trust may have been withdrawn meanwhile. */
function mayShow(directory: string): boolean {
  return vscode.workspace.isTrusted && isRunOfThisWindow(directory);
}

/** Whether a folder is where a run of an open folder is kept. */
export function isRunOfThisWindow(directory: string): boolean {
  const parent = path.dirname(path.resolve(directory));
  return (vscode.workspace.workspaceFolders ?? []).some(
    (folder) => parent === path.join(folder.uri.fsPath, ...runsFolder.split('/')),
  );
}
