import assert from 'node:assert/strict';
import { runContext, runDescription, runFacts, runIcon, statusBarText } from '../../../src/editor/runLabels';
import { runName } from '../../../src/editor/runName';
import { tellingParams } from '../../../src/editor/tellingParams';
import { Pace } from '../../../src/panels/pace';
import type { RunObservation } from '../../../src/panels/runView';
import type { RunEvent } from '../../../src/runs/event';
import { UsageReader } from '../../../src/runs/usage';
import { RunHistory } from '../../../src/runs/history';
import type { Params, RunRecord, RunStatus } from '../../../src/runs/record';
import type { RunSummary } from '../../../src/runs/runIndex';
import { attemptOf, recordOf } from '../runs/runFolder';

const startedAt = '2026-01-02T03:04:05.000Z';
const endedAt = '2026-01-02T03:14:05.000Z';
const oneHourLater = Date.parse('2026-01-02T04:14:05.000Z');

function summaryOf(status: RunStatus, changes: Partial<RunRecord> = {}): RunSummary {
  const record = recordOf({ attempts: [attemptOf({ startedAt, endedAt })], ...changes });
  return { id: record.id, directory: `/w/.compute-lens/runs/${record.id}`, record, status };
}

function observed(summary: RunSummary, step: number, stopping = false): RunObservation {
  const history = new RunHistory();
  const event: RunEvent = { type: 'step', t: 0, attempt: 1, step, epoch: 0, loss: 0.123456, ms: 1 };
  if (step > 0) history.add(event);
  const { record, status } = summary as { record: RunRecord; status: RunStatus };
  return {
    record,
    status,
    history,
    usage: new UsageReader(),
    pace: new Pace(),
    stopping,
  };
}

const unreadable: RunSummary = {
  id: 'x',
  directory: '/w/.compute-lens/runs/x',
  problem: 'run.json is missing',
};
const plan = { totalSteps: 2000 };

