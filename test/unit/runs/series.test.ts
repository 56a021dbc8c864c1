import assert from 'node:assert/strict';
import type { NewEvent } from '../../../src/runs/event';
import { RunHistory } from '../../../src/runs/history';
import { placeBeforeAll, Series } from '../../../src/runs/series';
import { randomOf } from './maskFixtures';

describe('a curve', () => {
  it('has every point while there is room', () => {
    const series = new Series('train/loss', 16);
    for (let step = 1; step <= 7; step++) series.add(step, step * step);
    assert.deepEqual([...series.points().x], [1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual([...series.points().y], [1, 4, 9, 16, 25, 36, 49]);
  });

  it('tells each reader what is new once', () => {
    const series = new Series('train/loss', 16);
    const [one, other] = [placeBeforeAll(), placeBeforeAll()];
    assert.equal(series.since(one), undefined);
    series.add(1, 10);
    series.add(2, 20);
    const both = { after: -1, x: Float64Array.of(1, 2), y: Float64Array.of(10, 20) };
    assert.deepEqual(series.since(one), both);
    assert.equal(series.since(one), undefined);
    series.add(3, 30);
    assert.deepEqual(series.since(one), { after: 2, x: Float64Array.of(3), y: Float64Array.of(30) });
    assert.deepEqual(series.since(other), {
      after: -1,
      x: Float64Array.of(1, 2, 3),
      y: Float64Array.of(10, 20, 30),
    });
  });

  it('stays bounded over a million steps, keeps only measured points, and drops no extreme', () => {
    const random = randomOf(7);
    const series = new Series('train/loss', 256);
    const odd = new Map(
      [NaN, Infinity, -Infinity].map((value) => [1 + Math.floor(random() * 1e6), value] as const),
    );
    const spikes = new Map(
      Array.from({ length: 20 }, (_, i) => [1 + Math.floor(random() * 1e6), (i % 2 ? 1 : -1) * (10 + i)]),
    );
    const value = (step: number) => odd.get(step) ?? spikes.get(step) ?? Math.sin(step);
    for (let step = 1; step <= 1_000_000; step++) series.add(step, value(step));
    const { x, y } = series.points();
    assert.ok(x.length <= 256 + 4, `${x.length} points`);
    assert.ok(x.length >= 100, `${x.length} points`);
    x.forEach((step, i) => {
      assert.equal(y[i], value(step));
      assert.ok(i === 0 || step > (x[i - 1] ?? 0));
    });
    const stretch = 1_000_000 / (x.length / 2);
    for (const [spike, height] of spikes) {
      // Of two that fall into one stretch only the higher, or the lower, is its extreme.
      const near = x.findIndex(
        (step, i) =>
          Math.abs(step - spike) <= 2 * stretch &&
          Math.abs(y[i] as number) >= Math.abs(height) &&
          Math.sign(y[i] as number) === Math.sign(height),
      );
      assert.ok(near >= 0, `the spike at ${spike} is gone`);
    }
    for (const [step, value] of odd) assert.equal(y[x.indexOf(step)], value, `${value} at ${step} is gone`);
    const gaps = [...x.slice(1)].map((step, i) => step - (x[i] ?? 0));
    assert.ok(Math.max(...gaps) < 4 * stretch, 'some stretch is empty');
    assert.equal(x.at(-1), 1_000_000);
  });

  it('keeps lowest, highest and what is no number where they share a stretch', () => {
    const series = new Series('train/loss', 8);
    const values = [1, 5, NaN, -5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    values.forEach((value, i) => series.add(i + 1, value));
    const kept = new Set(series.points().y);
    for (const value of [5, -5, NaN]) assert.ok(kept.has(value), `${value} is gone`);
  });

  it('ends with the last value at any moment, however thin it has become', () => {
    const series = new Series('train/loss', 64);
    const place = placeBeforeAll();
    for (let step = 1; step <= 3000; step++) {
      series.add(step, Math.cos(step));
      assert.deepEqual([series.last()?.x, series.last()?.y], [step, Math.cos(step)]);
      assert.equal(series.since(place)?.x.at(-1), step);
    }
  });

  it('what a follower was told adds up to the points, whatever happens in between', () => {
    const series = new Series('train/loss', 64);
    const place = placeBeforeAll();
    let told: [number, number][] = [];
    const random = randomOf(12345);
    let step = 0;
    for (let i = 0; i < 5000; i++) {
      step = random() < 0.01 ? Math.max(1, step - Math.floor(random() * 100)) : step + 1;
      series.add(step, random());
      if (random() < 0.2) follow();
    }
    follow();
    const { x, y } = series.points();
    assert.deepEqual(
      told,
      [...x].map((value, i) => [value, y[i]]),
    );

    function follow() {
      const change = series.since(place);
      if (!change) return;
      told = told.filter(([step]) => step <= change.after);
      change.x.forEach((value, i) => told.push([value, change.y[i] as number]));
    }
  });

  it('drops the tail that a resumed attempt trains again', () => {
    const series = new Series('train/loss');
    const place = placeBeforeAll();
    for (let step = 1; step <= 10; step++) series.add(step, step);
    series.since(place);
    series.add(6, -6);
    assert.deepEqual([...series.points().x], [1, 2, 3, 4, 5, 6]);
    assert.deepEqual([...series.points().y], [1, 2, 3, 4, 5, -6]);
    const change = series.since(place);
    assert.ok(change && change.after < 6);
  });

  it('refuses a capacity that it cannot thin', () => {
    assert.throws(() => new Series('x', 6), RangeError);
  });
});

describe('what the events of a run add up to', () => {
  const told = (events: readonly NewEvent[], attempt = 1, t = 1000): RunHistory =>
    add(new RunHistory(), events, attempt, t);
  const step = (number: number, loss: number, ms = 5): NewEvent => ({
    type: 'step',
    step: number,
    epoch: 0,
    loss,
    ms,
  });

  it('is curves by phase and metric, and the last value of each', () => {
    const history = told([
      { type: 'start', fromStep: 1, backend: 'wasm' },
      { type: 'step', step: 1, epoch: 0, loss: 2, metrics: { acc: 0.5 }, ms: 4 },
      { type: 'eval', step: 1, epoch: 0, metrics: { loss: 3, acc: 0.25 }, ms: 9 },
    ]);
    assert.deepEqual([...history.series.keys()], ['train/loss', 'train/acc', 'test/loss', 'test/acc']);
    assert.deepEqual(history.latest, { 'train/loss': 2, 'train/acc': 0.5, 'test/loss': 3, 'test/acc': 0.25 });
  });

  it('has the median step time, which one slow step does not move', () => {
    const history = told([
      step(1, 1, 900),
      ...Array.from({ length: 20 }, (_, i) => step(i + 2, 1, 5 + (i % 2))),
    ]);
    assert.ok([5, 6].includes(history.stepMilliseconds ?? 0));
  });

  it('has the median of what its steps computed by their time, without the jump at a resume', () => {
    const counted = (number: number, flops: number, ms = 2): NewEvent =>
      Object.assign(step(number, 1, ms), { flops });
    const start = (fromStep: number): NewEvent => ({ type: 'start', fromStep, backend: 'wasm' });
    const history = told([start(1), counted(1, 1e6, 50)]);
    assert.equal(history.flopsPerSecond, 1e6 / 0.05);
    add(history, [counted(2, 2e6), counted(3, 3e6)], 1, 2000);
    assert.equal(history.flopsPerSecond, 1e6 / 0.002);
    // The checkpoint was of step 2: the count goes on from there.
    add(history, [start(3)], 2, 3000);
    assert.equal(history.flopsPerSecond, undefined);
    add(history, [counted(3, 3e6, 4)], 2, 3001);
    assert.equal(history.flopsPerSecond, undefined);
    add(history, [counted(4, 4e6, 4)], 2, 3002);
    assert.equal(history.flopsPerSecond, 1e6 / 0.004);
  });

  it('has no such median where steps count nothing', () => {
    assert.equal(told([step(1, 1), step(2, 1)]).flopsPerSecond, undefined);
    const none = [1, 2, 3].map((number): NewEvent => Object.assign(step(number, 1), { flops: 0 }));
    assert.equal(told(none).flopsPerSecond, undefined);
  });

  it('is the later of two values where a resumed attempt does a step again', () => {
    const history = told([step(1, 1), step(2, 1), step(3, 1)], 1, 1000);
    add(history, [{ type: 'start', fromStep: 3, backend: 'cpu' }, step(3, 2)], 2, 900_000);
    assert.equal(history.attempt, 2);
    assert.deepEqual([...(history.series.get('train/loss')?.points().y ?? [])], [1, 1, 2]);
  });

  it('is the memory that was last told, and the most of the attempt', () => {
    const memory = (bytes: number): NewEvent => ({ type: 'memory', step: 1, bytes });
    const history = told([memory(100), memory(300), memory(200)]);
    assert.deepEqual(history.memory, { bytes: 200, peakBytes: 300 });
    add(history, [{ type: 'start', fromStep: 2, backend: 'cpu' }, memory(50)], 2, 2000);
    assert.deepEqual(history.memory, { bytes: 50, peakBytes: 50 });
  });

  it('is over after its end, and not any more once an attempt starts', () => {
    const history = told([step(1, 1), { type: 'end', step: 1, outcome: 'stopped' }]);
    assert.equal(history.end?.outcome, 'stopped');
    add(history, [{ type: 'start', fromStep: 2, backend: 'cpu' }], 2, 2000);
    assert.equal(history.end, undefined);
  });
});

/** Adds events a millisecond apart. */
function add(history: RunHistory, events: readonly NewEvent[], attempt: number, t: number): RunHistory {
  events.forEach((event, i) => history.add({ ...event, attempt, t: t + i }));
  return history;
}
