import * as vscode from 'vscode';

/** Absolute paths of the open folders that are on this machine's disks. */
export function workspaceFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => folder.uri.fsPath);
}

/** The open folder that a file belongs to, or undefined after telling the user that it is in none. */
export function workspaceOf(file: vscode.Uri): string | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(file);
  if (folder?.uri.scheme === 'file') return folder.uri.fsPath;
  void vscode.window.showErrorMessage(
    `${file.fsPath} is in none of the open folders. Open its folder first: runs are kept in it, under .compute-lens.`,
  );
  return undefined;
}

/** The open folder to put something new into; asks where there are several. */
export async function chooseWorkspace(why: string): Promise<string | undefined> {
  const [first, ...others] = workspaceFolders();
  if (first === undefined) {
    const open = 'Open Folder';
    const answer = await vscode.window.showInformationMessage(`${why} needs an open folder.`, open);
    if (answer === open) await vscode.commands.executeCommand('vscode.openFolder');
    return undefined;
  }
  if (others.length === 0) return first;
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder: `${why}: in which folder?` });
  return picked?.uri.fsPath;
}
