import path from 'node:path';
import type { BackendName } from '../runs/record';
import { probeBackends } from '../train/probe';
import { exitCodes } from '../train/trainerProcess';
import { backendsText } from './backendsTable';
import type { InspectOptions } from './inspectCommands';
import { findWorkspace } from './workspace';

/** Starts every backend and measures those that train; says why the others do not. Ctrl-C ends all of it. */
export async function backendsCommand(options: InspectOptions): Promise<number> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    const reports = await probeBackends({
      workspace: options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd()),
      packageFolders: [process.cwd(), __dirname],
      measure: 'all',
      signal: controller.signal,
      onBackend: showProgress,
    });
    hideProgress();
    process.stdout.write(options.json ? `${JSON.stringify(reports)}\n` : backendsText(reports));
    return exitCodes.finished;
  } catch (error) {
    hideProgress();
    if (controller.signal.aborted) return exitCodes.stopped;
    throw error;
  }
}

/** On standard error, so that what is piped on is the answer alone. */
function showProgress(name: BackendName, place: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`${clearedLine}Measuring ${name} (${place} of ${of})…`);
}

function hideProgress(): void {
  if (process.stderr.isTTY) process.stderr.write(clearedLine);
}

const clearedLine = '\r\u001b[2K';
