import assert from 'node:assert/strict';
import { Pace } from '../../../src/panels/pace';
import { runView } from '../../../src/panels/runView';
import type { NewEvent } from '../../../src/runs/event';
import type { RunPrediction } from '../../../src/runs/prediction';
import { UsageReader } from '../../../src/runs/usage';
import { RunHistory } from '../../../src/runs/history';
import type { Peak } from '../../../src/runs/peak';
import type { Attempt } from '../../../src/runs/record';
import { attemptOf, recordOf } from '../runs/runFolder';

describe('how fast the run panel says that a run is', () => {
  const peak: Peak = {
    matmul: { gigaflopsPerSecond: 41, size: 512, measuredAt: '2026-01-02T03:04:05.000Z' },
    add: { gigabytesPerSecond: 30, bytes: 64e6, measuredAt: '2026-01-02T03:04:05.000Z' },
    threads: 2,
  };
  const shown = (attempt: Partial<Attempt>, flops: readonly (number | undefined)[] = [], told = 1) => {
    const history = new RunHistory();
    const events: NewEvent[] = [
      { type: 'start', fromStep: 1, backend: 'wasm' },
      ...flops.map((count, i): NewEvent => ({
        type: 'step',
        step: i + 1,
        epoch: 0,
        loss: 1,
        ms: 10,
        ...(count !== undefined && { flops: count }),
      })),
    ];
    for (const event of events) history.add({ ...event, attempt: told, t: 0 });
    const record = recordOf({ status: 'running', attempts: [attemptOf(attempt)] });
    return runView(
      {
        record,
        status: 'running',
        history,
        usage: new UsageReader(),
        pace: new Pace(),
        stopping: false,
      },
      Date.now(),
    );
  };

  it('is the FLOPs of a step by its time, beside what its attempt had measured', () => {
    const { flopsPerSecond, peak: fastest } = shown({ peak }, [1.8e8, 3.6e8, 5.4e8]);
    assert.equal(flopsPerSecond, 1.8e10);
    assert.deepEqual(fastest, {
      flopsPerSecond: 4.1e10,
      size: 512,
      measuredAt: '2026-01-02T03:04:05.000Z',
      threads: 2,
    });
  });

  it('is left out where it is not known', () => {
    for (const view of [shown({}), shown({}, [undefined, undefined]), shown({}, [0, 0])]) {
      assert.ok(!('flopsPerSecond' in view));
      assert.ok(!('peak' in view));
    }
    assert.ok('peak' in shown({ peak }));
  });

  it('is left out while record and events are of different attempts', () => {
    const view = shown({ peak, number: 2 }, [1.8e8, 3.6e8], 1);
    assert.ok(!('flopsPerSecond' in view) && !('peak' in view));
  });
});

describe('what the run panel says of a prediction', () => {
  const spread = { p5: 0.9, p50: 1, p95: 1.1 };
  const prediction: RunPrediction = {
    model: 'net',
    backend: 'wasm',
    calibratedAt: '2026-01-02T03:04:05.000Z',
    ...{ runs: 2, dense: false, calibratedSeconds: 1, stepSeconds: spread, runSeconds: spread },
    sources: ['cpu: 4 W'],
  };

  it('stands beside what steps took so far and what the run has used', () => {
    const history = new RunHistory();
    const usage = new UsageReader();
    const part = {
      component: 'cpu',
      provenance: 'estimated',
      source: 'x',
      joules: 3.6e6,
      seconds: 9,
    } as const;
    const events: NewEvent[] = [
      { type: 'start', fromStep: 1, backend: 'wasm', flops: 0 },
      ...[10, 20, 30].map((ms, i): NewEvent => ({ type: 'step', step: i + 1, epoch: 0, loss: 1, ms })),
      { type: 'energy', step: 3, parts: [{ ...part, low: 1.8e6, high: 7.2e6 }] },
    ];
    for (const event of events) {
      history.add({ ...event, attempt: 1, t: 0 });
      usage.add({ ...event, attempt: 1, t: 0 });
    }
    const surroundings = { place: 100, pricePerKwh: 0.5 };
    const record = recordOf({ status: 'finished', attempts: [attemptOf({})], surroundings });
    const observation = {
      record,
      history,
      usage,
      status: 'finished',
      pace: new Pace(),
      stopping: false,
    } as const;
    assert.ok(!('prediction' in runView(observation, 0)));
    const { prediction: shown } = runView({ ...observation, prediction }, 0);
    assert.deepEqual(shown?.stepSeconds, spread);
    assert.ok(!('model' in shown));
    // A kilowatt-hour, at 100 g and half a dollar.
    const { gCO2e, cost, ...measured } = shown.used;
    const rounded = (figures: object | undefined) =>
      Object.values(figures ?? {}).map((value: number) => Number(value.toPrecision(6)));
    assert.deepEqual(rounded(gCO2e), [50, 100, 200]);
    assert.deepEqual(rounded(cost), [0.25, 0.5, 1]);
    assert.deepEqual(measured, {
      stepSeconds: 0.02,
      trainingSeconds: 0.06,
      energy: { joules: 3.6e6, low: 1.8e6, high: 7.2e6, provenance: 'estimated' },
    });
  });
});
