import * as vscode from 'vscode';
import type { RunSummary } from '../runs/runIndex';
import { RunMonitors } from '../panels/runMonitors';
import { runPanelType, RunPanels } from '../panels/runPanels';
import { showRunningRuns } from './commands/runCommands';
import type { Parts } from './commands/parts';
import { registerCommands } from './commands/register';
import { Outcomes } from './outcomes';
import { Problems } from './problems';
import { RunRegistry } from './runRegistry';
import { Runs } from './runs';
import { RunStatusBar } from './runStatusBar';
import { RunTree } from './runTree';
import { ShownRuns } from './shownRuns';
import { openRunningRuns } from './settings';

/** What other extensions and tests may ask. */
export interface EditorApi {
  /** The runs of the open folders, newest first, read anew. */
  runs(): Promise<readonly RunSummary[]>;
}

/** Puts the editor side together. */
export function activateEditor(context: vscode.ExtensionContext): { api: EditorApi; stop(): Promise<void> } {
  const log = vscode.window.createOutputChannel('Compute Lens', { log: true });
  const monitors = new RunMonitors();
  const registry = new RunRegistry(monitors);
  const problems = new Problems();
  const runs: Runs = new Runs(context, registry, problems, () => parts);
  const panels = new RunPanels(monitors, context.extensionUri, runs);
  const outcomes = new Outcomes(registry, panels, problems);
  const shown = new ShownRuns(context.workspaceState);
  const parts: Parts = { context, log, registry, panels, outcomes, runs, shown };
  context.subscriptions.push(
    log,
    registry,
    problems,
    panels,
    outcomes,
    new RunTree(registry),
    new RunStatusBar(registry),
    panels.onDidOpen((directory) => void shown.add(directory)),
    registerCommands(parts),
    vscode.window.registerWebviewPanelSerializer(runPanelType, panels),
  );
  // The button that runs any file shows where Compute Lens is in use, not in every folder with a script in it.
  void vscode.commands.executeCommand('setContext', 'computeLens.active', true);
  const pickUp = () => void (openRunningRuns() ? showRunningRuns(parts) : registry.refresh());
  if (vscode.workspace.isTrusted) pickUp();
  else context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(pickUp));
  return { api: { runs: () => registry.refresh() }, stop: () => runs.stopStarted() };
}
