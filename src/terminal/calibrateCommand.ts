import path from 'node:path';
import { markdownTable } from 'markdown-table';
import { formatShare } from '../protocol/formatCost';
import type { BackendName } from '../runs/record';
import { calibrate, type CalibrationReport } from '../trace/calibrate';
import { exitCodes } from '../train/trainerProcess';
import { findWorkspace } from './workspace';

export interface CalibrateOptions {
  readonly backend?: BackendName;
  readonly json?: boolean;
  readonly workspace?: string;
}

/** Measures what steps take on the backends of this machine, for predictions. Ctrl-C ends it, and keeps nothing of it. */
export async function calibrateCommand(options: CalibrateOptions): Promise<number> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    const reports = await calibrate({
      workspace: options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd()),
      packageFolders: [process.cwd(), __dirname],
      ...(options.backend && { backends: [options.backend] }),
      signal: controller.signal,
      onProgress: showProgress,
    });
    clearLine();
    process.stdout.write(options.json ? `${JSON.stringify(reports)}\n` : calibrationText(reports));
    return reports.some(({ profile }) => profile) ? exitCodes.finished : exitCodes.failed;
  } catch (error) {
    clearLine();
    if (controller.signal.aborted) return exitCodes.stopped;
    throw error;
  }
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

/** On standard error, so that what is piped on is the answer alone. */
function showProgress(name: BackendName, place: number, of: number, share: number): void {
  if (!process.stderr.isTTY) return;
  clearLine();
  process.stderr.write(`Calibrating ${name} (${place} of ${of}), ${Math.round(100 * share)} %…`);
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
}
