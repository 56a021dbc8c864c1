import * as vscode from 'vscode';
import { lostRow } from '../runNodes';
import { showError } from '../showError';
import type { Parts } from './parts';
import { seldom } from './seldomFile';

type Handler = (parts: Parts, first?: unknown, second?: unknown) => unknown;

/** Registers all commands; the code of one is loaded when it is first called. */
export function registerCommands(parts: Parts): vscode.Disposable {
  const runCommand = async (name: keyof typeof import('./runCommands')): Promise<Handler> =>
    (await import('./runCommands'))[name];
  const queueCommand = async (name: keyof typeof import('./queueCommands')): Promise<Handler> =>
    (await import('./queueCommands'))[name];
  const detailCommand = async (name: keyof typeof import('./runDetails')): Promise<Handler> =>
    (await import('./runDetails'))[name];
  const costCommand = async (name: keyof typeof import('./costCommands')): Promise<Handler> =>
    (await import('./costCommands'))[name];
  const tableCommand = async (name: keyof typeof import('./tableCommands')): Promise<Handler> =>
    (await import('./tableCommands'))[name];
  const handlers: Record<string, () => Promise<Handler>> = {
    runExperiment: async () => (await import('./runExperiment')).runExperiment,
    runExperimentWith: async () => (await import('./runExperiment')).runExperimentWith,
    runCurrentFile: async () => (await import('./runExperiment')).runCurrentFile,
    stopRun: () => runCommand('stopRun'),
    resumeRun: () => runCommand('resumeRun'),
    openRun: () => runCommand('openRun'),
    showMasks: () => runCommand('showMasks'),
    deleteRun: () => runCommand('deleteRun'),
    openRunLog: () => runCommand('openRunLog'),
    revealRunFolder: () => runCommand('revealRunFolder'),
    showRunsTable: () => tableCommand('showRunsTable'),
    diffRuns: () => tableCommand('diffRuns'),
    rerunRun: () => tableCommand('rerunRun'),
    rerunRunWithChanges: () => tableCommand('rerunRunWithChanges'),
    renameRun: () => detailCommand('renameRun'),
    archiveRun: () => detailCommand('archiveRun'),
    unarchiveRun: () => detailCommand('unarchiveRun'),
    compareRuns: () => detailCommand('compareRuns'),
    copyRunCommand: () => detailCommand('copyRunCommand'),
    startQueuedRun: () => queueCommand('startQueuedRun'),
    cancelQueuedRun: () => queueCommand('cancelQueuedRun'),
    moveRunUp: () => queueCommand('moveRunUp'),
    moveRunDown: () => queueCommand('moveRunDown'),
    showMoreRuns: () => queueCommand('showMoreRuns'),
    newExperiment: async () => (await import('./newExperiment')).newExperiment,
    selectBackend: async () => seldom().selectBackend,
    calibrateDevice: async () => seldom().calibrateDevice,
    installGpuBackend: async () => seldom().installGpuBackend,
    downloadData: async () => seldom().downloadData,
    writeComputeStatement: async () => seldom().writeComputeStatement,
    showCost: () => costCommand('showCost'),
    showCostTable: () => costCommand('showCostTable'),
    setCostBatchSize: () => costCommand('setCostBatchSize'),
    setCostConvention: () => costCommand('setCostConvention'),
    toggleCostLenses: () => costCommand('toggleCostLenses'),
    refreshRuns: () => Promise.resolve(refreshRuns),
  };
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([name, load]) =>
      vscode.commands.registerCommand(`computeLens.${name}`, async (...given: unknown[]) => {
        // The palette gives nothing at all.
        const [first = given.length > 0 ? lostRow : undefined, second] = given;
        try {
          return await (
            await load()
          )(parts, first, second);
        } catch (error) {
          showError(error);
          return undefined;
        }
      }),
    ),
  );
}

/** The bar of the view says how long it takes. */
function refreshRuns({ registry }: Parts): unknown {
  const options = { location: { viewId: 'computeLens.runs' } };
  return vscode.window.withProgress(options, () => registry.refresh());
}
