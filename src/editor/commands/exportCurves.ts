import path from 'node:path';
import * as vscode from 'vscode';
import { StepTable } from '../../report/stepTable';
import { writeStepCsv } from '../../report/stepCsv';
import { readRecord } from '../../runs/recordFile';
import { runStatus } from '../../runs/status';

/** Asks for a file, and writes every step of the runs there as CSV. */
export async function exportCsv(directories: readonly string[]): Promise<void> {
  const [first] = directories;
  if (first === undefined) return;
  const target = await askFor(first, 'csv', 'CSV');
  if (!target) return;
  const done = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Writing ${path.basename(target.fsPath)}`,
      cancellable: true,
    },
    async (_progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        const tables = await Promise.all(directories.map(tableOf));
        await writeStepCsv(tables, target.fsPath, abort.signal);
        return true;
      } catch (error) {
        if (!abort.signal.aborted) throw error;
        await vscode.workspace.fs.delete(target).then(undefined, () => undefined);
        return false;
      }
    },
  );
  if (done) await say(target);
}

/** Asks for a file, and writes a picture there. */
export async function exportPng(directory: string, png: Uint8Array): Promise<void> {
  const target = await askFor(directory, 'png', 'PNG');
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, png);
  await say(target);
}

async function tableOf(directory: string): Promise<StepTable> {
  const record = await readRecord(directory);
  return StepTable.open(directory, record, await runStatus(directory, record), Date.now());
}

async function askFor(directory: string, ending: string, name: string): Promise<vscode.Uri | undefined> {
  const record = await readRecord(directory);
  const file = `${record.name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.${ending}`;
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(record.workspace, file)),
    filters: { [name]: [ending] },
    title: `Export Curves as ${name}`,
  });
}

async function say(target: vscode.Uri): Promise<void> {
  const open = 'Open';
  const answer = await vscode.window.showInformationMessage(
    `The curves are in ${path.basename(target.fsPath)}.`,
    open,
  );
  if (answer === open) await vscode.commands.executeCommand('vscode.open', target);
}