describe('what lists say of a run', () => {
  it('tells menus which actions there are', () => {
    const contexts = (
      ['queued', 'starting', 'running', 'stopped', 'failed', 'crashed', 'finished'] as const
    ).map((status) => runContext(summaryOf(status)));
    assert.deepEqual(contexts, [
      'run.queued',
      'run.live',
      'run.live',
      'run.resumable',
      'run.resumable',
      'run.resumable',
      'run.done',
    ]);
    assert.equal(runContext(summaryOf('stopped', { kind: 'script' })), 'run.done');
    assert.equal(runContext(unreadable), 'run.unreadable');
    const about = { archived: true };
    assert.equal(runContext({ ...summaryOf('stopped'), about }), 'run.resumable archived');
    assert.equal(runContext({ ...summaryOf('running'), about }), 'run.live');
  });

  it('has another icon for each state, so that none is told by colour alone', () => {
    const states = ['queued', 'starting', 'running', 'stopped', 'failed', 'crashed', 'finished'] as const;
    const icons = [...states.map((status) => runIcon(summaryOf(status)).icon), runIcon(unreadable).icon];
    assert.equal(new Set(icons).size, icons.length);
  });

  it('judges a run that ended by its test metric, else by its loss', () => {
    const result = { step: 2000, epoch: 4, loss: 0.25, seconds: 600 };
    const said = (status: RunStatus, changes: Partial<RunRecord>) =>
      runDescription(summaryOf(status, changes), undefined, oneHourLater);
    assert.equal(
      said('finished', { result: { ...result, evaluation: { loss: 0.3, acc: 0.97912 } } }),
      'finished, test acc 0.9791, 1 h ago',
    );
    assert.equal(
      said('finished', { result: { ...result, evaluation: { loss: 0.3 } } }),
      'finished, test loss 0.3, 1 h ago',
    );
    assert.equal(said('finished', { result }), 'finished, loss 0.25, 1 h ago');
    assert.equal(
      said('stopped', { plan, result: { ...result, step: 1234 } }),
      'stopped, step 1,234 / 2,000, loss 0.25, 1 h ago',
    );
    assert.equal(said('crashed', {}), 'crashed, 1 h ago');
    assert.equal(runDescription(unreadable, undefined, oneHourLater), 'cannot be read');
  });

  it('tells runs of one experiment apart by the parameters in which they differ', () => {
    const run = (params: Params, changes: Partial<RunRecord> = {}) =>
      summaryOf('finished', { params, ...changes });
    const all = [
      run({ lr: 0.01, units: 64, label: 'a rather long name of a data set' }),
      run({ lr: 10 ** -4, units: 64, label: 'x' }),
      run({ lr: 0.1 }, { file: 'other.experiment.ts' }),
      summaryOf('queued', { params: { units: 128 }, attempts: [] }),
    ];
    const said = all.slice(0, 3).map((summary) => {
      const telling = tellingParams(summary.record as RunRecord, all);
      return runDescription(summary, undefined, oneHourLater, { telling });
    });
    assert.deepEqual(said, [
      'finished, lr 0.01, label a rather long nam…, 1 h ago',
      'finished, lr 0.0001, label x, 1 h ago',
      'finished, 1 h ago',
    ]);
    const many = { a: 1, b: 2, c: 3, d: 4 };
    assert.equal(
      runDescription(run(many), undefined, oneHourLater, { telling: Object.keys(many) }),
      'finished, a 1, b 2, c 3, …, 1 h ago',
    );
  });

  it('says of a waiting run what tells it apart, and of one that is resumed from where', () => {
    const said = (attempts: RunRecord['attempts'], fromStep?: number) => {
      const place = { order: 1, host: 'here', ...(fromStep !== undefined && { fromStep }) };
      const telling = ['lr'];
      const params = { lr: 0.01 };
      return runDescription(summaryOf('queued', { attempts, params }), undefined, oneHourLater, {
        place,
        telling,
      });
    };
    assert.equal(said([]), 'waiting, lr=0.01, seed 1');
    assert.equal(said([attemptOf()], 1235), 'waiting, resumes at step 1,235, lr 0.01');
    assert.equal(said([attemptOf()]), 'waiting, resumes, lr 0.01');
  });

  it('says how far a live run is, once it is anywhere', () => {
    const summary = summaryOf('running', { plan });
    const said = (observation?: RunObservation) => runDescription(summary, observation, oneHourLater);
    assert.equal(said(), 'running');
    assert.equal(said(observed(summary, 0)), 'running');
    assert.equal(said(observed(summary, 860)), '43 %, loss 0.1235');
    assert.equal(said(observed(summary, 860, true)), 'stopping, 43 %, loss 0.1235');
    const unbounded = summaryOf('running');
    assert.equal(runDescription(unbounded, observed(unbounded, 860), oneHourLater), 'step 860, loss 0.1235');
  });

  it('shows the first live run in the status bar, and how many more there are', () => {
    const summary = summaryOf('running', { plan });
    const live = (step: number, stopping = false) => ({
      summary,
      observed: observed(summary, step, stopping),
    });
    assert.equal(statusBarText([], 0, oneHourLater), undefined);
    assert.equal(statusBarText([live(0)], 0, oneHourLater), '$(sync~spin) mlp: starting');
    assert.equal(statusBarText([live(860)], 0, oneHourLater), '$(sync~spin) mlp 43 % loss 0.1235');
    assert.equal(statusBarText([live(860, true)], 0, oneHourLater), '$(sync~spin) mlp stopping loss 0.1235');
    assert.equal(
      statusBarText([live(860), live(1), live(1)], 0, oneHourLater),
      '$(sync~spin) mlp 43 % loss 0.1235 (+2)',
    );
    assert.equal(statusBarText([live(1999)], 0, oneHourLater), '$(sync~spin) mlp 99 % loss 0.1235');
    const started = new Date(oneHourLater - 30 * 60_000).toISOString();
    const bounded = summaryOf('running', {
      plan: { ...plan, budget: { minutes: 40, flops: 1e12 } },
      attempts: [attemptOf({ startedAt: started })],
    });
    assert.equal(
      statusBarText([{ summary: bounded, observed: observed(bounded, 860) }], 0, oneHourLater),
      '$(sync~spin) mlp 43 % loss 0.1235 25 % of budget left',
    );
    const held = observed(bounded, 860);
    held.record.plan = { ...plan, budget: { minutes: 4000, memoryBytes: 2e9 } };
    held.usage.add({ type: 'energy', t: 0, attempt: 1, step: 860, parts: [], memoryBytes: 1.5e9 });
    assert.match(
      statusBarText([{ summary: bounded, observed: held }], 0, oneHourLater) ?? '',
      /25 % of budget left$/,
    );
  });

  it('shows in the status bar how many wait', () => {
    const summary = summaryOf('running', { plan });
    assert.equal(statusBarText([], 3, oneHourLater), '$(clock) 3 waiting');
    const live = [{ summary, observed: observed(summary, 860) }];
    assert.equal(statusBarText(live, 2, oneHourLater), '$(sync~spin) mlp 43 % loss 0.1235, 2 waiting');
  });

  it('says how long a live run will take, and its test metric, once both are known', () => {
    const summary = summaryOf('running', { plan });
    const observation = observed(summary, 0);
    for (let step = 1; step <= 1000; step++) {
      observation.history.add({
        type: 'step',
        t: step * 120,
        attempt: 1,
        step,
        epoch: 0,
        loss: 0.5,
        ms: 120,
      });
      observation.pace.add(step, step * 120, 1);
    }
    const metrics = { loss: 0.4, acc: 0.91234 };
    observation.history.add({ type: 'eval', t: 120_000, attempt: 1, step: 1000, epoch: 0, metrics, ms: 1 });
    assert.equal(
      runDescription(summary, observation, oneHourLater),
      '50 %, 2.0 min left, loss 0.5, test acc 0.9123',
    );
  });

  it('tells runs that wait apart by what was asked for', () => {
    const waiting = (changes: Partial<RunRecord>) =>
      runDescription(summaryOf('queued', { attempts: [], ...changes }), undefined, oneHourLater);
    assert.equal(waiting({ params: { lr: 0.1, wide: true } }), 'waiting, lr=0.1, wide=true, seed 1');
    assert.equal(waiting({ params: {}, requestedBackend: 'cpu' }), 'waiting, seed 1, cpu');
  });

  it('calls a run as its user does, and says of which experiment it is', () => {
    const summary = {
      ...summaryOf('finished'),
      about: { name: 'the good one', tags: ['a', 'b'], notes: 'wow' },
    };
    assert.equal(runName(summary), 'the good one');
    const facts = new Map(runFacts(summary));
    assert.equal(facts.get('Experiment'), 'mlp');
    assert.equal(facts.get('Tags'), 'a, b');
  });

  it('lets a name bring no icon into the status bar', () => {
    const summary = summaryOf('running', { name: 'a $(alert) b' });
    assert.equal(
      statusBarText([{ summary, observed: observed(summary, 0) }], 0, oneHourLater),
      '$(sync~spin) a $ (alert) b: starting',
    );
  });

  it('names a run that cannot be read by its folder, and says what is wrong with it', () => {
    assert.equal(runName(unreadable), 'x');
    assert.deepEqual(runFacts(unreadable), [['Problem', 'run.json is missing']]);
  });

  it('has the error, parameters and figures ready for whoever looks closer', () => {
    const summary = summaryOf('failed', {
      attempts: [attemptOf({ startedAt, endedAt, backend: 'wasm', error: { message: 'the loss is NaN' } })],
      result: { step: 3, epoch: 0, seconds: 75, evaluation: { acc: 0.5 } },
    });
    const facts = new Map(runFacts(summary));
    assert.equal(facts.get('State'), 'failed');
    assert.equal(facts.get('Error'), 'the loss is NaN');
    assert.equal(facts.get('Backend'), 'wasm');
    assert.equal(facts.get('Parameters'), 'lr=0.001');
    assert.equal(facts.get('Time'), '1 min 15 s');
    assert.equal(facts.get('Test acc'), '0.5');
  });
});
