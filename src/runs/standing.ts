import type { RunRecord, RunStatus } from './record';

/** Whether a process is at work on the run. */
export function isLive(status: RunStatus | undefined): boolean {
  return status === 'starting' || status === 'running';
}

/** Whether another attempt at a run in this state makes sense. */
export function canResume(record: RunRecord, status: string): boolean {
  return record.kind === 'experiment' && ['stopped', 'failed', 'crashed'].includes(status);
}
