import type { RunRecord, RunStatus } from './record';
import { EventTail } from './tail';
import { UsageReader, type AttemptUsage } from './usage';

/**
 * What each attempt of a run has used, from the events in its folder.
 *
 * @param now milliseconds since the Unix epoch
 */
export async function readUsage(
  directory: string,
  record: RunRecord,
  status: RunStatus,
  now: number,
): Promise<AttemptUsage[]> {
  let reader = new UsageReader();
  const tail = new EventTail(directory, {
    events: (batch) => batch.forEach((event) => reader.add(event)),
    reset: () => (reader = new UsageReader()),
    gone: () => undefined,
  });
  try {
    await tail.poll();
  } finally {
    tail.dispose();
  }
  return reader.usage(record, status, now);
}
