import * as vscode from 'vscode';
import { surroundingsOf } from '../../cost/surroundings';
import { formatAge } from '../../protocol/format';
import { makeStatement } from '../../report/statement';
import { statementLatex, statementMarkdown } from '../../report/statementText';
import type { RunUsage } from '../../report/ledger';
import { readUsage } from '../../runs/readUsage';
import type { RunSummary } from '../../runs/runIndex';
import { runName } from '../runName';
import { surroundingsSettings } from '../settings';
import { mayReadRuns } from '../trust';
import type { Parts } from './parts';

const formats = [
  { label: 'Markdown', language: 'markdown', write: statementMarkdown },
  { label: 'LaTeX', language: 'latex', write: statementLatex },
  {
    label: 'JSON',
    language: 'json',
    write: (statement: unknown) => `${JSON.stringify(statement, null, 2)}\n`,
  },
];

/** Turns runs into what a paper says of its compute, as a new document. */
export async function writeComputeStatement(
  { registry }: Parts,
  given?: unknown,
): Promise<vscode.TextDocument | undefined> {
  if (!(await mayReadRuns())) return undefined;
  await registry.refresh();
  const runs = given === 'all' ? registry.summaries : await pickRuns(registry.summaries);
  if (!runs) return undefined;
  const format =
    given === 'all'
      ? formats[0]
      : await vscode.window.showQuickPick(formats, { title: 'Write Compute Statement', placeHolder: 'As' });
  if (!format) return undefined;
  const usages = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Adding up runs', cancellable: true },
    (progress, token) => usagesOf(runs, progress, token),
  );
  if (!usages) return undefined;
  const unreadable = runs.filter(({ record }) => !record).map(({ id }) => id);
  const content = format.write(makeStatement(usages, surroundingsOf(surroundingsSettings()), unreadable));
  const document = await vscode.workspace.openTextDocument({ language: format.language, content });
  await vscode.window.showTextDocument(document);
  return document;
}

async function pickRuns(all: readonly RunSummary[]): Promise<readonly RunSummary[] | undefined> {
  if (all.length === 0) {
    void vscode.window.showInformationMessage('There are no runs here yet to write about.');
    return undefined;
  }
  const items = all.map((summary) => ({
    label: runName(summary),
    description: [
      summary.status ?? summary.problem,
      formatAge(Date.parse(summary.record?.createdAt ?? ''), Date.now()),
    ]
      .filter(Boolean)
      .join(', '),
    picked: true,
    summary,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Write Compute Statement',
    placeHolder: 'Of which runs? A paper names all, failed and stopped ones too.',
    canPickMany: true,
    matchOnDescription: true,
  });
  return picked && picked.length > 0 ? picked.map(({ summary }) => summary) : undefined;
}

/** Undefined where it was cancelled. */
async function usagesOf(
  runs: readonly RunSummary[],
  progress: vscode.Progress<{ increment: number }>,
  token: vscode.CancellationToken,
): Promise<RunUsage[] | undefined> {
  const usages: RunUsage[] = [];
  const now = Date.now();
  for (const { directory, record, status } of runs) {
    if (token.isCancellationRequested) return undefined;
    if (record && status)
      usages.push({ record, status, attempts: await readUsage(directory, record, status, now) });
    progress.report({ increment: 100 / runs.length });
  }
  return usages;
}
