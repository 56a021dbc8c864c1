import type * as vscode from 'vscode';
import { fromRunPanelSchema, parseMessage, type FromRunPanel } from '../protocol/runPanel';
import { RunFeed } from './runFeed';
import type { RunMonitor } from './runMonitor';
import { showPage } from './showPage';

/** What the buttons of a run panel do; the panel itself only shows. */
export interface RunPanelActions {
  stop(directory: string): void;
  resume(directory: string): void;
  openFile(directory: string): void;
  openError(directory: string): void;
  openLog(directory: string): void;
  revealFolder(directory: string): void;
  showMasks(directory: string): void;
}

/** Hosts the webview of one run. Hidden, the webview does not exist and nothing is read or sent for it. */
export class RunPanel {
  private readonly feed: RunFeed;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    readonly panel: vscode.WebviewPanel,
    readonly monitor: RunMonitor,
    extensionUri: vscode.Uri,
    private readonly actions: RunPanelActions,
  ) {
    const { webview } = panel;
    this.feed = new RunFeed(monitor, (message) => void webview.postMessage(message));
    this.subscriptions.push(
      webview.onDidReceiveMessage((raw: unknown) => {
        const message = parseMessage(fromRunPanelSchema, raw);
        if (message) this.receive(message);
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.feed.pause();
      }),
    );
    showPage(panel, extensionUri, 'run', monitor.directory);
  }

  dispose(): void {
    this.feed.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive(message: FromRunPanel): void {
    const { directory } = this.monitor;
    if (message.type === 'ready') this.feed.ready();
    else if (message.type === 'acknowledge') this.feed.acknowledge(message.id);
    else this.actions[message.type](directory);
  }
}
