import * as v from 'valibot';
import { requestStop } from '../../runs/control';
import { hasMasks } from '../../runs/hasMasks';
import { readRecord } from '../../runs/recordFile';
import { canResume, isLive } from '../../runs/standing';
import type { Parts } from './parts';
import { chooseRun, directoriesOf } from './pickRun';
import type { StartedRun } from './runExperiment';

const noRuns = 'There are no runs in this workspace yet.';

/** Asks a run to stop; it ends with a checkpoint after the step it is at. */
export async function stopRun({ registry }: Parts, argument?: unknown): Promise<void> {
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'Which run shall stop?',
    none: 'No run is under way.',
    fits: ({ status }) => isLive(status),
    only: true,
  });
  if (directory !== undefined) await requestStop(directory);
}

/** Continues a run from its last checkpoint. */
export async function resumeRun(
  { registry, runs }: Parts,
  argument?: unknown,
): Promise<StartedRun | undefined> {
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'Which run shall go on?',
    none: 'No run of this workspace can be resumed: each is finished, under way, or of a plain script.',
    fits: ({ record, status }) => record !== undefined && status !== undefined && canResume(record, status),
  });
  return directory === undefined ? undefined : runs.resumeAndFollow(directory);
}

/** Shows the panel of a run. */
export async function openRun({ registry, panels }: Parts, argument?: unknown): Promise<void> {
  const liveOnly = typeof argument === 'object' && argument !== null && 'live' in argument;
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'Which run?',
    none: liveOnly ? 'No run is under way.' : noRuns,
    fits: ({ record, status }) => record !== undefined && (!liveOnly || isLive(status)),
    only: liveOnly,
  });
  if (directory === undefined) return;
  const record = await readRecord(directory);
  panels.show(directory, record.name);
}

/** Shows the masks of a run's sparse weights. */
export async function showMasks({ registry, masks }: Parts, argument?: unknown): Promise<void> {
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'The masks of which run?',
    none: 'No run of this workspace has masks yet: they are recorded while an experiment with the field "sparsity" trains.',
    fits: ({ directory }) => hasMasks(directory),
    only: true,
  });
  if (directory === undefined) return;
  const record = await readRecord(directory);
  masks.show(directory, record.name);
}

/** Second argument of the command, for key bindings and tests. Menus pass other things, which mean nothing here. */
const deletionSchema = v.strictObject({ ask: v.boolean() });

/** Moves folders of runs to the trash, after asking. With `{ ask: false }`, at once, and for good where no trash is. */
export async function deleteRun(parts: Parts, argument?: unknown, given?: unknown): Promise<void> {
  const several = directoriesOf(argument, given, parts.tree);
  const chosen = await chooseRun(parts.registry, several[0], {
    placeHolder: 'Which run shall be deleted?',
    none: noRuns,
    fits: ({ status }) => !isLive(status),
  });
  if (chosen === undefined) return;
  const { discardRuns } = await import('./discard');
  const directories = several.length > 0 ? several : [chosen];
  await discardRuns(parts, directories, !v.is(deletionSchema, given) || given.ask);
}

/** Opens what a run's process has printed. */
export async function openRunLog({ registry, runs }: Parts, argument?: unknown): Promise<void> {
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'The log of which run?',
    none: noRuns,
    fits: () => true,
  });
  if (directory !== undefined) runs.openLog(directory);
}

/** Shows a run's folder where files are managed. */
export async function revealRunFolder({ registry, runs }: Parts, argument?: unknown): Promise<void> {
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'The folder of which run?',
    none: noRuns,
    fits: () => true,
  });
  if (directory !== undefined) runs.revealFolder(directory);
}
