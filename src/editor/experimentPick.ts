import path from 'node:path';
import * as vscode from 'vscode';

const rememberedKey = 'lastExperiment';
const glob = '**/*.experiment.{ts,js,mts,mjs}';
// Run folders keep copies of what was run.
const excluded = '**/{node_modules,.compute-lens}/**';

interface ExperimentItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

/** Asks for one of the workspace's experiments, the one picked last first. Undefined where none was picked. */
export async function pickExperiment(memory: vscode.Memento): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles(glob, excluded);
  const newItem: ExperimentItem = {
    label: '$(new-file) New Experiment…',
    alwaysShow: true,
    detail: found.length === 0 ? 'There is no *.experiment.ts file in this workspace yet.' : undefined,
  } as ExperimentItem;
  const picked = await vscode.window.showQuickPick(
    [...sorted(found, memory.get<string>(rememberedKey)).map(itemOf), newItem],
    { title: 'Run Experiment', placeHolder: 'Which experiment?', matchOnDescription: true },
  );
  if (picked === newItem) await vscode.commands.executeCommand('computeLens.newExperiment');
  return picked?.uri;
}

/** Puts an experiment first in the next list. */
export async function rememberExperiment(memory: vscode.Memento, uri: vscode.Uri): Promise<void> {
  await memory.update(rememberedKey, uri.fsPath);
}

function sorted(uris: readonly vscode.Uri[], last: string | undefined): vscode.Uri[] {
  const active = vscode.window.activeTextEditor?.document.uri.fsPath;
  const rank = ({ fsPath }: vscode.Uri) => (fsPath === last ? 0 : fsPath === active ? 1 : 2);
  return [...uris].sort((a, b) => rank(a) - rank(b) || a.fsPath.localeCompare(b.fsPath));
}

function itemOf(uri: vscode.Uri): ExperimentItem {
  const folder = path.dirname(vscode.workspace.asRelativePath(uri));
  return {
    uri,
    label: `$(beaker) ${path.basename(uri.fsPath).replace(/\.experiment\.\w+$/, '')}`,
    description: folder === '.' ? path.basename(uri.fsPath) : `${folder}/${path.basename(uri.fsPath)}`,
  };
}
