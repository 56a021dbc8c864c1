import * as vscode from 'vscode';
import { Disposables } from './disposables';
import type { RunRegistry } from './runRegistry';
import { runName } from './runName';

/** While a run is live: its name, how far it is and its loss, and how many wait. A click opens its panel. */
export class RunStatusBar extends Disposables {
  private item: vscode.StatusBarItem | undefined;

  constructor(private readonly registry: RunRegistry) {
    super();
    this.register(registry.onDidChange(() => void this.update()));
    this.register(registry.onDidProgress(() => void this.update()));
  }

  override dispose(): void {
    super.dispose();
    this.hide();
  }

  private async update(): Promise<void> {
    if (this.isIdle) return this.hide();
    const { runDescription, statusBarText } = await import('./runLabels');
    const { waiting, elsewhere } = this.registry;
    const live = this.registry.live.map(({ summary, monitor }) => ({ summary, observed: monitor.observe() }));
    const text = statusBarText(live, waiting.length, Date.now());
    if (text === undefined || this.isDisposed) return this.hide();
    this.item ??= this.create();
    this.item.text = text;
    const lines = [
      ...live.map(
        ({ summary, observed }) => `${runName(summary)}: ${runDescription(summary, observed, Date.now())}`,
      ),
      ...(waiting.length > 0 ? [`${waiting.length} in the queue`] : []),
      ...elsewhere.map((run) => `${runName(run)} trains in ${run.record?.workspace ?? 'another folder'}`),
    ];
    this.item.tooltip = `${lines.join('\n')}\nClick to open the ${live.length > 0 ? 'run' : 'view of runs'}`;
    this.item.accessibilityInformation = { label: `Compute Lens: ${lines.join('; ')}`, role: 'button' };
    const only = live.length === 1 ? live[0] : undefined;
    this.item.command =
      live.length === 0
        ? { command: 'computeLens.runs.focus', title: 'Show Runs' }
        : {
            command: 'computeLens.openRun',
            title: 'Open Run',
            arguments: only ? [only.summary.directory] : [{ live: true }],
          };
  }

  private get isIdle(): boolean {
    return this.registry.live.length + this.registry.waiting.length === 0;
  }

  private hide(): void {
    this.item?.dispose();
    this.item = undefined;
  }

  private create(): vscode.StatusBarItem {
    const item = vscode.window.createStatusBarItem('computeLens.run', vscode.StatusBarAlignment.Left, 0);
    item.name = 'Compute Lens Run';
    item.show();
    return item;
  }
}
