import type { RunSummary } from '../runs/runIndex';

/** Runs that ended at about the same time, newest first. */
export interface RunGroup {
  readonly id: string;
  readonly label: string;
  readonly runs: readonly RunSummary[];
}

/** Few runs need no groups. */
const flatUpTo = 30;
const dayMilliseconds = 24 * 3600_000;

/**
 * Sorts runs that have ended by when they were started: by day for a week, then by month. Few of them stay one list.
 *
 * @param runs newest first
 * @param now milliseconds since the Unix epoch
 */
export function groupRuns(
  runs: readonly RunSummary[],
  now: number,
): { readonly flat: readonly RunSummary[]; readonly groups: readonly RunGroup[] } {
  if (runs.length <= flatUpTo) return { flat: runs, groups: [] };
  const groups = new Map<string, { label: string; runs: RunSummary[] }>();
  for (const run of runs) {
    const { id, label } = periodOf(run, now);
    const group = groups.get(id);
    if (group) group.runs.push(run);
    else groups.set(id, { label: label(), runs: [run] });
  }
  return { flat: [], groups: [...groups].map(([id, group]) => ({ id, ...group })) };
}

/** The label is put together once a group: the calendar's words are not to be had for nothing. */
function periodOf({ record }: RunSummary, now: number): { id: string; label: () => string } {
  if (!record) return { id: 'unreadable', label: () => 'Cannot be read' };
  const date = new Date(record.createdAt);
  const day = midnight(date.getTime());
  const days = Math.round((midnight(now) - day) / dayMilliseconds);
  const words = (options: Intl.DateTimeFormatOptions) => date.toLocaleDateString(undefined, options);
  if (days >= 7 || Number.isNaN(days)) {
    const id = `${date.getFullYear()}-${date.getMonth()}`;
    return { id, label: () => words({ month: 'long', year: 'numeric' }) };
  }
  const label = () => (days <= 0 ? 'Today' : days === 1 ? 'Yesterday' : words({ weekday: 'long' }));
  return { id: `day ${day}`, label };
}

function midnight(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}
