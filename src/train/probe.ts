import { backendNames, type BackendName } from '../runs/record';
import { runTrainerTool } from './trainerTool';

export interface BackendReport {
  readonly name: BackendName;
  readonly available: boolean;
  /** Version and device, or why not and what to do. */
  readonly detail: string;
}

/** Native libraries may look for a GPU for a while, but not for ever. */
const limitMilliseconds = 60_000;

/** Starts a backend in a process of its own and reports whether it trained there. */
export async function probeInChild(
  name: BackendName,
  folders: readonly string[],
  node?: string,
): Promise<BackendReport> {
  const tool = await runTrainerTool({ verb: 'probe', argument: name, folders, node, limitMilliseconds });
  const answer = tool.answer as { available: boolean; detail: string } | undefined;
  if (answer) return { name, ...answer };
  const why = tool.timedOut
    ? `it did not start within ${limitMilliseconds / 1000} s`
    : `its process ended with ${tool.signal ?? `exit code ${tool.code}`}`;
  return { name, available: false, detail: `${why}. ${lastLine(tool.output)}`.trim() };
}

/** Tries every backend, best first. */
export async function probeBackends(settings: {
  workspace: string;
  packageFolders: readonly string[];
  node?: string;
}): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const name of backendNames)
    reports.push(await probeInChild(name, [settings.workspace, ...settings.packageFolders], settings.node));
  return reports;
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
