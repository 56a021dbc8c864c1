import path from 'node:path';
import { probeBackends } from '../train/probe';
import { exitCodes } from '../train/trainerProcess';
import { backendsText } from './backendsTable';
import type { InspectOptions } from './inspectCommands';
import { interruptible, showProgress } from './interruptible';
import { findWorkspace } from './workspace';

/** Starts every backend and measures those that train; says why the others do not. Ctrl-C ends all of it. */
export function backendsCommand(options: InspectOptions): Promise<number> {
  return interruptible(async (signal) => {
    const reports = await probeBackends({
      workspace: options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd()),
      packageFolders: [process.cwd(), __dirname],
      measure: 'all',
      signal,
      onBackend: (name, place, of) => showProgress(`Measuring ${name} (${place} of ${of})…`),
    });
    return () => {
      process.stdout.write(options.json ? `${JSON.stringify(reports)}\n` : backendsText(reports));
      return exitCodes.finished;
    };
  });
}
