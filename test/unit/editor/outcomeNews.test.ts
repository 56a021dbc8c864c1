import assert from 'node:assert/strict';
import { newsOf, storageNews } from '../../../src/editor/outcomeNews';
import type { Attempt, RunRecord, RunStatus } from '../../../src/runs/record';
import type { RunSummary } from '../../../src/runs/runIndex';
import { attemptOf, recordOf } from '../runs/runFolder';

const here = { focused: true, visible: true };
const elsewhere = { focused: false, visible: true };

function ended(
  status: RunStatus,
  attempt: Partial<Attempt> = {},
  changes: Partial<RunRecord> = {},
): RunSummary {
  const record = recordOf({ attempts: [attemptOf({ ...attempt })], ...changes });
  return { id: record.id, directory: '/w/run', record, status };
}
const news = (summary: RunSummary, seen = here) => newsOf(summary, seen, Date.now());

describe('news of a run that ended', () => {
  it('are told where nobody looks, aloud only to whoever is not at this window', () => {
    const result = { step: 10, epoch: 1, loss: 0.5, seconds: 1, evaluation: { acc: 0.75 } };
    const summary = ended('finished', {}, { result });
    assert.equal(news(summary), undefined);
    const quiet = news(summary, { focused: true, visible: false });
    assert.equal(quiet?.kind, 'quiet');
    const aloud = news(summary, elsewhere);
    assert.equal(aloud?.kind, 'info');
    assert.match(aloud.text, /^finished, test acc 0\.75/);
    assert.deepEqual(aloud.actions, ['openRun']);
  });

  it('are always told of an error, with the way to its line', () => {
    const summary = ended('failed', { error: { message: 'x is not defined', file: '/w/a.ts', line: 3 } });
    for (const seen of [here, elsewhere]) {
      const said = news(summary, seen);
      assert.equal(said?.kind, 'error');
      assert.deepEqual(said.actions, ['open', 'log']);
      assert.equal(said.problem.line, 3);
    }
  });

  it('lead from a loss that is not finite to the curves, and to other parameters', () => {
    const error = { message: 'The loss became NaN at step 7.', cause: 'diverged' } as const;
    assert.deepEqual(news(ended('failed', { error }))?.actions, ['openRun', 'changeAndRun', 'log']);
  });

  it('offer to resume a run whose process is gone, where it can be', () => {
    assert.deepEqual(news(ended('crashed'))?.actions, ['resume', 'log']);
    assert.deepEqual(news(ended('crashed', {}, { kind: 'script' }))?.actions, ['log']);
  });

  it('lead from a full disk to what fills it', () => {
    assert.deepEqual(storageNews('the disk is full', true).actions, ['reveal', 'resume']);
  });
});
