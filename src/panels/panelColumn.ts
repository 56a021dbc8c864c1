import * as vscode from 'vscode';

/** Where a new panel goes: to the panel that is in sight already, else beside the text that is being edited. */
export function panelColumn(): vscode.ViewColumn {
  const { activeTabGroup, all } = vscode.window.tabGroups;
  const group = [activeTabGroup, ...all].find(({ activeTab }) => isOurs(activeTab));
  if (group) return group.viewColumn;
  return vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
}

function isOurs(tab: vscode.Tab | undefined): boolean {
  return tab?.input instanceof vscode.TabInputWebview && tab.input.viewType.includes('computeLens.');
}
