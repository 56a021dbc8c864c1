import path from 'node:path';
import * as vscode from 'vscode';
import { catalogue } from '../../data/catalogue';
import { download, type DownloadProgress } from '../../data/download';
import { loadingCode } from '../../data/loadingCode';
import { formatBytes } from '../../protocol/format';
import { isExperimentFile } from '../experimentFiles';
import { chooseWorkspace } from '../workspaces';
import type { Parts } from './parts';
import { cancellable } from './progress';

/** Downloads a public data set into the workspace and offers the line of code that loads it. */
export async function downloadData({ log }: Parts, wanted?: unknown): Promise<string | undefined> {
  const name = typeof wanted === 'string' ? wanted : await pickDataset();
  if (name === undefined) return undefined;
  const workspace = await chooseWorkspace('Downloaded data');
  if (workspace === undefined) return undefined;
  const folder = path.join(workspace, '.compute-lens', 'data', name);
  const done = await cancellable(`Downloading ${name}`, async (signal, report) => {
    const onProgress = (state: DownloadProgress) =>
      report(progressText(state), state.bytes / state.totalBytes);
    try {
      await download(name, folder, { onProgress, signal });
    } catch (error) {
      if (!signal.aborted) log.error(error instanceof Error ? error.message : String(error));
      throw error;
    }
    return true;
  });
  if (!done) return undefined;
  await offerCode(name, folder, workspace);
  return folder;
}

async function pickDataset(): Promise<string | undefined> {
  const items = Object.entries(catalogue).map(([name, { title, files }]) => ({
    name,
    label: name,
    description: formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0)),
    detail: title,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Download Data',
    placeHolder: 'Which data set?',
    matchOnDetail: true,
  });
  return picked?.name;
}

function progressText({ doing, file, bytes, totalBytes }: DownloadProgress): string {
  return `${doing} ${file}, ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
}

async function offerCode(name: string, folder: string, workspace: string): Promise<void> {
  const active = vscode.window.activeTextEditor?.document.uri.fsPath;
  const from = active && isExperimentFile(active) ? path.dirname(active) : workspace;
  const code = loadingCode(name, folder, from);
  const copy = 'Copy Code';
  const answer = await vscode.window.showInformationMessage(`${name} is here. Load it with ${code}`, copy);
  if (answer === copy) await vscode.env.clipboard.writeText(code);
}
