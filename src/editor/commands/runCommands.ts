import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { requestStop } from '../../runs/control';
import { hasMasks } from '../../runs/hasMasks';
import { readRecord } from '../../runs/recordFile';
import { isLive } from '../../runs/standing';
import { runStatus } from '../../runs/status';
import { runContext } from '../runLabels';
import type { Parts } from './parts';
import { chooseRun } from './pickRun';
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
    fits: (summary) => runContext(summary) === 'run.resumable',
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

/** Moves a run's folder to the trash, after asking. With `{ ask: false }`, at once, and for good where no trash is. */
export async function deleteRun(
  { registry, panels, masks }: Parts,
  argument?: unknown,
  given?: unknown,
): Promise<void> {
  const ask = !v.is(deletionSchema, given) || given.ask;
  const directory = await chooseRun(registry, argument, {
    placeHolder: 'Which run shall be deleted?',
    none: noRuns,
    fits: ({ status }) => !isLive(status),
  });
  if (directory === undefined) return;
  const record = await readRecord(directory).catch(() => undefined);
  if (record && isLive(await runStatus(directory, record))) {
    void vscode.window.showWarningMessage(`${record.name} is under way: stop it before deleting it.`);
    return;
  }
  if (ask && !(await confirmed(record?.name ?? path.basename(directory), directory))) return;
  if (!(await discard(directory, ask))) return;
  panels.close(directory);
  masks.close(directory);
  await registry.refresh();
}

async function confirmed(name: string, directory: string): Promise<boolean> {
  const trash = 'Move to Trash';
  const answer = await vscode.window.showWarningMessage(
    `Delete ${name}?`,
    { modal: true, detail: `Its curves, log and checkpoints go with it.\n${directory}` },
    trash,
  );
  return answer === trash;
}

/** A server has no trash: there it is for good, or not at all. */
async function discard(directory: string, ask: boolean): Promise<boolean> {
  try {
    await vscode.workspace.fs.delete(vscode.Uri.file(directory), { recursive: true, useTrash: true });
    return true;
  } catch {
    if (ask && !(await confirmedForGood(directory))) return false;
    await fs.rm(directory, { recursive: true, force: true });
    return true;
  }
}

async function confirmedForGood(directory: string): Promise<boolean> {
  const forGood = 'Delete Permanently';
  const answer = await vscode.window.showWarningMessage(
    'The folder could not be moved to the trash here. Delete it permanently?',
    { modal: true, detail: directory },
    forGood,
  );
  return answer === forGood;
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
