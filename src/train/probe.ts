import type { Peak } from '../runs/peak';
import { backendNames, type BackendName } from '../runs/record';
import type { BackendState } from './backendUnavailable';
import { knownCause } from './installCauses';
import { runTrainerTool } from './trainerTool';

/** What a process that tried a backend says of it. */
export interface BackendAnswer {
  readonly state: BackendState;
  /** Version and device, or why not and what to do. */
  readonly detail: string;
  /** That it computes with; absent for GPUs, and where it does not train. */
  readonly threads?: number;
  /** How fast it was, measured. */
  readonly peak?: Peak;
  /** Why it could not be measured. */
  readonly unmeasured?: string;
}

export interface BackendReport extends BackendAnswer {
  readonly name: BackendName;
  /** Whether it trains. */
  readonly available: boolean;
}

export interface ProbeSettings {
  readonly workspace: string;
  readonly packageFolders: readonly string[];
  readonly node?: string;
  /** Measure every backend, or those only of which nothing is remembered. */
  readonly measure: 'all' | 'unknown';
  readonly signal?: AbortSignal;
  /** Told before each backend is tried. */
  readonly onBackend?: (name: BackendName, place: number, of: number) => void;
}

/** Native libraries may look for a GPU for a while, but not for ever. */
const limitMilliseconds = 60_000;

/** Starts a backend in a process of its own and reports whether it trained there. */
export async function probeInChild(
  name: BackendName,
  folders: readonly string[],
  node?: string,
  verb: 'probe' | 'measure' = 'probe',
  signal?: AbortSignal,
): Promise<BackendReport> {
  const tool = await runTrainerTool({ verb, argument: name, folders, node, limitMilliseconds, signal });
  const answer = tool.answer as BackendAnswer | undefined;
  if (answer) return { name, available: answer.state === 'trains', ...answer };
  const why = tool.timedOut
    ? `it did not start within ${limitMilliseconds / 1000} s`
    : `its process ended with ${tool.signal ?? `exit code ${tool.code}`}`;
  const isNative = name.startsWith('tensorflow');
  const known = isNative && !tool.timedOut ? knownCause(`${tool.output} ${tool.signal}`) : undefined;
  const detail = `${why}. ${known ?? lastLine(tool.output)}`.trim();
  return { name, available: false, state: 'doesNotStart', detail };
}

/**
 * Tries every backend, best first, one at a time so that each is measured undisturbed.
 *
 * @throws AbortError once `signal` says so
 */
export async function probeBackends(settings: ProbeSettings): Promise<BackendReport[]> {
  const { workspace, packageFolders, node, measure, signal } = settings;
  const folders = [workspace, ...packageFolders];
  const reports: BackendReport[] = [];
  for (const [i, name] of backendNames.entries()) {
    settings.onBackend?.(name, i + 1, backendNames.length);
    const ask = (verb: 'probe' | 'measure') => probeInChild(name, folders, node, verb, signal);
    let report = await ask(measure === 'all' ? 'measure' : 'probe');
    // A run measures matrix products only.
    if (measure === 'unknown' && report.available && !report.peak?.add) report = await ask('measure');
    reports.push(report);
  }
  return reports;
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
