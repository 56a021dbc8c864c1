import type * as vscode from 'vscode';
import { fromRunPanelSchema, parseMessage, xAxes, type FromRunPanel } from '../protocol/runPanel';
import { RunFeed } from './runFeed';
import type { RunMonitor } from './runMonitor';
import type { RunMonitors } from './runMonitors';
import { isRunOfThisWindow, type Hosted } from './runWebviews';
import { showPage } from './showPage';

/** What the buttons of a run panel do; the panel itself only shows. */
export interface RunPanelActions {
  stop(directory: string): void;
  checkpoint(directory: string): void;
  resume(directory: string): void;
  openFile(directory: string): void;
  openError(directory: string): void;
  openLog(directory: string): void;
  revealFolder(directory: string): void;
  showMasks(directory: string): void;
  openRun(directory: string): void;
  /** Asks for runs to compare with; none where none was chosen. */
  chooseRuns(except: readonly string[]): Promise<readonly string[]>;
  /** Asks for a file, and writes every step of the runs there. */
  exportCsv(directories: readonly string[]): void;
  /** Asks for a file, and writes a picture of the curves there. */
  exportPng(directory: string, png: Uint8Array): void;
  /** The axis that curves were last drawn over, in any panel. */
  lastAxis: string | undefined;
}

interface Held {
  readonly monitor: RunMonitor;
  dispose(): void;
}

/** More curves than this in one chart say nothing to anyone. */
const mostCompared = 12;

/** Hosts the webview of one run. Hidden, the webview does not exist and nothing is read or sent for it. */
export class RunPanel implements Hosted {
  private readonly feed: RunFeed;
  private readonly own: Held;
  private others: readonly Held[] = [];
  /** Asked for by somebody who does not wait for the webview, which may still remember others. */
  private asked = false;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly directory: string,
    private readonly monitors: RunMonitors,
    extensionUri: vscode.Uri,
    private readonly actions: RunPanelActions,
  ) {
    const { webview } = panel;
    this.own = monitors.acquire(directory);
    this.feed = new RunFeed(
      this.own.monitor,
      (message) => void webview.postMessage(message),
      Date.now,
      () => xAxes.find((axis) => axis === actions.lastAxis),
    );
    this.subscriptions.push(
      webview.onDidReceiveMessage((raw: unknown) => {
        const message = parseMessage(fromRunPanelSchema, raw);
        if (message) this.receive(message);
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.feed.pause();
      }),
    );
    showPage(panel, extensionUri, 'run', directory);
  }

  /** Draws the curves of these runs over the panel's own, instead of those that were there. */
  compare(directories: readonly string[]): void {
    this.asked = true;
    this.compareWith(directories);
  }

  dispose(): void {
    this.feed.dispose();
    for (const held of [this.own, ...this.others]) held.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive(message: FromRunPanel): void {
    const { directory, actions } = this;
    switch (message.type) {
      case 'ready':
        if (!this.asked) this.compareWith(message.compared ?? []);
        this.asked = true;
        this.feed.ready();
        break;
      case 'acknowledge':
        this.feed.acknowledge(message.id);
        break;
      case 'compare':
        void actions
          .chooseRuns([directory, ...this.compared()])
          .then((chosen) => this.compareWith([...this.compared(), ...chosen]));
        break;
      case 'endComparison':
        this.compareWith(this.compared().filter((each) => each !== message.directory));
        break;
      case 'openRun':
        if (isRunOfThisWindow(message.directory)) actions.openRun(message.directory);
        break;
      case 'chooseAxis':
        actions.lastAxis = message.axis;
        break;
      case 'exportCsv':
        actions.exportCsv([directory, ...this.compared()]);
        break;
      case 'exportPng':
        actions.exportPng(directory, message.png);
        break;
      default:
        actions[message.type](directory);
    }
  }

  private compared(): readonly string[] {
    return this.others.map(({ monitor }) => monitor.directory);
  }

  /** The folders may come from the webview, out of what it had kept: only runs of this window are read. */
  private compareWith(directories: readonly string[]): void {
    const wanted = [...new Set(directories)]
      .filter((each) => each !== this.directory && isRunOfThisWindow(each))
      .slice(0, mostCompared);
    const before = this.others;
    // Acquired before the others are let go, so that no monitor in both begins anew.
    this.others = wanted.map((each) => this.monitors.acquire(each));
    for (const held of before) held.dispose();
    this.feed.compareWith(this.others.map(({ monitor }) => monitor));
  }
}
