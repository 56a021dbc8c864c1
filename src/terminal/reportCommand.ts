import path from 'node:path';
import { carbonIntensity } from '../cost/carbon';
import { makeStatement } from '../report/statement';
import { readUsage } from '../report/readUsage';
import { statementLatex, statementMarkdown } from '../report/statementText';
import { findRun, RunIndex, type RunSummary } from '../runs/runIndex';
import { exitCodes } from '../train/trainerProcess';
import { UsageError } from './usageError';
import { findWorkspace } from './workspace';

export interface ReportOptions {
  readonly format: 'markdown' | 'latex' | 'json';
  readonly place?: string;
  readonly pue: number;
  readonly pricePerKwh?: number;
  readonly pricePerGpuHour?: number;
  readonly currency: string;
  readonly workspace?: string;
}

/** Writes the compute statement of some runs, or of all of a workspace. */
export async function reportCommand(ids: readonly string[], options: ReportOptions): Promise<number> {
  const workspace = options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd());
  const runs = await chosen(workspace, ids);
  if (runs.length === 0) throw new UsageError(`There are no runs in ${workspace} to report on yet.`);
  const now = Date.now();
  const usages = await Promise.all(runs.map((run) => readUsage(run, now)));
  const statement = makeStatement(
    usages.flatMap((usage) => usage ?? []),
    {
      intensity: intensityOf(options.place),
      pue: options.pue,
      prices: {
        perKwh: options.pricePerKwh,
        perGpuHour: options.pricePerGpuHour,
        currency: options.currency,
      },
    },
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

function intensityOf(place: string | undefined) {
  try {
    return carbonIntensity(place);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function asJson(statement: unknown): string {
  return `${JSON.stringify(statement, null, 2)}\n`;
}
