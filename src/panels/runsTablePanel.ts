import type * as vscode from 'vscode';
import type { Surroundings } from '../cost/budget';
import { parseMessage } from '../protocol/runPanel';
import {
  fromRunsTableSchema,
  type FromRunsTable,
  type RunRow,
  type RunsExportFormat,
  type TableLayout,
} from '../protocol/runsTable';
import { digestOf, type RunDigest } from '../runs/digest';
import { Digests } from '../runs/digests';
import type { RunSummary } from '../runs/runIndex';
import type { RunMonitor } from './runMonitor';
import { RunColumns } from './runsTableColumns';
import { exportRuns } from './runsTableExport';
import { RunsTableFeed } from './runsTableFeed';
import { rowOf } from './runsTableRows';
import { showPage } from './showPage';
import { isLive } from '../runs/standing';

/** Where the table has its runs from. */
export interface RunsTableSource {
  readonly summaries: readonly RunSummary[];
  readonly onDidChange: vscode.Event<void>;
  /** Tells the run that has gone on. */
  readonly onDidProgress: vscode.Event<{ readonly summary: RunSummary; readonly monitor: RunMonitor }>;
  refresh(): Promise<unknown>;
  /** Keeps the list fresh until disposed of. */
  look(): { dispose(): void };
}

/** What the page's buttons do. Each tells the user of its own errors. */
export interface RunsTableActions {
  open(directory: string): void;
  compare(directories: readonly string[]): void;
  diff(a: string, b: string): void;
  rerun(directory: string, changed: boolean): void;
  archive(directories: readonly string[], archived: boolean): void;
  remove(directories: readonly string[]): void;
  tag(directories: readonly string[], add: readonly string[], remove: readonly string[]): void;
  note(directory: string, notes: string): void;
  save(format: RunsExportFormat, text: string): void;
  newExperiment(): void;
}

/** How the table was looked at last. */
export interface LayoutMemory {
  get(): TableLayout;
  set(layout: TableLayout): void;
}

/** Hosts the webview of all runs. Hidden, the webview does not exist and nothing is sent for it. */
export class RunsTablePanel {
  private readonly subscriptions: { dispose(): void }[] = [];
  private readonly known = new Map<string, RunSummary>();
  private readonly liveMonitors = new Map<string, RunMonitor>();
  private readonly digests: Digests;
  private readonly columns: RunColumns;
  private readonly feed: RunsTableFeed;
  private looking: { dispose(): void } | undefined;
  private selected: readonly string[] | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly source: RunsTableSource,
    private readonly actions: RunsTableActions,
    private readonly memory: LayoutMemory,
    private readonly surroundings: Surroundings,
    extensionUri: vscode.Uri,
  ) {
    const { webview } = panel;
    this.columns = new RunColumns(surroundings.prices.currency);
    this.digests = new Digests((directory) => this.feed.changed([directory]));
    this.feed = new RunsTableFeed(
      {
        row: (key) => this.row(key),
        columns: () => this.columns.all,
        reading: () => this.digests.pending,
      },
      (message) => void webview.postMessage(message),
    );
    this.subscriptions.push(
      source.onDidChange(() => this.take()),
      source.onDidProgress(({ summary, monitor }) => {
        this.liveMonitors.set(summary.directory, monitor);
        this.feed.changed([summary.directory]);
      }),
      webview.onDidReceiveMessage((raw: unknown) => {
        const message = parseMessage(fromRunsTableSchema, raw);
        if (message) this.receive(message);
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.pause();
      }),
      this.digests,
    );
    showPage(panel, extensionUri, 'runs', 'runs');
  }

  /** Selects runs, once the page is there. */
  select(directories: readonly string[]): void {
    this.selected = directories;
    this.tellSelection();
  }

  dispose(): void {
    this.pause();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private pause(): void {
    this.feed.pause();
    this.looking?.dispose();
    this.looking = undefined;
  }

  private take(): void {
    const before = new Map(this.known);
    this.known.clear();
    const changed: string[] = [];
    for (const summary of this.source.summaries) {
      this.known.set(summary.directory, summary);
      if (before.get(summary.directory) !== summary) changed.push(summary.directory);
      before.delete(summary.directory);
      if (!isLive(summary.status)) this.liveMonitors.delete(summary.directory);
    }
    for (const directory of before.keys()) {
      this.digests.forget(directory);
      this.feed.removed(directory);
    }
    this.feed.changed(changed);
  }

  private row(key: string): RunRow | undefined {
    const summary = this.known.get(key);
    return summary && rowOf({ summary, digest: this.digest(summary) }, this.columns, this.surroundings);
  }

  private digest(summary: RunSummary): RunDigest | undefined {
    if (!isLive(summary.status)) return this.digests.get(summary);
    const observed = this.liveMonitors.get(summary.directory)?.observe();
    if (!observed) return undefined;
    return digestOf(observed.history, observed.usage, observed.record, observed.status, Date.now());
  }

  private receive(message: FromRunsTable): void {
    const { actions } = this;
    switch (message.type) {
      case 'ready':
        void this.begin();
        break;
      case 'acknowledge':
        this.feed.acknowledge(message.id);
        break;
      case 'layout':
        this.memory.set(message.layout);
        break;
      case 'open':
        if (this.known.has(message.key)) actions.open(message.key);
        break;
      case 'compare':
        this.withRuns(message.keys, (keys) => actions.compare(keys));
        break;
      case 'diff':
        this.withRuns(message.keys, ([a, b]) => a !== undefined && b !== undefined && actions.diff(a, b));
        break;
      case 'rerun':
        if (this.known.has(message.key)) actions.rerun(message.key, message.changed);
        break;
      case 'archive':
        this.withRuns(message.keys, (keys) => actions.archive(keys, message.archived));
        break;
      case 'delete':
        this.withRuns(message.keys, (keys) => actions.remove(keys));
        break;
      case 'tag':
        this.withRuns(message.keys, (keys) => actions.tag(keys, message.add, message.remove));
        break;
      case 'note':
        if (this.known.has(message.key)) actions.note(message.key, message.notes);
        break;
      case 'export':
        this.export(message);
        break;
      case 'newExperiment':
        actions.newExperiment();
        break;
    }
  }

  private async begin(): Promise<void> {
    this.looking ??= this.source.look();
    // What is known is shown at once; what has changed on disk follows.
    if (this.source.summaries.length === 0) await this.source.refresh();
    else void this.source.refresh();
    this.known.clear();
    for (const summary of this.source.summaries) this.known.set(summary.directory, summary);
    this.feed.begin(this.memory.get(), this.known.keys());
    this.tellSelection();
  }

  private tellSelection(): void {
    if (!this.selected || !this.feed.running) return;
    void this.panel.webview.postMessage({ type: 'select', keys: this.selected });
    this.selected = undefined;
  }

  /** The page may know runs that are no more. */
  private withRuns(keys: readonly string[], work: (known: readonly string[]) => unknown): void {
    const known = keys.filter((key) => this.known.has(key));
    if (known.length > 0) work(known);
  }

  private export({ format, keys, columns }: Extract<FromRunsTable, { type: 'export' }>): void {
    const rows = keys.flatMap((key) => this.row(key) ?? []);
    this.actions.save(format, exportRuns(rows, this.columns.all, columns, format));
  }
}
