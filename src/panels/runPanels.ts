import type * as vscode from 'vscode';
import { RunPanel, type RunPanelActions } from './runPanel';
import type { RunMonitors } from './runMonitors';
import { RunWebviews, type Hosted } from './runWebviews';

export const runPanelType = 'computeLens.run';

/** All open run panels. */
export class RunPanels extends RunWebviews {
  constructor(
    private readonly monitors: RunMonitors,
    extensionUri: vscode.Uri,
    private readonly actions: RunPanelActions,
  ) {
    super(runPanelType, extensionUri);
  }

  protected override title(runName: string): string {
    return runName;
  }

  protected override fill(panel: vscode.WebviewPanel, directory: string): Hosted {
    const held = this.monitors.acquire(directory);
    const hosted = new RunPanel(panel, held.monitor, this.extensionUri, this.actions);
    return {
      panel,
      dispose: () => {
        hosted.dispose();
        held.dispose();
      },
    };
  }
}
