import type { RunEvent } from './event';
import { EventTail } from './tail';

/** All events that are in a run's folder now, taken in by something that adds them up. */
export async function foldEvents<T extends { add(event: RunEvent): void }>(
  directory: string,
  make: () => T,
): Promise<T> {
  let sum = make();
  const tail = new EventTail(directory, {
    events: (batch) => batch.forEach((event) => sum.add(event)),
    reset: () => (sum = make()),
    gone: () => undefined,
  });
  try {
    await tail.poll();
  } finally {
    tail.dispose();
  }
  return sum;
}
