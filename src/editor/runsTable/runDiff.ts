import path from 'node:path';
import * as vscode from 'vscode';
import { surroundingsOf } from '../../cost/surroundings';
import { RunColumns } from '../../panels/runsTableColumns';
import { rowOf } from '../../panels/runsTableRows';
import { isRunOfThisWindow } from '../../panels/runWebviews';
import { cancellableWhenLong, unlessAborted } from '../commands/progress';
import { readAbout } from '../../runs/about';
import { readDigest } from '../../runs/digest';
import { readRecord } from '../../runs/recordFile';
import { runStatus } from '../../runs/status';
import { surroundingsSettings } from '../settings';
import { runScheme } from './names';
import { Repository } from './git';
import { runText } from './runText';

/** More files than this nobody reads as one page. */
const mostFiles = 100;

/**
 * Opens what differs between two runs as one page: parameters, environment and metrics, and below them the files that
 * differ between the commits that they were started from.
 */
export async function diffRuns(a: string, b: string): Promise<void> {
  const [left, right] = await Promise.all([readRecord(a), readRecord(b)]);
  const [leftName, rightName] = await Promise.all(
    [a, b].map(async (directory, i) => {
      const { name } = await readAbout(directory).catch(() => ({ name: undefined }));
      const ending = path.basename(directory).split('-').at(-1);
      return `${name ?? [left, right][i]?.name} · ${ending}`;
    }),
  );
  const files: [vscode.Uri, vscode.Uri, vscode.Uri][] = [
    [runUri(a, `${leftName}.md`), runUri(a, `${leftName}.md`), runUri(b, `${rightName}.md`)],
  ];
  const code = await cancellableWhenLong(`Comparing ${leftName} and ${rightName}`, (signal) =>
    unlessAborted(signal, codeChanges(left, right)),
  );
  if (!code) return;
  files.push(...code.files);
  await vscode.commands.executeCommand('vscode.changes', `${leftName} ↔ ${rightName}`, files);
  if (code.remark !== undefined) void vscode.window.showInformationMessage(code.remark);
}

type Compared = Pick<Awaited<ReturnType<typeof readRecord>>, 'name' | 'git' | 'workspace' | 'file'>;

/** Files that differ between the commits of two runs, and what keeps them from being the whole truth. */
async function codeChanges(
  left: Compared,
  right: Compared,
): Promise<{ files: [vscode.Uri, vscode.Uri, vscode.Uri][]; remark?: string }> {
  const unknown = [left, right].find(({ git }) => !git);
  if (!left.git || !right.git)
    return { files: [], remark: `The code is not compared: the commit of ${unknown?.name} is not known.` };
  const dirty =
    left.git.dirty || right.git.dirty
      ? 'Files had changes that were not committed when a run was started: the commits are not quite what ran.'
      : undefined;
  if (left.git.commit === right.git.commit)
    return { files: [], ...(dirty !== undefined && { remark: dirty }) };
  const repository = await Repository.of(path.dirname(path.join(right.workspace, right.file)));
  const commits =
    repository && (await Promise.all([left, right].map(({ git }) => repository.commit(git?.commit ?? ''))));
  const [from, to] = commits ?? [];
  if (!repository || from === undefined || to === undefined)
    return { files: [], remark: 'The code is not compared: this repository does not have both commits.' };
  const changed = await repository.changed(from, to);
  const files = changed
    .slice(0, mostFiles)
    .map((name): [vscode.Uri, vscode.Uri, vscode.Uri] => [
      vscode.Uri.file(path.join(repository.root, name)),
      fileUri(repository.root, from, name),
      fileUri(repository.root, to, name),
    ]);
  const more =
    changed.length > mostFiles
      ? `Of ${changed.length} files that differ, ${mostFiles} are shown.`
      : undefined;
  const remark = [more, dirty].filter(Boolean).join(' ');
  return { files, ...(remark !== '' && { remark }) };
}

function runUri(directory: string, label: string): vscode.Uri {
  return vscode.Uri.from({ scheme: runScheme, path: `/${label}`, query: JSON.stringify({ directory }) });
}

function fileUri(root: string, commit: string, name: string): vscode.Uri {
  return vscode.Uri.from({ scheme: runScheme, path: `/${name}`, query: JSON.stringify({ root, commit }) });
}

/** The text of a document of {@link runScheme}. */
export async function textOf(uri: vscode.Uri): Promise<string> {
  const { directory, root, commit } = JSON.parse(uri.query) as Record<string, string | undefined>;
  if (directory !== undefined) return isRunOfThisWindow(directory) ? textOfRun(directory) : '';
  const repository = root === undefined ? undefined : await Repository.of(root);
  return repository && commit !== undefined ? repository.text(commit, uri.path.slice(1)) : '';
}

async function textOfRun(directory: string): Promise<string> {
  const record = await readRecord(directory);
  const status = await runStatus(directory, record);
  const about = await readAbout(directory).catch(() => ({}));
  const digest = await readDigest(directory, record, status);
  const surroundings = surroundingsOf(surroundingsSettings());
  const columns = new RunColumns(surroundings.prices.currency);
  const summary = { id: record.id, directory, record, status, about };
  const row = rowOf({ summary, digest }, columns, surroundings);
  return runText(record, row, columns.all);
}
