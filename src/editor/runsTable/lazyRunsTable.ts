import * as vscode from 'vscode';
import { Disposables } from '../disposables';
import type { Parts } from '../commands/parts';
import type { RunsTable } from './runsTable';
import { runScheme, runsTableType } from './names';

/** Loads the runs table when it is first asked for: by a command, by a reload, or by a document made of runs. */
export class LazyRunsTable
  extends Disposables
  implements vscode.WebviewPanelSerializer, vscode.TextDocumentContentProvider
{
  private loaded: RunsTable | undefined;

  constructor(private readonly parts: () => Parts) {
    super();
    this.register(vscode.window.registerWebviewPanelSerializer(runsTableType, this));
    this.register(vscode.workspace.registerTextDocumentContentProvider(runScheme, this));
  }

  load(): RunsTable {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of its own, so that other windows do not read it
    const { RunsTable: Loaded } = require('./runsTable.js') as typeof import('./runsTable');
    return (this.loaded ??= this.register(new Loaded(this.parts())));
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (vscode.workspace.isTrusted) this.load().restore(panel);
    else panel.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): Promise<string> | undefined {
    return vscode.workspace.isTrusted ? this.load().textOf(uri) : undefined;
  }
}
