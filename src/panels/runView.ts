import type { RunView } from '../protocol/runPanel';
import type { RunRecord, RunStatus } from '../runs/record';
import type { RunHistory } from '../runs/history';
import { canResume } from '../train/launch';
import type { Pace } from './pace';

/** All that is known of a run at one moment. */
export interface RunObservation {
  readonly record: RunRecord;
  readonly status: RunStatus;
  readonly history: RunHistory;
  readonly pace: Pace;
  /** Stop was asked for. */
  readonly stopping: boolean;
  /** When each attempt last wrote an event, in milliseconds since the Unix epoch. */
  readonly lastEventTimes: ReadonlyMap<number, number>;
  readonly logTail?: string | undefined;
}

/** What the run panel shows of a run, its curves aside. */
export function runView(observation: RunObservation, now: number): RunView {
  const { record, status, history } = observation;
  const attempt = record.attempts.at(-1);
  const live = isLive(status);
  const totalSteps = record.plan?.totalSteps;
  const remaining =
    status === 'running' && totalSteps !== undefined
      ? observation.pace.remaining(Math.max(0, totalSteps - history.step))
      : undefined;
  const error = attempt?.error;
  return {
    id: record.id,
    name: record.name,
    file: record.file,
    status,
    stopping: live && observation.stopping,
    canResume: canResume(record, status),
    ...(attempt?.backend !== undefined && { backend: attempt.backend }),
    backendNotes: attempt?.backendNotes ?? [],
    ...(record.plan?.data !== undefined && { data: record.plan.data }),
    ...(record.plan?.parameters !== undefined && { parameters: record.plan.parameters }),
    params: record.params,
    ...(record.seed !== undefined && { seed: record.seed }),
    attempt: attempt?.number ?? 1,
    startedAt: record.attempts[0]?.startedAt ?? record.createdAt,
    elapsedSeconds: elapsedSeconds(observation, now),
    step: history.step,
    ...(totalSteps !== undefined && { totalSteps }),
    epoch: history.epoch,
    ...(record.plan?.epochs !== undefined && { epochs: record.plan.epochs }),
    ...(history.stepMilliseconds !== undefined && { stepMilliseconds: history.stepMilliseconds }),
    ...(remaining && { remainingSeconds: remaining }),
    latest: { ...history.latest },
    ...(history.lastCheckpoint && { lastCheckpointStep: history.lastCheckpoint.step }),
    warnings: [...history.warnings],
    ...(error &&
      !live && {
        error: {
          message: error.message,
          ...(error.file !== undefined && { file: error.file }),
          ...(error.line !== undefined && { line: error.line }),
        },
      }),
    ...(observation.logTail !== undefined && !live && { logTail: observation.logTail }),
  };
}

/** Whether a process is at work on the run. */
export function isLive(status: RunStatus | undefined): boolean {
  return status === 'starting' || status === 'running';
}

/**
 * Wall time of all attempts together, in seconds. An attempt that was killed ended, as far as anyone knows, with
 * its last event.
 */
export function elapsedSeconds(
  { record, status, lastEventTimes }: Pick<RunObservation, 'record' | 'status' | 'lastEventTimes'>,
  now: number,
): number {
  let milliseconds = 0;
  for (const attempt of record.attempts) {
    const started = Date.parse(attempt.startedAt);
    const isLast = attempt === record.attempts.at(-1);
    const ended = attempt.endedAt
      ? Date.parse(attempt.endedAt)
      : isLast && isLive(status)
        ? now
        : (lastEventTimes.get(attempt.number) ?? started);
    milliseconds += Math.max(0, ended - started);
  }
  return milliseconds / 1000;
}
