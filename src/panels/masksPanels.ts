import type * as vscode from 'vscode';
import type { MasksPanelActions } from './masksPanel';
import type { RunMonitors } from './runMonitors';
import { RunWebviews, type Hosted } from './runWebviews';

export const masksPanelType = 'computeLens.masks';

/** All open panels of masks. */
export class MasksPanels extends RunWebviews {
  constructor(
    private readonly monitors: RunMonitors,
    extensionUri: vscode.Uri,
    private readonly actions: MasksPanelActions,
  ) {
    super(masksPanelType, extensionUri);
  }

  protected override title(runName: string): string {
    return `Masks: ${runName}`;
  }

  protected override fill(panel: vscode.WebviewPanel, directory: string): Hosted {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of its own, so that other windows do not read it
    const { MasksPanel } = require('./masksPanel.js') as typeof import('./masksPanel');
    return new MasksPanel(panel, directory, this.monitors, this.extensionUri, this.actions);
  }
}
