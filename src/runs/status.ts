import { isAlive } from './process';
import { lastSignOfLife, silentMilliseconds } from './lock';
import type { RunRecord, RunStatus } from './record';
import { readRecord } from './recordFile';

/** A trainer that was started has entered itself into the record by then, also on a slow machine. */
export const startMilliseconds = 60_000;

/**
 * How the run stands. A run that is recorded as live and whose process is gone has crashed; where the process is
 * another machine's, its signs of life decide.
 */
export async function runStatus(directory: string, record: RunRecord): Promise<RunStatus> {
  if (record.status !== 'starting' && record.status !== 'running') return record.status;
  if (await hasProcess(directory, record)) return record.status;
  // It may have ended, and said so, after `record` was read.
  const now = await readRecord(directory).catch(() => record);
  const same = now.status === record.status && now.attempts.length === record.attempts.length;
  return same ? 'crashed' : runStatus(directory, now);
}

async function hasProcess(directory: string, record: RunRecord): Promise<boolean> {
  const attempt = record.attempts.at(-1);
  if (!attempt) return Date.now() - Date.parse(record.createdAt) < startMilliseconds;
  const alive = isAlive(attempt);
  if (alive !== undefined) return alive;
  const sign = await lastSignOfLife(directory);
  return sign !== undefined && Date.now() - sign < silentMilliseconds;
}
