import * as vscode from 'vscode';
import { backendChoices, type BackendChoice } from '../runs/record';
import type { LaunchSettings } from '../train/launch';

const section = 'computeLens';

/** The backend that new runs ask for. */
export function backendSetting(scope?: vscode.Uri): BackendChoice {
  const value = vscode.workspace.getConfiguration(section, scope).get<string>('backend');
  return backendChoices.find((choice) => choice === value) ?? 'auto';
}

/** Stores the backend where it is set already, else for the user: it is a property of the machine. */
export async function storeBackend(backend: BackendChoice): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(section);
  const target =
    configuration.inspect('backend')?.workspaceValue === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await configuration.update('backend', backend, target);
}

/** Whether runs started here go on when the window closes. */
export function keepRunning(): boolean {
  return vscode.workspace.getConfiguration(section).get('keepRunning', true);
}

/** Whether runs that are under way when the window opens are shown. */
export function openRunningRuns(): boolean {
  return vscode.workspace.getConfiguration(section).get('openRunningRuns', true);
}

/** How trainers are started from this window. */
export function launchSettings(context: vscode.ExtensionContext): LaunchSettings {
  const node = vscode.workspace.getConfiguration(section).get<string>('nodePath', '').trim();
  return {
    packageFolders: [context.globalStorageUri.fsPath, context.extensionUri.fsPath],
    ...(node !== '' && { node }),
    ...(!keepRunning() && { stopWithParent: true }),
  };
}
