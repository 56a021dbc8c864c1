import fs from 'node:fs';
import path from 'node:path';
import { budgetUnits, type Budget, type BudgetUnit } from '../cost/budget';
import { requestStop } from '../runs/control';
import { RunHistory } from '../runs/history';
import { readPrediction } from '../runs/prediction';
import { readLogTail } from '../runs/logTail';
import type { BackendChoice, Params } from '../runs/record';
import { readRecord } from '../runs/recordFile';
import { findRun } from '../runs/runIndex';
import { runStatus } from '../runs/status';
import { EventTail } from '../runs/tail';
import type { LaunchedRun, LaunchRequest } from '../train/launch';
import { newRun, resumedRun, type AskedRun } from '../train/queue';
import { exitCodes } from '../train/trainerProcess';
import { AheadOfRun } from './aheadOfRun';
import { formatResult } from './format';
import { makeReporter } from './reporter';
import { checkedSurroundings, type SurroundingsOptions } from './surroundingsOptions';
import { busyNote, runInTurn } from './turn';
import { UsageError } from './usageError';
import { findWorkspace } from './workspace';

export interface RunOptions extends SurroundingsOptions {
  readonly set: readonly string[];
  readonly budget: readonly string[];
  readonly backend: BackendChoice;
  readonly seed?: number;
  readonly resume?: string;
  /** Wait until nothing else trains on the device. */
  readonly queue?: boolean;
  /** Start without asking what is expected to spend its budget. */
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly workspace?: string;
}

/** Trains in the foreground; the exit code is 0 only when the run reached its end. */
export async function runCommand(file: string | undefined, options: RunOptions): Promise<number> {
  if (options.resume !== undefined) {
    const resumed = await start(await toResume(file, options), options);
    return resumed ? follow(resumed, options.json === true) : exitCodes.stopped;
  }
  const request = requestOf(file, options);
  const ahead = new AheadOfRun(request);
  try {
    const run = (await ahead.mayStart(options)) ? await start(newRun(request), options) : undefined;
    if (!run) return exitCodes.stopped;
    ahead.keepIn(run.directory);
    return await follow(run, options.json === true);
  } finally {
    ahead.dispose();
  }
}

/** At once, or in its turn. */
async function start(asked: AskedRun, { queue }: RunOptions): Promise<LaunchedRun | undefined> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  if (queue) return runInTurn(asked, say);
  const note = await busyNote(asked);
  if (note !== undefined) say(note);
  return asked.launch();
}

/** @throws UsageError */
function requestOf(file: string | undefined, options: RunOptions): LaunchRequest {
  if (file === undefined) throw new UsageError('Say which file to run: compute-lens run FILE.');
  const absolute = path.resolve(file);
  if (!fs.existsSync(absolute)) throw new UsageError(`${file} does not exist.`);
  if (!/\.[cm]?[jt]s$/.test(absolute) || !fs.statSync(absolute).isFile())
    throw new UsageError(`${file} is no TypeScript or JavaScript file.`);
  const workspace = options.workspace
    ? path.resolve(options.workspace)
    : findWorkspace(path.dirname(absolute));
  const kind = /\.experiment\.[cm]?[jt]s$/.test(absolute) ? 'experiment' : 'script';
  if (kind === 'script' && options.set.length > 0)
    throw new UsageError('--set works with experiment files (*.experiment.ts), not with plain scripts.');
  return {
    workspace,
    file: absolute,
    kind,
    params: parseAssignments(options.set),
    ...(options.seed !== undefined && { seed: options.seed }),
    backend: options.backend,
    ...(options.budget.length > 0 && { budget: parseBudget(options.budget) }),
    surroundings: checkedSurroundings(options),
    packageFolders: [process.cwd(), __dirname],
  };
}

/** @throws UsageError */
async function toResume(file: string | undefined, options: RunOptions): Promise<AskedRun> {
  if (options.set.length > 0 || options.seed !== undefined)
    throw new UsageError('A resumed run keeps its parameters and seed; leave out --set and --seed.');
  const start = options.workspace ?? findWorkspace(file ? path.dirname(path.resolve(file)) : process.cwd());
  const run = await findRun(path.resolve(start), options.resume as string);
  const budget = options.budget.length > 0 ? parseBudget(options.budget) : undefined;
  return resumedRun(run.directory, { packageFolders: [process.cwd(), __dirname] }, budget);
}

/** `["lr=3e-4"]` -> `{ lr: 0.0003 }`; texts stay texts where they are no number. */
export function parseAssignments(assignments: readonly string[]): Params {
  const params: Params = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) throw new UsageError(`--set takes name=value, not "${assignment}".`);
    // The experiment's own default decides what type the text is read as.
    params[assignment.slice(0, at).trim()] = assignment.slice(at + 1);
  }
  return params;
}

/** `["minutes=30"]` -> `{ minutes: 30 }`. */
function parseBudget(assignments: readonly string[]): Budget {
  const limits = assignments.map((assignment): [BudgetUnit, number] => {
    const [name, amount = ''] = assignment.split('=', 2).map((part) => part.trim());
    const unit = budgetUnits.find((each) => each === name);
    const limit = amount === '' ? NaN : Number(amount);
    if (unit && Number.isFinite(limit) && limit > 0) return [unit, limit];
    throw new UsageError(
      `--budget takes unit=amount with a number above 0, not "${assignment}"; units are ${budgetUnits.join(', ')}.`,
    );
  });
  return Object.fromEntries(limits);
}

async function follow(run: LaunchedRun, json: boolean): Promise<number> {
  const history = new RunHistory();
  const reporter = makeReporter(json, run.directory);
  let shown: Promise<void> = Promise.resolve();
  const tail = new EventTail(
    run.directory,
    {
      events(batch) {
        for (const event of batch) history.add(event);
        shown = shown
          .then(() => readRecord(run.directory))
          .then(
            (record) => reporter.events(batch, history, record),
            (error: unknown) => reporter.say(String(error)),
          );
      },
      reset: () => undefined,
      gone: () => undefined,
    },
    { pollMilliseconds: 200 },
  );
  const release = stopOnInterrupt(run, (text) => reporter.say(text));
  tail.start();
  const exit = await run.exited;
  await tail.poll();
  await shown;
  tail.dispose();
  const record = await readRecord(run.directory).catch(() => undefined);
  const status = record ? await runStatus(run.directory, record) : 'crashed';
  if (exit.message) process.stderr.write(`${exit.message}\n`);
  if (status === 'crashed' && exit.code !== exitCodes.storage) {
    process.stderr.write(
      `The trainer ended with ${exit.signal ?? `exit code ${exit.code}`} before the run's end.\n`,
    );
    process.stderr.write(`${await readLogTail(run.directory).catch(() => '')}\n`);
  }
  const prediction = await readPrediction(run.directory);
  const result = record ? formatResult(record, status, run.directory, prediction) : run.directory;
  await reporter.end(record, status, result);
  release();
  return exit.code ?? exitCodes.failed;
}

/** Ctrl-C asks for a checkpoint and a clean end, a second one ends at once. */
function stopOnInterrupt(run: LaunchedRun, say: (text: string) => void): () => void {
  let asked = false;
  const onSignal = () => {
    if (asked) {
      try {
        process.kill(run.pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
      return;
    }
    asked = true;
    say('Stopping: a checkpoint is written after this step. Ctrl-C again ends at once.');
    requestStop(run.directory).catch((error: unknown) => say(String(error)));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
