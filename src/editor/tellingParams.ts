import type { RunRecord } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';

type Telling = ReadonlyMap<string, readonly string[]>;

/** A list that has changed is another list. */
const known = new WeakMap<readonly RunSummary[], Telling>();

/** Names of the parameters that tell a run from others of its experiment: those of which the runs have several values. */
export function tellingParams(record: RunRecord, all: readonly RunSummary[]): readonly string[] {
  const telling = known.get(all) ?? find(all);
  known.set(all, telling);
  return telling.get(experimentOf(record)) ?? [];
}

function find(all: readonly RunSummary[]): Telling {
  const values = new Map<string, Map<string, Set<unknown>>>();
  for (const { record } of all) {
    // One that has not begun knows only what was asked for.
    if (!record || record.attempts.length === 0) continue;
    const experiment = experimentOf(record);
    const byName = values.get(experiment) ?? new Map<string, Set<unknown>>();
    values.set(experiment, byName);
    for (const [name, value] of Object.entries(record.params))
      byName.set(name, (byName.get(name) ?? new Set()).add(value));
  }
  return new Map(
    [...values].map(([experiment, byName]) => [
      experiment,
      [...byName].flatMap(([name, { size }]) => (size > 1 ? name : [])),
    ]),
  );
}

function experimentOf({ workspace, file }: RunRecord): string {
  return `${workspace}\n${file}`;
}
