import path from 'node:path';
import type * as vscode from 'vscode';
import { readRecord } from '../runs/recordFile';
import type { RunPanel, RunPanelActions } from './runPanel';
import type { RunMonitors } from './runMonitors';
import { RunWebviews, type Hosted } from './runWebviews';

export const runPanelType = 'computeLens.run';

/** All open run panels. */
export class RunPanels extends RunWebviews {
  private readonly panels = new Map<string, RunPanel>();

  constructor(
    private readonly monitors: RunMonitors,
    extensionUri: vscode.Uri,
    private readonly actions: RunPanelActions,
  ) {
    super(runPanelType, extensionUri);
  }

  /**
   * Shows the panel of the first run with the curves of the others drawn over its own, instead of those that were.
   *
   * @param directories folders of runs of this window, 1 or more
   */
  async compare(directories: readonly string[]): Promise<void> {
    const [first, ...others] = directories.map((directory) => path.resolve(directory));
    if (first === undefined) return;
    this.show(first, (await readRecord(first)).name);
    this.panels.get(first)?.compare(others);
  }

  protected override title(runName: string): string {
    return runName;
  }

  protected override fill(panel: vscode.WebviewPanel, directory: string): Hosted {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of its own, so that other windows do not read it
    const { RunPanel: Loaded } = require('./runPanel.js') as typeof import('./runPanel');
    const hosted = new Loaded(panel, directory, this.monitors, this.extensionUri, this.actions);
    this.panels.set(directory, hosted);
    return {
      panel,
      dispose: () => {
        this.panels.delete(directory);
        hosted.dispose();
      },
    };
  }
}
