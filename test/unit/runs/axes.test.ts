import assert from 'node:assert/strict';
import { RunAxes } from '../../../src/runs/axes';
import type { NewEvent } from '../../../src/runs/event';
import type { Series } from '../../../src/runs/series';
import { UsageReader } from '../../../src/runs/usage';
import { workedSeconds } from '../../../src/runs/workedSeconds';
import { attemptOf, recordOf } from './runFolder';

const step = (number: number, flops?: number): NewEvent => ({
  type: 'step',
  step: number,
  epoch: 0,
  loss: 1,
  ms: 1,
  ...(flops !== undefined && { flops }),
});
const start = (fromStep: number): NewEvent => ({ type: 'start', fromStep, backend: 'wasm' });
const energy = (joules: number, at = 0): NewEvent => {
  const part = {
    component: 'cpu',
    provenance: 'estimated',
    source: 'load',
    low: 0,
    high: joules,
    seconds: 1,
  };
  return { type: 'energy', step: at, parts: [{ ...part, joules } as never] };
};
const pointsOf = (series: Series) => {
  const { x, y } = series.points();
  return [...x].map((place, i) => [place, y[i]]);
};

describe('what a run had reached at its steps', () => {
  const told = (axes: RunAxes, attempt: number, ...events: NewEvent[]) => {
    for (const event of events) axes.add({ ...event, attempt, t: 1000 * attempt });
    return axes;
  };

  it('is the count of FLOPs and the epochs done', () => {
    const axes = told(
      new RunAxes(),
      1,
      ...[start(1), step(1, 10), step(2, 20), { type: 'epoch', step: 2, epoch: 0 } as const, step(3, 30)],
    );
    assert.deepEqual(pointsOf(axes.flops), [
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    assert.deepEqual(pointsOf(axes.epochs), [[2, 1]]);
  });

  it('is the energy of all attempts, lost steps included, and never goes back', () => {
    const axes = told(
      new RunAxes(),
      1,
      start(1),
      step(1),
      step(2),
      energy(20, 2),
      step(3),
      step(4),
      energy(40, 4),
    );
    // Killed; the checkpoint was of step 3.
    told(axes, 2, start(4), step(4), step(5), energy(10, 5));
    assert.deepEqual(pointsOf(axes.joules), [
      [2, 20],
      [3, 30],
      [4, 40],
      [5, 50],
    ]);
  });

  it('has what an attempt used before its first step at that step', () => {
    const axes = told(new RunAxes(), 1, energy(7), start(1), step(1), step(2), energy(9, 2));
    assert.deepEqual(pointsOf(axes.joules), [
      [1, 7],
      [2, 9],
    ]);
  });
});

describe('the seconds that a run was at work', () => {
  const at = (seconds: number) => new Date(1000 * seconds).toISOString();
  const record = recordOf({
    attempts: [
      attemptOf({ number: 1, startedAt: at(100), endedAt: at(110), backend: 'webgpu' }),
      attemptOf({ number: 2, startedAt: at(500), endedAt: at(505), backend: 'wasm' }),
      attemptOf({ number: 3, startedAt: at(900), endedAt: at(920), backend: 'webgpu' }),
    ],
  });
  const usage = new UsageReader().usage(record, 'finished', 0);

  it('are those of the account of its attempts, and leave out what lies between them', () => {
    const seconds = workedSeconds(record, usage);
    assert.deepEqual(
      [100, 105, 110, 500, 505, 900, 920].map((t) => seconds(1000 * t)),
      [0, 5, 10, 10, 15, 15, 35],
    );
    assert.equal(
      seconds(1000 * 920),
      usage.reduce((sum, each) => sum + each.seconds, 0),
    );
  });

  it('stand still while an attempt is not of those that are asked about', () => {
    const seconds = workedSeconds(record, usage, ({ backend }) => backend === 'webgpu');
    assert.deepEqual(
      [110, 503, 900, 920].map((t) => seconds(1000 * t)),
      [10, 10, 10, 30],
    );
  });
});
