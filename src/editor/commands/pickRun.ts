import * as vscode from 'vscode';
import { isRunOfThisWindow } from '../../panels/runWebviews';
import type { RunSummary } from '../../runs/runIndex';
import { runDescription, runIcon } from '../runLabels';
import { runName } from '../runName';
import type { RunRegistry } from '../runRegistry';
import { lostRow, RunNode } from '../runNodes';
import type { RunTree } from '../runTree';
import { mayReadRuns } from '../trust';

interface RunItem extends vscode.QuickPickItem {
  readonly summary: RunSummary;
}

/** The folder of the run that an argument of a command means: a node of the view, a path, or nothing of the kind. */
export function directoryOf(argument: unknown): string | undefined {
  if (argument instanceof RunNode) return argument.directory;
  if (argument instanceof vscode.Uri) return argument.fsPath;
  return typeof argument === 'string' && argument !== '' ? argument : undefined;
}

/** What a key binding of the view passes: it means the runs that are selected there. */
const ofSelection = (argument: unknown) =>
  typeof argument === 'object' && argument !== null && 'selected' in argument;

/**
 * The folders of the runs that a command was called on: all that are selected, where the view says so, or one.
 *
 * @param nodes second argument of commands of the view's menu
 */
export function directoriesOf(argument: unknown, nodes: unknown, tree: RunTree): readonly string[] {
  if (ofSelection(argument)) return tree.selected;
  if (Array.isArray(nodes) && nodes.length > 0) return nodes.flatMap((node) => directoryOf(node) ?? []);
  const one = directoryOf(argument);
  return one === undefined ? [] : [one];
}

/**
 * The run a command is about: the one it was called on, else one of those that it fits. With `only`, a single
 * fitting run needs no question, unless it was called on a row that may be another one's.
 *
 * @throws Error where the argument is a folder, but none of a run of this window
 */
export async function chooseRun(
  registry: RunRegistry,
  argument: unknown,
  question: {
    readonly placeHolder: string;
    readonly none: string;
    fits(summary: RunSummary): boolean;
    readonly only?: boolean;
  },
): Promise<string | undefined> {
  if (!(await mayReadRuns())) return undefined;
  const given = directoryOf(argument);
  if (given !== undefined) {
    if (!isRunOfThisWindow(given)) throw new Error(`${given} is not the folder of a run of this window.`);
    return given;
  }
  const fitting = (await registry.refresh()).filter((summary) => question.fits(summary));
  const [first] = fitting;
  if (!first) {
    void vscode.window.showInformationMessage(question.none);
    return undefined;
  }
  if (question.only && fitting.length === 1 && argument !== lostRow) return first.directory;
  const picked = await vscode.window.showQuickPick(fitting.map(itemOf), {
    placeHolder: question.placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.summary.directory;
}

/** Some of the runs that a question fits; none where none was chosen. */
export async function chooseRuns(
  registry: RunRegistry,
  question: { readonly placeHolder: string; readonly none: string; fits(summary: RunSummary): boolean },
): Promise<readonly string[]> {
  if (!(await mayReadRuns())) return [];
  const fitting = (await registry.refresh()).filter((summary) => question.fits(summary));
  if (fitting.length === 0) {
    void vscode.window.showInformationMessage(question.none);
    return [];
  }
  const picked = await vscode.window.showQuickPick(fitting.map(itemOf), {
    placeHolder: question.placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
    canPickMany: true,
  });
  return (picked ?? []).map(({ summary }) => summary.directory);
}

function itemOf(summary: RunSummary): RunItem {
  return {
    summary,
    label: `$(${runIcon(summary).icon}) ${runName(summary)}`,
    description: runDescription(summary, undefined, Date.now()),
    detail: summary.id,
  };
}
