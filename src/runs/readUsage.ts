import { foldEvents } from './foldEvents';
import type { RunRecord, RunStatus } from './record';
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
  const reader = await foldEvents(directory, () => new UsageReader());
  return reader.usage(record, status, now);
}
