import * as vscode from 'vscode';
import { formatShare } from '../../protocol/formatCost';
import { calibrate, type CalibrationReport } from '../../trace/calibrate';
import { launchSettings } from '../settings';
import { mayRunCode } from '../trust';
import { workspaceFolders } from '../workspaces';
import type { Parts } from './parts';

/** Measures what training steps take on every backend that trains here, so that times are predicted. */
export async function calibrateDevice(parts: Parts): Promise<void> {
  if (!(await mayRunCode('starting backends from its packages'))) return;
  const reports = await calibrated(parts);
  if (!reports) return;
  for (const { name, detail, profile } of reports)
    parts.log.info(`calibration of ${name}: ${profile ? accuracy(profile) : detail}`);
  await parts.cost()?.recalibrated();
  const done = reports.flatMap(({ name, profile }) => (profile ? `${name} ${accuracy(profile)}` : []));
  if (done.length === 0)
    void vscode.window.showWarningMessage('No backend could be calibrated: the log says why.');
  else
    void vscode.window.showInformationMessage(
      `Calibrated. Nine of ten predictions are off by no more than: ${done.join('; ')}.`,
    );
}

/** Undefined once the user cancels. */
function calibrated(parts: Parts): Thenable<CalibrationReport[] | undefined> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: 'Compute Lens: calibrating this device',
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    let before = 0;
    try {
      return await calibrate({
        ...launchSettings(parts.context),
        workspace: workspaceFolders()[0] ?? parts.context.globalStorageUri.fsPath,
        signal: controller.signal,
        onProgress: (name, place, of, share) => {
          const now = (100 * (place - 1 + share)) / of;
          progress.report({ message: `${name} (${place} of ${of})`, increment: now - before });
          before = now;
        },
      });
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    }
  });
}

function accuracy({ residual: { p5, p50, p95 } }: NonNullable<CalibrationReport['profile']>): string {
  return `-${formatShare(1 - p5 / p50)} to +${formatShare(p95 / p50 - 1)}`;
}
