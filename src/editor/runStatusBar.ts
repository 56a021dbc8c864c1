import * as vscode from 'vscode';
import { Disposables } from './disposables';
import { runDescription, runName, statusBarText } from './runLabels';
import type { RunRegistry } from './runRegistry';

/** While a run is live: its name, how far it is and its loss, and how many wait. A click opens its panel. */
export class RunStatusBar extends Disposables {
  private item: vscode.StatusBarItem | undefined;

  constructor(private readonly registry: RunRegistry) {
    super();
    this.register(registry.onDidChange(() => this.update()));
    this.register(registry.onDidProgress(() => this.update()));
  }

  override dispose(): void {
    this.item?.dispose();
    super.dispose();
  }

  private update(): void {
    const live = this.registry.live.map(({ summary, monitor }) => ({ summary, observed: monitor.observe() }));
    const { waiting } = this.registry;
    const text = statusBarText(live, waiting.length, Date.now());
    if (text === undefined) {
      this.item?.dispose();
      this.item = undefined;
      return;
    }
    this.item ??= this.create();
    this.item.text = text;
    const lines = [
      ...live.map(
        ({ summary, observed }) => `${runName(summary)}: ${runDescription(summary, observed, Date.now())}`,
      ),
      ...(waiting.length > 0 ? [`${waiting.length} in the queue`] : []),
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

  private create(): vscode.StatusBarItem {
    const item = vscode.window.createStatusBarItem('computeLens.run', vscode.StatusBarAlignment.Left, 0);
    item.name = 'Compute Lens Run';
    item.show();
    return item;
  }
}
