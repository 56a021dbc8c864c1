import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { currentProcess } from '../runs/process';
import { deviceOf, mayBeSame, nextInLine, runsOn, waitingRuns, type WaitingRun } from '../runs/queue';
import { cancelWaiting, inTurn, lastPlace } from '../runs/queueOrder';
import { acquireLock } from '../runs/lock';
import { runFiles } from '../runs/record';
import { readRecord, writeRecord } from '../runs/recordFile';
import type { RunSummary } from '../runs/runIndex';
import { newRun, resumedRun, type AskedRun } from './askedRun';
import { ExperimentError, throwFailure } from './describe';
import { startQueuedRun, type LaunchedRun, type LaunchSettings } from './launch';
import { withRunsElsewhere } from './machineRuns';
import { runTrainerTool } from './trainerTool';

export { ExperimentError, newRun, resumedRun, type AskedRun };

/** A run that was put in line. */
export interface QueuedRun {
  readonly id: string;
  readonly directory: string;
  readonly queued: true;
}

/** What is known of the runs of the open workspaces, read anew at each call. */
export type LookAtRuns = () => Promise<readonly RunSummary[]>;

const compileLimitMilliseconds = 60_000;
const enterLookMilliseconds = 50;

/**
 * Starts a run where its device has room, and puts it in line where it has not, with its code as it is now.
 *
 * @param concurrency runs at a time on one device
 * @param signal an end to waiting for it: a run that is in line by then is taken out again
 * @throws ExperimentError where the code of a run that has to wait does not compile; and as {@link AskedRun.launch} does
 */
export async function startOrQueue(
  asked: AskedRun,
  look: LookAtRuns,
  concurrency: number,
  signal?: AbortSignal,
): Promise<LaunchedRun | QueuedRun> {
  const run = await inTurn(asked.workspace, async () => {
    signal?.throwIfAborted();
    const summaries = await withRunsElsewhere(await look());
    const waiting = await waitingRuns(summaries);
    const device = deviceOf(asked.record, summaries);
    const room = runsOn(device, summaries).length < concurrency;
    const first = !waiting.some(({ record }) => mayBeSame(device, deviceOf(record, summaries)));
    return room && first ? asked.launch() : putInLine(asked, waiting);
  });
  if ('queued' in run) await keepCode(run.directory, asked, signal);
  return run;
}

/**
 * Puts a run in line that this process itself will start with {@link startNext}; once it is gone, whoever comes may.
 *
 * @throws as {@link startOrQueue}
 */
export async function queueRun(asked: AskedRun, look: LookAtRuns): Promise<QueuedRun> {
  const run = await inTurn(asked.workspace, async () =>
    putInLine(asked, await waitingRuns(await look()), true),
  );
  await keepCode(run.directory, asked);
  return run;
}

/**
 * Starts the run of a workspace whose turn it is.
 *
 * @param mine which of the runs in line are for this process to start; default: those that nobody else waits to start
 * @returns undefined where none may begin now
 */
export async function startNext(
  workspace: string,
  look: LookAtRuns,
  settings: LaunchSettings,
  concurrency: number,
  mine?: (run: WaitingRun) => boolean,
): Promise<LaunchedRun | undefined> {
  const next = async () => {
    const summaries = await withRunsElsewhere(await look());
    const run = nextInLine(await waitingRuns(summaries), summaries, concurrency, mine);
    return run?.record.workspace === workspace ? run.summary.directory : undefined;
  };
  if ((await next()) === undefined) return undefined;
  return inTurn(workspace, async () => {
    // Another window may have been quicker.
    const directory = await next();
    return directory === undefined ? undefined : startWaiting(directory, settings);
  });
}

/** Starts a waiting run now, whatever its device is doing; undefined where it does not wait any more. */
export async function startNow(
  directory: string,
  settings: LaunchSettings,
): Promise<LaunchedRun | undefined> {
  const { workspace } = await readRecord(directory);
  return inTurn(workspace, () => startWaiting(directory, settings));
}

/**
 * The trainer takes the run out of line, by its own hand and under the run's own lock: whoever is killed on the way
 * leaves a run that waits, or one that trains, and none is trained twice.
 */
async function startWaiting(directory: string, settings: LaunchSettings): Promise<LaunchedRun | undefined> {
  const { status } = await readRecord(directory);
  if (status !== 'queued') return undefined;
  const run = await startQueuedRun(directory, settings);
  let gone = false;
  void run.exited.then(() => {
    gone = true;
  });
  while ((await isQueued(directory)) && !gone)
    await new Promise((resolve) => setTimeout(resolve, enterLookMilliseconds));
  if (gone) await giveUp(directory);
  await fs.rm(path.join(directory, runFiles.place), { force: true });
  return run;
}

async function isQueued(directory: string): Promise<boolean> {
  return (await readRecord(directory).catch(() => undefined))?.status === 'queued';
}

/** A run whose trainer cannot even begin does not stay first in line. */
async function giveUp(directory: string): Promise<void> {
  const lock = await acquireLock(directory).catch(() => undefined);
  if (!lock) return;
  const record = await readRecord(directory);
  if (record.status === 'queued') await writeRecord(directory, { ...record, status: 'failed' });
  await lock.release();
}

async function putInLine(asked: AskedRun, waiting: readonly WaitingRun[], own = false): Promise<QueuedRun> {
  const owner = { ...currentProcess(), startedAt: new Date().toISOString() };
  const run = await asked.wait({ ...lastPlace(waiting), ...(own && { owner }) });
  return { ...run, queued: true };
}

/** What trains later is what was asked for now, however the file is edited meanwhile. */
async function keepCode(
  directory: string,
  { file, settings }: AskedRun,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const tool = await runTrainerTool({
      verb: 'compile',
      argument: directory,
      folders: [],
      node: settings.node,
      limitMilliseconds: compileLimitMilliseconds,
      signal,
    });
    throwFailure(tool.answer, file);
    if (tool.answer === undefined) throw new Error(`${file} could not be compiled. ${tool.output}`);
  } catch (error) {
    if (await cancelWaiting(directory)) throw error;
    // Else it has begun meanwhile, and tells itself what is wrong.
    if (!existsSync(directory))
      throw new Error(`${path.basename(directory)} was taken out of line.`, { cause: error });
  }
}
