import type * as vscode from 'vscode';
import { fromMasksPanelSchema, parseMessage, type FromMasksPanel } from '../protocol/masksPanel';
import type { RecordedWeight } from '../runs/masks';
import { MasksFeed } from './masksFeed';
import type { RunMonitors } from './runMonitors';
import { isRunOfThisWindow, type Hosted } from './runWebviews';
import { showPage } from './showPage';

/** What the buttons of a panel of masks do; the panel itself only shows. */
export interface MasksPanelActions {
  openRun(directory: string): void;
  /** Goes to the line that makes the layer, or to the experiment where it is not known. */
  openLayer(directory: string, site: RecordedWeight['site']): void;
  /** Asks for a run with masks to compare with; undefined where none was chosen. */
  chooseRunWithMasks(except: string): Promise<string | undefined>;
}

/** Hosts the webview of a run's masks. Hidden, the webview does not exist and nothing is read or sent for it. */
export class MasksPanel implements Hosted {
  private readonly feed: MasksFeed;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly held: { dispose(): void };
  private other: { readonly directory: string; dispose(): void } | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly directory: string,
    private readonly monitors: RunMonitors,
    extensionUri: vscode.Uri,
    private readonly actions: MasksPanelActions,
  ) {
    const { webview } = panel;
    const held = monitors.acquire(directory);
    this.held = held;
    this.feed = new MasksFeed(held.monitor, (message) => void webview.postMessage(message));
    this.subscriptions.push(
      webview.onDidReceiveMessage((raw: unknown) => {
        const message = parseMessage(fromMasksPanelSchema, raw);
        if (message) this.receive(message);
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.feed.pause();
      }),
    );
    showPage(panel, extensionUri, 'masks', directory);
  }

  dispose(): void {
    this.feed.dispose();
    this.held.dispose();
    this.other?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive(message: FromMasksPanel): void {
    switch (message.type) {
      case 'ready':
        this.compareWith(message.other);
        this.feed.ready();
        break;
      case 'acknowledge':
        this.feed.acknowledge(message.id);
        break;
      case 'ask':
        this.feed.ask(message.parts);
        break;
      case 'magnitudes':
        this.feed.magnitudes(message.side, message.weight);
        break;
      case 'compare':
        void this.actions.chooseRunWithMasks(this.directory).then((chosen) => {
          if (chosen !== undefined) this.compareWith(chosen);
        });
        break;
      case 'endComparison':
        this.compareWith(undefined);
        break;
      case 'openLayer':
        this.actions.openLayer(
          this.directoryOf(message.side),
          this.feed.weight(message.side, message.weight)?.site,
        );
        break;
      case 'openRun':
        this.actions.openRun(this.directoryOf(message.side));
        break;
    }
  }

  private directoryOf(side: 0 | 1): string {
    return (side === 1 ? this.other?.directory : undefined) ?? this.directory;
  }

  /** The folder may come from the webview, out of what it had kept: only a run of this window is read. */
  private compareWith(directory: string | undefined): void {
    const wanted = directory !== undefined && isRunOfThisWindow(directory) ? directory : undefined;
    if (wanted === this.other?.directory) return;
    this.other?.dispose();
    const held = wanted === undefined ? undefined : this.monitors.acquire(wanted);
    this.other = held && { directory: held.monitor.directory, dispose: () => held.dispose() };
    this.feed.compareWith(held?.monitor);
  }
}
