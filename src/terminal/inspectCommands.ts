import path from 'node:path';
import { requestStop } from '../runs/control';
import { readPrediction } from '../runs/prediction';
import { cancelWaiting } from '../runs/queueOrder';
import type { RunRecord } from '../runs/record';
import { findRun, RunIndex } from '../runs/runIndex';
import type { RunSummary } from '../runs/runIndex';
import { readLogTail } from '../runs/logTail';
import { formatMeasures, formatResult } from './format';
import { formatCounted, formatSeconds } from '../protocol/format';
import { findWorkspace } from './workspace';

export interface InspectOptions {
  readonly workspace?: string;
  readonly json?: boolean;
}

/** Lists the runs of the workspace, newest first. */
export async function listCommand(options: InspectOptions): Promise<number> {
  const runs = await new RunIndex([workspaceOf(options)]).refresh();
  if (options.json) process.stdout.write(`${JSON.stringify(runs.map(summary))}\n`);
  else if (runs.length === 0)
    process.stdout.write('No runs yet. Start one with: compute-lens run FILE.experiment.ts\n');
  else for (const run of runs) process.stdout.write(`${line(run)}\n`);
  return 0;
}

/** Everything recorded of one run. */
export async function showCommand(id: string, options: InspectOptions): Promise<number> {
  const run = await findRun(workspaceOf(options), id);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...summary(run), record: run.record })}\n`);
  else if (!run.record) process.stdout.write(`${run.id}: ${run.problem}\n`);
  else {
    process.stdout.write(
      `${formatResult(run.record, run.status ?? '', run.directory, await readPrediction(run.directory))}\n`,
    );
    process.stdout.write(countedWork(run.record));
    const params = Object.entries(run.record.params).map(([name, value]) => `${name}=${value}`);
    if (params.length > 0) process.stdout.write(`  params       ${params.join(', ')}\n`);
    process.stdout.write(`  seed         ${run.record.seed ?? 0}\n  file         ${run.record.file}\n`);
    if (run.record.git)
      process.stdout.write(
        `  commit       ${run.record.git.commit}${run.record.git.dirty ? ' (with changes)' : ''}\n`,
      );
    if (run.status === 'crashed' || run.status === 'failed')
      process.stdout.write(`\nEnd of its log:\n${await readLogTail(run.directory)}\n`);
  }
  return 0;
}

/** Asks a run to write a checkpoint and end; one that waits is taken out of line. */
export async function stopCommand(id: string, options: InspectOptions): Promise<number> {
  const run = await findRun(workspaceOf(options), id);
  if (run.status === 'queued' && (await cancelWaiting(run.directory))) {
    process.stdout.write(`Run ${run.id} was taken out of line.\n`);
    return 0;
  }
  if (run.status !== 'running' && run.status !== 'starting') {
    process.stderr.write(`Run ${run.id} is ${run.status}; there is nothing to stop.\n`);
    return 1;
  }
  await requestStop(run.directory);
  process.stdout.write(`Run ${run.id} was asked to stop; it writes a checkpoint after its current step.\n`);
  return 0;
}

function workspaceOf(options: InspectOptions): string {
  return options.workspace ? path.resolve(options.workspace) : findWorkspace(process.cwd());
}

function summary(run: RunSummary) {
  return {
    id: run.id,
    directory: run.directory,
    status: run.status,
    problem: run.problem,
    name: run.record?.name,
    createdAt: run.record?.createdAt,
    backend: run.record?.attempts.at(-1)?.backend,
    result: run.record?.result,
  };
}

/** Lines on what the run has done; none for runs of versions that did not count. */
function countedWork({ result }: RunRecord): string {
  if (result?.flops === undefined) return '';
  const uncovered = Object.values(result.uncoveredKernels ?? {}).reduce((sum, count) => sum + count, 0);
  const evaluations = result.evaluationFlops ? formatCounted(result.evaluationFlops) : undefined;
  // A sparse training is counted in two ways, and said with what it became.
  const training = result.sparsity ? '' : `  training     ${formatCounted(result.flops, uncovered)}\n`;
  return `${training}${evaluations ? `  evaluations  ${evaluations}\n` : ''}`;
}

function line(run: RunSummary): string {
  const { record } = run;
  if (!record) return `${run.id}  unreadable: ${run.problem}`;
  const result = record.result;
  const measured = result?.evaluation
    ? `test ${formatMeasures(result.evaluation)}`
    : result?.loss === undefined
      ? ''
      : `loss ${formatMeasures({ '': result.loss }).trim()}`;
  const steps = result ? `step ${result.step}, ${formatSeconds(result.seconds)}` : '';
  return [run.id, (run.status ?? '').padEnd(8), record.name, steps, measured].filter(Boolean).join('  ');
}
