import path from 'node:path';
import * as vscode from 'vscode';
import { changeAbout } from '../../runs/about';
import { readRecord } from '../../runs/recordFile';
import { isLive } from '../../runs/standing';
import { commandLine } from '../../train/commandLine';
import { runName } from '../runName';
import { changeRuns } from './changeRuns';
import type { Parts } from './parts';
import { chooseRun, directoriesOf } from './pickRun';

const noRuns = 'There are no runs in this workspace yet.';

/** Gives a run another name in lists; what it was started as stays in its record. */
export async function renameRun(
  { registry, tree }: Parts,
  argument?: unknown,
  given?: unknown,
): Promise<void> {
  const directory = await chooseRun(registry, directoriesOf(argument, undefined, tree)[0], {
    placeHolder: 'Which run shall have another name?',
    none: noRuns,
    fits: ({ record }) => record !== undefined,
  });
  if (directory === undefined) return;
  const record = await readRecord(directory);
  const shown = runName(registry.find(directory) ?? { id: record.id, directory, record });
  const name =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          title: `Rename ${shown}`,
          prompt: `Empty: ${record.name}, as its experiment says`,
          value: shown,
          ignoreFocusOut: true,
        });
  if (name === undefined) return;
  const trimmed = name.trim();
  await changeAbout(directory, { name: trimmed === record.name ? undefined : trimmed });
  await registry.refresh();
}

/** Keeps runs out of lists unless they are asked for. */
export function archiveRun(parts: Parts, node?: unknown, nodes?: unknown): Promise<void> {
  return setArchived(parts, true, node, nodes);
}

/** Has runs in lists again that were archived. */
export function unarchiveRun(parts: Parts, node?: unknown, nodes?: unknown): Promise<void> {
  return setArchived(parts, false, node, nodes);
}

async function setArchived(
  { registry, tree }: Parts,
  archived: boolean,
  node: unknown,
  nodes: unknown,
): Promise<void> {
  const given = directoriesOf(node, nodes, tree);
  const chosen = await chooseRun(registry, given[0], {
    placeHolder: archived ? 'Which run shall be archived?' : 'Which run shall come out of the archive?',
    none: archived ? 'No run of this workspace has ended that is not archived.' : 'No run is archived.',
    fits: ({ status, about }) =>
      !isLive(status) && status !== 'queued' && (about?.archived === true) !== archived,
  });
  if (chosen === undefined) return;
  await changeRuns(registry, given.length > 0 ? given : [chosen], () => ({ archived }));
}

/** Puts the line into the clipboard that does a run again in a terminal. */
export async function copyRunCommand(
  { context, registry, tree }: Parts,
  argument?: unknown,
): Promise<string | undefined> {
  const directory = await chooseRun(registry, directoriesOf(argument, undefined, tree)[0], {
    placeHolder: 'The command line of which run?',
    none: noRuns,
    fits: ({ record }) => record !== undefined,
  });
  if (directory === undefined) return undefined;
  const line = commandLine(await readRecord(directory), path.join(context.extensionPath, 'dist', 'cli.js'));
  await vscode.env.clipboard.writeText(line);
  vscode.window.setStatusBarMessage('$(clippy) The command line is in the clipboard.', 5000);
  return line;
}

/** Shows the curves of runs over each other: of those that are selected, else of one and others that are asked for. */
export async function compareRuns(parts: Parts, node?: unknown, nodes?: unknown): Promise<void> {
  const { panels, registry, runs, tree } = parts;
  const given = directoriesOf(node, nodes, tree);
  if (given.length > 1) return panels.compare(given);
  const first = await chooseRun(registry, given[0], {
    placeHolder: 'Compare the curves of which run…',
    none: noRuns,
    fits: ({ record, status }) => record !== undefined && status !== 'queued',
  });
  if (first === undefined) return;
  const others = await runs.chooseRuns([first]);
  if (others.length > 0) await panels.compare([first, ...others]);
}
