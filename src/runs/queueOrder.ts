import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { acquireLock, type Lock } from './lock';
import type { Place, WaitingRun } from './queue';
import { queuedCode, runFiles, runsFolder, type RunRecord } from './record';
import { readRecord, writeRecord } from './recordFile';
import { replaceFile } from './replaceFile';
import { StorageError } from './storageError';

/** Folder beside the runs whose lock is held while one is started, relative to the workspace. */
const queueFolder = '.compute-lens/queue';
const lockPatienceMilliseconds = 30_000;

/** Writes the place of a run, whole or not at all. @throws StorageError */
export function writePlace(directory: string, place: Place): Promise<void> {
  return replaceFile(path.join(directory, runFiles.place), `${JSON.stringify(place)}\n`);
}

/** A place behind all others, in whichever folder these are. */
export function lastPlace(waiting: readonly WaitingRun[]): Place {
  const orders = waiting.map(({ place }) => place.order).filter(Number.isFinite);
  return { order: Math.max(Date.now(), ...orders.map((order) => order + 1)), host: os.hostname() };
}

/**
 * Puts some of the waiting runs, in the order given, right before another one, or behind all.
 *
 * @throws StorageError
 */
export async function moveBefore(
  waiting: readonly WaitingRun[],
  moved: readonly string[],
  before: string | undefined,
): Promise<void> {
  const others = waiting.filter(({ summary }) => !moved.includes(summary.directory));
  const at = others.findIndex(({ summary }) => summary.directory === before);
  const index = at < 0 ? others.length : at;
  const runs = moved.flatMap((each) => waiting.find(({ summary }) => summary.directory === each) ?? []);
  const line = [...others.slice(0, index), ...runs, ...others.slice(index)];
  // New places for those that stand elsewhere now, and none for the rest: another window may read meanwhile.
  const orders = waiting.map(({ place }, i) => (Number.isFinite(place.order) ? place.order : Date.now() + i));
  for (const [i, run] of line.entries())
    if (waiting[i] !== run || run.place.order !== orders[i])
      await writePlace(run.summary.directory, { ...run.place, order: orders[i] as number });
}

/**
 * Takes a waiting run out of line. One that was to be resumed is then as it was; of another one nothing was trained,
 * and its folder goes.
 *
 * @returns false where its turn has come meanwhile
 */
export function cancelWaiting(directory: string): Promise<boolean> {
  return inTurn(workspaceOfRun(directory), async () => {
    const record = await readRecord(directory).catch(() => undefined);
    if (record?.status !== 'queued') return false;
    if (record.attempts.length > 0) return putBack(directory);
    await fs.rm(directory, { recursive: true, force: true, maxRetries: 3 });
    return true;
  });
}

async function putBack(directory: string): Promise<boolean> {
  const lock = await acquireLock(directory).catch(() => undefined);
  if (!lock) return false;
  try {
    const record = await readRecord(directory);
    if (record.status !== 'queued') return false;
    await fs.rm(path.join(directory, runFiles.code, queuedCode), { force: true });
    await writeRecord(directory, { ...record, status: statusBefore(record) });
    await fs.rm(path.join(directory, runFiles.place), { force: true });
    return true;
  } finally {
    await lock.release();
  }
}

/** A process that could not say how it ended left the run as if it were under way, which readers see through. */
function statusBefore({ attempts }: RunRecord): RunRecord['status'] {
  return attempts.at(-1)?.outcome ?? 'running';
}

function workspaceOfRun(directory: string): string {
  return path.resolve(directory, '..', path.relative(runsFolder, '.'));
}

/**
 * Does what no two windows may do at once: looks at what runs and starts something. Others wait meanwhile.
 *
 * @throws StorageError
 */
export async function inTurn<T>(workspace: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(path.join(workspace, queueFolder));
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function takeLock(folder: string): Promise<Lock> {
  const deadline = Date.now() + lockPatienceMilliseconds;
  for (;;) {
    try {
      return await acquireLock(folder);
    } catch (error) {
      if (error instanceof StorageError || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
