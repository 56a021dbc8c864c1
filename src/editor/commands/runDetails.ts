import path from 'node:path';
import * as vscode from 'vscode';
import { changeAbout } from '../../runs/about';
import { readRecord } from '../../runs/recordFile';
import { commandLine } from '../../train/commandLine';
import { runName } from '../runName';
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
