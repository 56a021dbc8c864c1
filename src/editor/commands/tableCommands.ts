import type { RunSummary } from '../../runs/runIndex';
import { mayReadRuns } from '../trust';
import type { Parts } from './parts';
import { chooseRun, directoryOf } from './pickRun';
import type { StartedRun } from './runExperiment';

/** Shows all runs with their parameters, metrics and costs as a table. */
export async function showRunsTable({ table }: Parts): Promise<void> {
  if (await mayReadRuns()) table().show();
}

/** Shows what differs between two runs: those given, one given and one chosen, or two chosen. */
export async function diffRuns({ registry, table }: Parts, first?: unknown, second?: unknown): Promise<void> {
  const given = Array.isArray(second) ? second.map(directoryOf) : [first, second].map(directoryOf);
  const a = await chooseRun(registry, given[0], {
    placeHolder: 'Compare which run…',
    none: 'There are no runs in this workspace yet.',
    fits: isReadable,
  });
  if (a === undefined) return;
  const b = await chooseRun(registry, given[1], {
    placeHolder: '… with which other one?',
    none: 'There is no other run in this workspace yet.',
    fits: (summary) => isReadable(summary) && summary.directory !== a,
  });
  if (b !== undefined) await table().diff(a, b);
}

/** Starts a run again with the same parameters, seed and backend. */
export function rerunRun(parts: Parts, argument?: unknown): Promise<StartedRun | undefined> {
  return again(parts, argument, false);
}

/** Starts a run again with parameters, seed or backend changed. */
export function rerunRunWithChanges(parts: Parts, argument?: unknown): Promise<StartedRun | undefined> {
  return again(parts, argument, true);
}

async function again(
  { registry, table }: Parts,
  argument: unknown,
  changed: boolean,
): Promise<StartedRun | undefined> {
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'Which run shall be done again?',
    none: 'There are no runs in this workspace yet.',
    fits: isReadable,
  });
  return directory === undefined ? undefined : table().rerun(directory, changed);
}

function isReadable({ record }: RunSummary): boolean {
  return record !== undefined;
}
