import * as vscode from 'vscode';
import { formatShare } from '../../protocol/formatCost';
import { calibrate, type CalibrationReport } from '../../trace/calibrate';
import { launchSettings } from '../settings';
import { mayRunCode } from '../trust';
import { workspaceFolders } from '../workspaces';
import type { Parts } from './parts';
import { cancellable } from './progress';

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
  return cancellable('Compute Lens: calibrating this device', (signal, report) =>
    calibrate({
      ...launchSettings(parts.context),
      workspace: workspaceFolders()[0] ?? parts.context.globalStorageUri.fsPath,
      signal,
      onProgress: (name, place, of, share) => report(`${name} (${place} of ${of})`, (place - 1 + share) / of),
    }),
  );
}

function accuracy({ residual: { p5, p50, p95 } }: NonNullable<CalibrationReport['profile']>): string {
  return `-${formatShare(1 - p5 / p50)} to +${formatShare(p95 / p50 - 1)}`;
}
