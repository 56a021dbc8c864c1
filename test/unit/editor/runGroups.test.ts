import assert from 'node:assert/strict';
import { groupRuns } from '../../../src/editor/runGroups';
import type { RunSummary } from '../../../src/runs/runIndex';
import { recordOf } from '../runs/runFolder';

const now = new Date(2026, 10, 18, 9, 30).getTime();
const hour = 3600_000;

function runsBack(...hours: number[]): RunSummary[] {
  return hours.map((back, i) => {
    const record = recordOf({ createdAt: new Date(now - back * hour).toISOString() });
    return { id: `run ${i}`, directory: `/w/${i}`, record, status: 'finished' };
  });
}

describe('groups of runs', () => {
  it('are none while the runs are few', () => {
    const few = runsBack(...Array.from({ length: 30 }, (_, i) => i * 30));
    assert.deepEqual(groupRuns(few, now), { flat: few, groups: [] });
  });

  it('are days for a week, then months, by the local calendar and not by hours gone', () => {
    const runs = runsBack(
      ...Array.from({ length: 28 }, () => 1),
      9,
      10,
      33,
      34,
      24 * 5,
      24 * 20,
      24 * 21,
      24 * 50,
    );
    const { flat, groups } = groupRuns(runs, now);
    assert.deepEqual(flat, []);
    const month = (day: number) =>
      new Date(now - day * 24 * hour).toLocaleDateString(undefined, { month: 'long', year: 'numeric' });
    const weekday = (day: number) =>
      new Date(now - day * 24 * hour).toLocaleDateString(undefined, { weekday: 'long' });
    assert.deepEqual(
      groups.map(({ label, runs: { length } }) => [label, length]),
      [
        ['Today', 29],
        ['Yesterday', 2],
        [weekday(2), 1],
        [weekday(5), 1],
        [month(20), 2],
        [month(50), 1],
      ],
    );
    assert.equal(new Set(groups.map(({ id }) => id)).size, groups.length);
  });

  it('keep those that cannot be read together', () => {
    const lost = { id: 'x', directory: '/w/x', problem: 'run.json is missing' };
    const { groups } = groupRuns([...runsBack(...Array.from({ length: 30 }, () => 1)), lost], now);
    assert.deepEqual(groups.at(-1)?.runs, [lost]);
  });

  it('of 10,000 runs leave none out', () => {
    const runs = runsBack(...Array.from({ length: 10_000 }, (_, i) => i / 10));
    const { groups } = groupRuns(runs, now);
    assert.equal(
      groups.reduce((sum, group) => sum + group.runs.length, 0),
      10_000,
    );
  });
});
