import fs from 'node:fs/promises';
import path from 'node:path';
import type { Budget } from '../cost/budget';
import { newestCheckpointStep } from '../runs/checkpoints';
import { requestResume } from '../runs/control';
import { acquireLock } from '../runs/lock';
import type { Place } from '../runs/queue';
import { writePlace } from '../runs/queueOrder';
import { queuedCode, runFiles, type RunRecord } from '../runs/record';
import { readRecord, writeRecord } from '../runs/recordFile';
import { isLive } from '../runs/standing';
import {
  assertResumable,
  createQueuedRun,
  launchRun,
  resumeRun,
  type LaunchedRun,
  type LaunchRequest,
  type LaunchSettings,
} from './launch';

/** What is to train: at once, or when it is its turn. */
export interface AskedRun {
  readonly workspace: string;
  /** Absolute path of its code. */
  readonly file: string;
  readonly settings: LaunchSettings;
  /** What tells the device that it needs. */
  readonly record: Pick<RunRecord, 'requestedBackend' | 'attempts'>;
  /** @throws as {@link launchRun} and {@link resumeRun} do */
  launch(): Promise<LaunchedRun>;
  /** Makes it a run that waits at this place in line. @throws as {@link launch} does */
  wait(place: Place): Promise<{ readonly id: string; readonly directory: string }>;
}

/** A run that is asked for the first time. */
export function newRun(request: LaunchRequest): AskedRun {
  return {
    workspace: request.workspace,
    file: request.file,
    settings: request,
    record: { requestedBackend: request.backend, attempts: [] },
    launch: () => launchRun(request),
    async wait(place) {
      const run = await createQueuedRun(request);
      await writePlace(run.directory, place);
      return run;
    },
  };
}

/**
 * Another attempt at a run, which goes on from its last checkpoint.
 *
 * @param budget limits that take the place of those that the run was given at its start
 */
export async function resumedRun(
  directory: string,
  settings: LaunchSettings,
  budget?: Budget,
): Promise<AskedRun> {
  const record = await readRecord(directory);
  return {
    workspace: record.workspace,
    file: path.join(record.workspace, record.file),
    settings,
    record,
    launch: () => resumeRun(directory, settings, budget),
    async wait(place) {
      await waitAgain(directory, place, budget);
      return { id: record.id, directory };
    },
  };
}

async function waitAgain(directory: string, place: Place, budget: Budget | undefined): Promise<void> {
  await assertResumable(directory, await readRecord(directory));
  const lock = await acquireLock(directory);
  try {
    const record = await readRecord(directory);
    // Nobody but this process is at work on the run, whatever its record says.
    await assertResumable(directory, record, isLive(record.status) ? 'crashed' : record.status);
    await requestResume(directory);
    await fs.rm(path.join(directory, runFiles.code, queuedCode), { force: true });
    const step = (await newestCheckpointStep(directory)) ?? 0;
    await writePlace(directory, { ...place, fromStep: step + 1 });
    const limits = budget && { budget: { ...record.budget, ...budget } };
    await writeRecord(directory, { ...record, ...limits, status: 'queued' });
  } finally {
    await lock.release();
  }
}
