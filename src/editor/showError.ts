import * as vscode from 'vscode';

/** Shows an error to the user in its own words. */
export function showError(error: unknown): void {
  void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
}
