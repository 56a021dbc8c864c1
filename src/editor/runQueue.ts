import * as vscode from 'vscode';
import { Disposables } from './disposables';
import type { WaitingRun } from '../runs/queue';
import type { RunRegistry } from './runRegistry';
import type { Runs } from './runs';
import { launchSettings, queueConcurrency } from './settings';
import { showError } from './showError';

const lookMilliseconds = 2000;

/** Starts waiting runs when it is their turn, and changes their order. Every window does so, and each run begins once. */
export class RunQueue extends Disposables {
  private starting = false;
  private told = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly registry: RunRegistry,
    private readonly runs: Runs,
  ) {
    super();
    this.register(
      registry.onDidChange(() => {
        this.tellMenus();
        void this.startDue().catch(showError);
      }),
    );
    this.register(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('computeLens.queue')) void this.startDue().catch(showError);
      }),
    );
  }

  override dispose(): void {
    clearTimeout(this.timer);
    super.dispose();
  }

  /** Starts a waiting run now, whatever its device is doing. */
  async startNow(directory: string): Promise<void> {
    const { startNow } = await import('../train/queue');
    const run = await startNow(directory, launchSettings(this.context));
    if (run) await this.runs.followStarted(run);
    else await this.registry.refresh();
  }

  /** Takes waiting runs out of the queue. */
  async cancel(directories: readonly string[]): Promise<void> {
    const { cancelWaiting } = await import('../runs/queueOrder');
    for (const directory of directories) await cancelWaiting(directory);
    await this.registry.refresh();
  }

  /** Puts waiting runs right before another one, or behind all. */
  async move(directories: readonly string[], before: string | undefined): Promise<void> {
    const [first] = this.registry.waiting;
    if (!first) return;
    const { inTurn, moveBefore } = await import('../runs/queueOrder');
    await inTurn(first.record.workspace, async () => {
      await this.registry.refresh();
      await moveBefore(this.registry.waiting, directories, before);
    });
    await this.registry.refresh();
  }

  /** Puts waiting runs one place forward or back. */
  async step(directories: readonly string[], by: -1 | 1): Promise<void> {
    const line = this.registry.waiting.map(({ summary }) => summary.directory);
    const places = directories.map((each) => line.indexOf(each)).filter((place) => place >= 0);
    if (places.length === 0) return;
    const moved = places.sort((a, b) => a - b).map((place) => line[place] as string);
    const others = line.filter((each) => !moved.includes(each));
    const ahead = others.filter((each) => line.indexOf(each) < (places[0] as number)).length;
    await this.move(moved, others[Math.max(0, ahead + by)]);
  }

  private tellMenus(): void {
    const some = this.registry.waiting.length > 0;
    if (some === this.told) return;
    this.told = some;
    void vscode.commands.executeCommand('setContext', 'computeLens.waiting', some);
  }

  /** A run of another workspace, whose end nothing here tells of, may keep the device busy. */
  private async lookElsewhere(next: WaitingRun): Promise<void> {
    const [{ deviceOf, runsOn }, { withRunsElsewhere }] = await Promise.all([
      import('../runs/queue'),
      import('../train/machineRuns'),
    ]);
    const all = await withRunsElsewhere(this.registry.summaries);
    const others = runsOn(deviceOf(next.record, all), all).filter(
      (run) => !this.registry.find(run.directory),
    );
    this.registry.noteElsewhere(others);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.startDue().catch(showError), lookMilliseconds);
  }

  private async startDue(): Promise<void> {
    if (this.registry.waiting.length === 0) return this.registry.noteElsewhere([]);
    if (this.starting) return;
    this.starting = true;
    try {
      const [{ nextInLine }, { startNext }] = await Promise.all([
        import('../runs/queue'),
        import('../train/queue'),
      ]);
      for (;;) {
        const { waiting, summaries } = this.registry;
        const next = nextInLine(waiting, summaries, queueConcurrency());
        if (!next || this.isDisposed) return;
        const run = await startNext(
          next.record.workspace,
          () => this.registry.refresh(),
          launchSettings(this.context),
          queueConcurrency(),
        );
        if (!run) return await this.lookElsewhere(next);
        this.registry.noteElsewhere([]);
        await this.runs.followStarted(run);
      }
    } finally {
      this.starting = false;
    }
  }
}
