import * as vscode from 'vscode';

/**
 * Whether code of this workspace may run. Where it may not, says why and offers the way out.
 *
 * @param what is not done, for the message: "running an experiment"
 */
export function mayRunCode(what: string): Promise<boolean> {
  return isTrusted(`and ${what} would execute its code`);
}

/** Whether runs of this workspace may be looked at. Where they may not, says why and offers the way out. */
export function mayReadRuns(): Promise<boolean> {
  return isTrusted('so none of its runs is read');
}

async function isTrusted(otherwise: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const answer = await vscode.window.showWarningMessage(
    `This workspace is not trusted, ${otherwise}. Trust it first, if you know where it is from.`,
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}
