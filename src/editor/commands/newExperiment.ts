import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { experimentFileName, experimentTemplate, nameProblem } from '../experimentFiles';
import { provideTypes } from '../experimentTypes';
import { chooseWorkspace } from '../workspaces';
import type { Parts } from './parts';

/** Second argument of the command, for key bindings and tests. Menus pass other things, which mean nothing here. */
const namedSchema = v.strictObject({ name: v.string() });

/**
 * Asks for a name, unless it is given, and creates an experiment that trains as it stands, and whose types the editor
 * knows. Never overwrites.
 */
export async function newExperiment(
  { context }: Parts,
  uri?: unknown,
  given?: unknown,
): Promise<vscode.Uri | undefined> {
  const folder = folderOf(uri) ?? (await chooseWorkspace('A new experiment'));
  if (folder === undefined) return undefined;
  const problemOf = (text: string) => nameProblem(text, (file) => fs.existsSync(path.join(folder, file)));
  const name = v.is(namedSchema, given) ? given.name : await askName(folder, problemOf);
  if (name === undefined) return undefined;
  const problem = problemOf(name);
  if (problem !== undefined) throw new Error(`No experiment "${name}" was made in ${folder}. ${problem}`);
  const file = experimentFileName(name);
  const target = path.join(folder, file);
  try {
    fs.writeFileSync(target, experimentTemplate(file.replace('.experiment.ts', '')), { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'EEXIST' ? `${target} is there already; nothing was changed.` : message, {
      cause: error,
    });
  }
  const created = vscode.Uri.file(target);
  const workspace = vscode.workspace.getWorkspaceFolder(created)?.uri.fsPath ?? folder;
  provideTypes(folder, workspace, path.join(context.extensionPath, 'dist', 'types'));
  await vscode.window.showTextDocument(created);
  return created;
}

function askName(
  folder: string,
  validateInput: (text: string) => string | undefined,
): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'New Experiment',
    prompt: `Name of the experiment; the file goes into ${folder}`,
    value: 'experiment',
    // Asked from the walkthrough, whose page takes the focus when it ticks the step off.
    ignoreFocusOut: true,
    validateInput,
  });
}

/** Called on a folder of the explorer, that folder; on a file, the one it is in. */
function folderOf(uri: unknown): string | undefined {
  if (!(uri instanceof vscode.Uri) || uri.scheme !== 'file') return undefined;
  const isFolder = fs.statSync(uri.fsPath, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? uri.fsPath : path.dirname(uri.fsPath);
}
