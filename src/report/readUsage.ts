import { EventTail } from '../runs/tail';
import type { RunSummary } from '../runs/runIndex';
import { UsageReader } from './usage';
import type { RunUsage } from './ledger';

/**
 * What a run has used, from its folder. Undefined where its record cannot be read: whoever reports must say so.
 *
 * @param now milliseconds since the Unix epoch
 */
export async function readUsage(run: RunSummary, now: number): Promise<RunUsage | undefined> {
  const { record, status, directory } = run;
  if (!record || !status) return undefined;
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
  return { record, status, attempts: reader.usage(record, status, now) };
}
