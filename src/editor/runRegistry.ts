import * as vscode from 'vscode';
import type { RunMonitor } from '../panels/runMonitor';
import type { RunMonitors } from '../panels/runMonitors';
import { runsFolder } from '../runs/record';
import type { WaitingRun } from '../runs/queue';
import { RunIndex, type RunSummary } from '../runs/runIndex';
import { isLive } from '../runs/standing';
import { Disposables } from './disposables';
import { workspaceFolders } from './workspaces';

/** How often lists and the status bar look at a live run. */
const liveMilliseconds = 1000;
/** Many files change at once when a run starts or ends. */
const settleMilliseconds = 250;

/** A run that has a process at work, and what follows it. */
export interface LiveRun {
  readonly summary: RunSummary;
  readonly monitor: RunMonitor;
}

/**
 * The runs of the open folders. Learns of changes from the editor's file watcher and, while anybody looks or a run
 * is live, from the folders themselves.
 */
export class RunRegistry extends Disposables {
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  private readonly progressed = this.register(new vscode.EventEmitter<LiveRun>());
  private readonly ended = this.register(new vscode.EventEmitter<RunSummary>());
  private readonly followed = new Map<string, LiveRun & vscode.Disposable>();
  private index = new RunIndex(workspaceFolders());
  private watching: { dispose(): void } | undefined;
  private onlookers = 0;
  private refreshing: Promise<readonly RunSummary[]> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;

  /** The list, or the state of a run in it, is another one. */
  readonly onDidChange = this.changed.event;
  /** A live run has gone on. */
  readonly onDidProgress = this.progressed.event;
  /** A run that was live is not any more. */
  readonly onDidEnd = this.ended.event;
  /** Newest first; empty until the first refresh. */
  summaries: readonly RunSummary[] = [];
  /** Those whose turn has not come, the next one first. */
  waiting: readonly WaitingRun[] = [];
  /** Of other workspaces: those that keep a device busy which a waiting run needs. */
  elsewhere: readonly RunSummary[] = [];

  constructor(private readonly monitors: RunMonitors) {
    super();
    const watcher = this.register(
      vscode.workspace.createFileSystemWatcher(`**/${runsFolder}/*/{run,about,queue}.json`),
    );
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      this.register(event(() => this.refreshSoon()));
    this.register(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.index = new RunIndex(workspaceFolders());
        this.rewatch(true);
        this.refreshSoon();
      }),
    );
    this.register(vscode.workspace.onDidGrantWorkspaceTrust(() => this.refreshSoon()));
  }

  get live(): readonly LiveRun[] {
    return [...this.followed.values()];
  }

  find(directory: string): RunSummary | undefined {
    return this.summaries.find((summary) => summary.directory === directory);
  }

  /** Reads what has changed on disk. Calls at once share one reading, and a late one is never told old news. */
  refresh(): Promise<readonly RunSummary[]> {
    if (this.refreshing) {
      this.again = true;
      return this.refreshing;
    }
    this.refreshing = this.read().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** Looks at the runs, and resolves as soon as some are known: the newest, where there are very many. */
  async firstNews(): Promise<void> {
    const some = new Promise<void>((resolve) => {
      const subscription = this.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
    });
    await Promise.race([some, this.refreshing ?? this.refresh()]);
  }

  /** Takes note of what waiting runs wait for in other workspaces. */
  noteElsewhere(runs: readonly RunSummary[]): void {
    const ids = (some: readonly RunSummary[]) => some.map(({ directory }) => directory).join('\n');
    if (ids(runs) === ids(this.elsewhere)) return;
    this.elsewhere = runs;
    this.changed.fire();
  }

  /** Keeps the list fresh while the view is looked at. */
  look(): vscode.Disposable {
    this.onlookers++;
    this.rewatch();
    let looking = true;
    return new vscode.Disposable(() => {
      if (!looking) return;
      looking = false;
      this.onlookers--;
      this.rewatch();
    });
  }

  override dispose(): void {
    clearTimeout(this.timer);
    this.watching?.dispose();
    for (const each of this.followed.values()) each.dispose();
    super.dispose();
  }

  private async read(): Promise<readonly RunSummary[]> {
    do {
      // Who asks at the same moment, as several do when the window opens, is told by the same look.
      await new Promise((resolve) => setImmediate(resolve));
      this.again = false;
      // Not even the data of an untrusted workspace is looked at.
      this.summaries = vscode.workspace.isTrusted
        ? await this.index.refresh((newest) => this.takeNewest(newest))
        : [];
      this.waiting = await waitingOf(this.summaries);
    } while (this.again);
    if (this.isDisposed) return this.summaries;
    this.follow();
    this.rewatch();
    this.changed.fire();
    return this.summaries;
  }

  /** Of very many runs, the newest are shown while the others are still being read. */
  private takeNewest(newest: readonly RunSummary[]): void {
    this.summaries = newest;
    if (!this.isDisposed) this.changed.fire();
  }

  private refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), settleMilliseconds);
  }

  private rewatch(renew = false): void {
    const busy = this.onlookers > 0 || this.followed.size > 0 || this.waiting.length > 0;
    const wanted = !this.isDisposed && busy;
    if (this.watching && (!wanted || renew)) {
      this.watching.dispose();
      this.watching = undefined;
    }
    if (wanted) this.watching ??= this.index.watch(() => this.refreshSoon());
  }

  /** Follows the runs that are live, and says of those that no longer are that they ended. */
  private follow(): void {
    const live = new Map(
      this.summaries.filter(({ status }) => isLive(status)).map((summary) => [summary.directory, summary]),
    );
    for (const [directory, followed] of [...this.followed]) {
      if (live.has(directory)) continue;
      followed.dispose();
      this.followed.delete(directory);
      const summary = this.find(directory);
      if (summary) this.ended.fire(summary);
    }
    for (const [directory, summary] of live) {
      const followed = this.followed.get(directory);
      if (followed) Object.assign(followed, { summary });
      else this.followed.set(directory, this.followOne(directory, summary));
    }
  }

  private followOne(directory: string, summary: RunSummary): LiveRun & vscode.Disposable {
    const held = this.monitors.acquire(directory);
    const { monitor } = held;
    const subscription = monitor.subscribe(liveMilliseconds, () => {
      const over = monitor.problem !== undefined || (monitor.status && !isLive(monitor.status));
      if (over) this.refreshSoon();
      else this.progressed.fire(followed);
    });
    const followed = {
      summary,
      monitor,
      dispose: () => {
        subscription.dispose();
        held.dispose();
      },
    };
    return followed;
  }
}

/** Those that wait. Mostly there are none, and nothing needs to know what a queue is. */
async function waitingOf(summaries: readonly RunSummary[]): Promise<readonly WaitingRun[]> {
  if (!summaries.some(({ status }) => status === 'queued')) return [];
  const { waitingRuns } = await import('../runs/queue');
  return waitingRuns(summaries);
}
