import path from 'node:path';
import { markdownTable } from 'markdown-table';
import { formatShare } from '../protocol/formatCost';
import type { BackendName } from '../runs/record';
import { calibrate, type CalibrationReport } from '../trace/calibrate';
import { exitCodes } from '../train/trainerProcess';
import { interruptible, showProgress } from './interruptible';
import { findWorkspace } from './workspace';

export interface CalibrateOptions {
  readonly backend?: BackendName;
  readonly json?: boolean;
  readonly workspace?: string;
}

/** Measures what steps take on the backends of this machine, for predictions. Ctrl-C ends it, and keeps nothing of it. */
export function calibrateCommand(options: CalibrateOptions): Promise<number> {
  return interruptible(async (signal) => {
    const reports = await calibrate({
      workspace: options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd()),
      packageFolders: [process.cwd(), __dirname],
      ...(options.backend && { backends: [options.backend] }),
      signal,
      onProgress: (name, place, of, share) =>
        showProgress(`Calibrating ${name} (${place} of ${of}), ${Math.round(100 * share)} %…`),
    });
    return () => {
      process.stdout.write(options.json ? `${JSON.stringify(reports)}\n` : calibrationText(reports));
      return reports.some(({ profile }) => profile) ? exitCodes.finished : exitCodes.failed;
    };
  });
}

export function calibrationText(reports: readonly CalibrationReport[]): string {
  const rows = reports.map(({ name, detail, profile }) => {
    const { p5, p50, p95 } = profile?.residual ?? { p5: 1, p50: 1, p95: 1 };
    return profile
      ? [
          name,
          String(profile.samples),
          `-${formatShare(1 - p5 / p50)} to +${formatShare(p95 / p50 - 1)}`,
          detail,
        ]
      : [name, '', '', detail];
  });
  const table = markdownTable(
    [['backend', 'steps measured', 'predictions are off by', 'version and device'], ...rows],
    {
      align: ['l', 'r', 'r', 'l'],
    },
  );
  return `${table}\n\nNine of ten predictions are off by no more, as steps show that took no part in the fit.\n`;
}
