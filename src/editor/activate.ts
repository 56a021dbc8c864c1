import * as vscode from 'vscode';
import type { RunSummary } from '../runs/runIndex';
import { RunMonitors } from '../panels/runMonitors';
import { MasksPanels, masksPanelType } from '../panels/masksPanels';
import { runPanelType, RunPanels } from '../panels/runPanels';
import { CostPanelSerializer, costPanelType } from './cost/costPanelSerializer';
import { LazyCost } from './cost/lazyCost';
import type { Parts } from './commands/parts';
import { registerCommands } from './commands/register';
import { Outcomes } from './outcomes';
import { Problems } from './problems';
import { showRunningRuns } from './runningRuns';
import { RunRegistry } from './runRegistry';
import { RunQueue } from './runQueue';
import { Runs } from './runs';
import { LazyRunsTable } from './runsTable/lazyRunsTable';
import { registerRunLenses } from './runLenses';
import { RunStatusBar } from './runStatusBar';
import { RunTree } from './runTree';
import { ShownRuns } from './shownRuns';
import { openRunningRuns } from './settings';

/** What other extensions and tests may ask. */
export interface EditorApi {
  /** The runs of the open folders, newest first, read anew. */
  runs(): Promise<readonly RunSummary[]>;
  /** Resolves once the costs shown are those of the texts as they are. */
  costsSettled(): Promise<void>;
}

/** The buttons that run any file show where Compute Lens is in use, not in every folder with a script in it. */
function inUse(): void {
  void vscode.commands.executeCommand('setContext', 'computeLens.active', true);
}

/** Puts the editor side together. */
export function activateEditor(context: vscode.ExtensionContext): { api: EditorApi; stop(): Promise<void> } {
  const log = vscode.window.createOutputChannel('Compute Lens', { log: true });
  const monitors = new RunMonitors();
  const registry = new RunRegistry(monitors);
  const problems = new Problems();
  const runs: Runs = new Runs(context, registry, problems, () => parts);
  const panels = new RunPanels(monitors, context.extensionUri, runs);
  const masks = new MasksPanels(monitors, context.extensionUri, runs);
  const outcomes = new Outcomes(registry, panels, problems);
  const queue = new RunQueue(context, registry, runs);
  const tree = new RunTree(registry, queue);
  const shown = new ShownRuns(context.workspaceState);
  const table = new LazyRunsTable(() => parts);
  let lenses = registerRunLenses();
  // The editor puts the lenses of whoever came last first: what runs an experiment stands before what it costs.
  const lensesFirst = () => {
    lenses.dispose();
    lenses = registerRunLenses();
  };
  let cost: LazyCost | undefined;
  const parts: Parts = {
    context,
    log,
    registry,
    panels,
    masks,
    outcomes,
    runs,
    queue,
    tree,
    shown,
    table: () => table.load(),
    cost: () => cost?.load(),
  };
  context.subscriptions.push(
    log,
    registry,
    problems,
    panels,
    masks,
    outcomes,
    table,
    queue,
    tree,
    new RunStatusBar(registry),
    { dispose: () => void lenses.dispose() },
    masks.onDidOpen(inUse),
    panels.onDidOpen((directory) => {
      inUse();
      void shown.add(directory);
    }),
    registerCommands(parts),
    vscode.window.registerWebviewPanelSerializer(runPanelType, panels),
    vscode.window.registerWebviewPanelSerializer(masksPanelType, masks),
    vscode.window.registerWebviewPanelSerializer(costPanelType, new CostPanelSerializer(parts.cost)),
  );
  const pickUp = () => {
    void (openRunningRuns() ? showRunningRuns(parts) : registry.refresh());
    cost = new LazyCost(log, registry, context.extensionUri);
    context.subscriptions.push(cost, cost.onDidLoad(inUse), cost.onDidLoad(lensesFirst));
    cost.look();
    void registry.refresh().then(({ length }) => length > 0 && inUse());
  };
  if (vscode.workspace.isTrusted) pickUp();
  else context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(pickUp));
  return {
    api: { runs: () => registry.refresh(), costsSettled: async () => cost?.settled() },
    stop: () => runs.stopStarted(),
  };
}
