import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { isLive } from '../../runs/standing';
import { cancelWaiting } from '../../runs/queueOrder';
import { readRecord } from '../../runs/recordFile';
import { runStatus } from '../../runs/status';
import { runName } from '../runName';
import type { Parts } from './parts';
import { cancellableWhenLong } from './progress';

/**
 * Moves folders of runs to the trash, after asking, or deletes them for good where there is none; those that are under
 * way stay. Without `ask`, at once.
 */
export async function discardRuns(
  { registry, panels, masks }: Parts,
  directories: readonly string[],
  ask = true,
): Promise<void> {
  const ended: Ended[] = [];
  const live: string[] = [];
  for (const directory of directories) {
    const record = await readRecord(directory).catch(() => undefined);
    const name = runName(
      registry.find(directory) ?? { id: path.basename(directory), directory, ...(record && { record }) },
    );
    if (record && isLive(await runStatus(directory, record))) live.push(name);
    else ended.push({ directory, name });
  }
  const [under] = live;
  if (under !== undefined)
    void vscode.window.showWarningMessage(
      live.length === 1
        ? `${under} is under way: stop it before deleting it.`
        : `${live.length} runs are under way: stop them before deleting them.`,
    );
  const [first] = ended;
  // A server has no trash.
  const hasTrash = vscode.env.remoteName === undefined;
  if (!first || (ask && !(await confirmed(first.name, ended, hasTrash)))) return;
  const parts = { registry, panels, masks };
  const left = ask && hasTrash ? await awayWithEach(parts, ended, trashed) : ended;
  const [stuck] = left;
  if (stuck && (!ask || !hasTrash || (await confirmedForGood(ended.length, stuck.directory))))
    await awayWithEach(parts, left, async (directory) => {
      if (!(await trashed(directory))) await fs.rm(directory, { recursive: true, force: true });
      return true;
    });
  await registry.refresh();
}

const forGood = 'Delete Permanently';

interface Ended {
  readonly directory: string;
  readonly name: string;
}

/** Answers with what is left where one could not go: that one and those after it. None once the user cancels. */
async function awayWithEach(
  { registry, panels, masks }: Pick<Parts, 'registry' | 'panels' | 'masks'>,
  runs: readonly Ended[],
  away: (directory: string) => Promise<boolean>,
): Promise<readonly Ended[]> {
  const many = runs.length > 1 ? `${runs.length} runs` : runs[0]?.name;
  const left = await cancellableWhenLong(`Deleting ${many}`, async (signal, report) => {
    for (const [i, { directory }] of runs.entries()) {
      if (signal.aborted) return [];
      report(`${i + 1} of ${runs.length}`, i / runs.length);
      // It must not begin meanwhile, and stays where it has. One of which nothing was trained is gone then.
      if (registry.find(directory)?.status === 'queued' && !(await cancelWaiting(directory))) continue;
      if (existsSync(directory) && !(await away(directory))) return runs.slice(i);
      panels.close(directory);
      masks.close(directory);
    }
    return [];
  });
  return left ?? [];
}

async function confirmed(
  name: string,
  all: readonly { readonly directory: string }[],
  hasTrash: boolean,
): Promise<boolean> {
  const away = hasTrash ? 'Move to Trash' : forGood;
  const what = all.length === 1 ? name : `${all.length} runs`;
  const owners = all.length === 1 ? 'Its' : 'Their';
  const it = all.length === 1 ? 'it' : 'them';
  const answer = await vscode.window.showWarningMessage(
    `Delete ${what}?`,
    {
      modal: true,
      detail: `${owners} curves, log and checkpoints go with ${it}.\n${folders(all)}`,
    },
    away,
  );
  return answer === away;
}

/** A dialog has room for a few. */
const mostNamed = 8;

function folders(all: readonly { readonly directory: string }[]): string {
  const named = all.slice(0, mostNamed).map(({ directory }) => directory);
  const more = all.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

async function trashed(directory: string): Promise<boolean> {
  try {
    await vscode.workspace.fs.delete(vscode.Uri.file(directory), { recursive: true, useTrash: true });
    return true;
  } catch {
    return false;
  }
}

async function confirmedForGood(count: number, directory: string): Promise<boolean> {
  const answer = await vscode.window.showWarningMessage(
    `The ${count === 1 ? 'folder' : 'folders'} could not be moved to the trash here. Delete ${count === 1 ? 'it' : 'them'} permanently?`,
    { modal: true, detail: directory },
    forGood,
  );
  return answer === forGood;
}
