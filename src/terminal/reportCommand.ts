import path from 'node:path';
import { surroundingsOf } from '../cost/surroundings';
import { makeStatement } from '../report/statement';
import { statementLatex, statementMarkdown } from '../report/statementText';
import { readUsage } from '../runs/readUsage';
import { findRun, RunIndex, type RunSummary } from '../runs/runIndex';
import { exitCodes } from '../train/trainerProcess';
import { checkedSurroundings, type SurroundingsOptions } from './surroundingsOptions';
import { UsageError } from './usageError';
import { findWorkspace } from './workspace';

export interface ReportOptions extends SurroundingsOptions {
  readonly format: 'markdown' | 'latex' | 'json';
  readonly workspace?: string;
}

/** Writes the compute statement of some runs, or of all of a workspace. */
export async function reportCommand(ids: readonly string[], options: ReportOptions): Promise<number> {
  const workspace = options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd());
  const runs = await chosen(workspace, ids);
  if (runs.length === 0) throw new UsageError(`There are no runs in ${workspace} to report on yet.`);
  const now = Date.now();
  const usages = await Promise.all(
    runs.map(async ({ directory, record, status }) =>
      record && status
        ? { record, status, attempts: await readUsage(directory, record, status, now) }
        : undefined,
    ),
  );
  const statement = makeStatement(
    usages.flatMap((usage) => usage ?? []),
    surroundingsOf(checkedSurroundings(options)),
    runs.filter((_, i) => !usages[i]).map(({ id }) => id),
  );
  const write = { markdown: statementMarkdown, latex: statementLatex, json: asJson }[options.format];
  process.stdout.write(write(statement));
  return exitCodes.finished;
}

async function chosen(workspace: string, ids: readonly string[]): Promise<RunSummary[]> {
  if (ids.length === 0) return new RunIndex([workspace]).refresh();
  const found = await Promise.all(ids.map((id) => findRun(workspace, id)));
  return [...new Map(found.map((run) => [run.id, run])).values()];
}

function asJson(statement: unknown): string {
  return `${JSON.stringify(statement, null, 2)}\n`;
}
