import type * as vscode from 'vscode';
import { masksPanelStateSchema, parseMessage } from '../protocol/masksPanel';
import { MasksPanel, type MasksPanelActions } from './masksPanel';
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

  protected override directoryIn(state: unknown): string | undefined {
    return parseMessage(masksPanelStateSchema, state)?.runDirectory;
  }

  protected override fill(panel: vscode.WebviewPanel, directory: string): Hosted {
    return new MasksPanel(panel, directory, this.monitors, this.extensionUri, this.actions);
  }
}
