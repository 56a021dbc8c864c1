import assert from 'node:assert/strict';
import type { RunCurves } from '../../../src/protocol/runPanel';
import { Curves, smoothed, upperBound } from '../../../webview/run/curves';
import { aligned, seen, valueAt } from '../../../webview/run/sight';
import { ShownRuns } from '../../../webview/run/shownRuns';
import { Viewport } from '../../../webview/run/viewport';
import { interpolated, placesOf, whyNot } from '../../../webview/run/xAxis';
import { randomOf } from '../runs/maskFixtures';

const curve = (x: readonly number[], y: readonly number[]) => ({
  x: Float64Array.from(x),
  y: Float64Array.from(y),
});
const change = (key: string, after: number, x: readonly number[], y: readonly number[]) => ({
  key,
  after,
  ...curve(x, y),
});

describe('curves as the host tells them', () => {
  it('grow, and begin anew from where a change says', () => {
    const curves = new Curves();
    curves.apply([change('train/loss', -1, [1, 2, 3], [10, 20, 30])]);
    curves.apply([change('train/loss', 3, [4], [40])]);
    assert.deepEqual(curves.get('train/loss'), curve([1, 2, 3, 4], [10, 20, 30, 40]));
    curves.apply([change('train/loss', 2, [3], [31])]);
    assert.deepEqual(curves.get('train/loss'), curve([1, 2, 3], [10, 20, 31]));
    curves.apply([change('train/loss', -1, [9], [90])]);
    assert.deepEqual(curves.get('train/loss'), curve([9], [90]));
  });

  it('are found by bisection', () => {
    const values = [1, 3, 3, 7];
    assert.deepEqual(
      [0, 1, 2, 3, 7, 8].map((value) => upperBound(values, value)),
      [0, 1, 1, 3, 4, 4],
    );
    assert.equal(valueAt(curve([1, 3], [10, 30]), 2.9), 10);
    assert.equal(valueAt(curve([1, 3], [10, 30]), 0), undefined);
  });

  it('are smoothed by steps, so that a thinned curve looks the same', () => {
    const full = curve([1, 2, 3, 4], [4, 2, 8, 6]);
    assert.deepEqual(smoothed(full, 0), full.y);
    const half = smoothed(full, 0.5);
    assert.equal(half[0], 4);
    assert.ok(Math.abs((half[1] ?? 0) - (0.5 * 2 + 0.25 * 4) / 0.75) < 1e-12);
    // A gap of two steps forgets as much as two steps do.
    const gap = smoothed(curve([1, 3], [4, 2]), 0.5);
    assert.ok(Math.abs((gap[1] ?? 0) - (0.5 * 2 + 0.125 * 4) / 0.625) < 1e-12);
    assert.ok(Number.isNaN(smoothed(curve([1, 2, 3], [1, NaN, 1]), 0.5)[1]));
  });
});

describe('what is seen of a curve', () => {
  const million = (value: (step: number) => number) => {
    const x = Float64Array.from({ length: 1e6 }, (_, i) => i + 1);
    return { x, y: x.map(value) };
  };

  it('is all of it where it is short, and one point beyond each edge', () => {
    const line = seen(curve([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), { min: 2.5, max: 3.5 }, 100);
    assert.deepEqual(line.x, [2, 3, 4]);
    assert.deepEqual(line.y, [2, 3, 4]);
  });

  it('is two values a column of a million points, and never misses an extreme', () => {
    const random = randomOf(3);
    const spikes = new Map(
      Array.from({ length: 30 }, (_, i) => [1 + Math.floor(random() * 1e6), i % 2 ? 50 + i : -50 - i]),
    );
    const full = million((step) => spikes.get(step) ?? Math.sin(step));
    const columns = 800;
    const line = seen(full, { min: 1, max: 1e6 }, columns);
    assert.ok(line.x.length <= 2 * columns + 4, `${line.x.length} points`);
    for (let i = 1; i < line.x.length; i++) assert.ok((line.x[i] ?? 0) > (line.x[i - 1] ?? 0));
    const width = (1e6 - 1) / columns;
    for (const [step, height] of spikes) {
      const column = Math.floor((step - 1) / width);
      const inColumn = line.y.filter(
        (_, i) => Math.floor(((line.x[i] ?? 0) - 1) / width) === column,
      ) as number[];
      const found = height > 0 ? Math.max(...inColumn) >= height : Math.min(...inColumn) <= height;
      assert.ok(found, `${height} at ${step} is not seen`);
    }
  });

  it('marks what is no number, wherever it is', () => {
    const random = randomOf(5);
    const odd = new Map([NaN, Infinity, -Infinity].map((value) => [1 + Math.floor(random() * 1e6), value]));
    const line = seen(
      million((step) => odd.get(step) ?? 1),
      { min: 1, max: 1e6 },
      800,
    );
    assert.deepEqual(
      line.marks.map(({ x, kind }) => [x, kind]),
      [...odd].sort(([a], [b]) => a - b).map(([x, value]) => [x, String(value)]),
    );
    assert.equal(line.y.filter((value) => value === null).length, 3);
  });

  it('leaves out what a logarithmic axis cannot show, and says so', () => {
    const line = seen(curve([1, 2, 3], [1, 0, 2]), { min: 1, max: 3 }, 100, true);
    assert.deepEqual([line.y, line.leftOut, line.marks], [[1, null, 2], true, []]);
    assert.equal(seen(curve([1, 2], [1, 2]), { min: 1, max: 2 }, 100, true).leftOut, false);
  });

  it('comes onto common places, where a line may know nothing', () => {
    assert.deepEqual(aligned([curve([1, 2, 4], [10, 20, 40]), curve([2, 3], [200, 300])]), [
      [1, 2, 3, 4],
      [10, 20, undefined, 40],
      [undefined, 200, 300, undefined],
    ]);
  });
});

describe('the part of the axis that is in sight', () => {
  let drawn = 0;
  const viewport = () => {
    drawn = 0;
    const made = new Viewport(() => drawn++);
    made.extend({ min: 0, max: 100 });
    return made;
  };

  it('is everything, and follows what comes, until one zooms', () => {
    const view = viewport();
    assert.deepEqual(view.range, { min: 0, max: 100 });
    view.extend({ min: 0, max: 200 });
    assert.deepEqual(view.range, { min: 0, max: 200 });
    view.show({ min: 20, max: 40 });
    view.extend({ min: 0, max: 300 });
    assert.deepEqual(view.range, { min: 20, max: 40 });
    view.reset();
    assert.deepEqual(view.range, { min: 0, max: 300 });
    assert.equal(drawn, 2);
  });

  it('keeps the place that is zoomed around, and never leaves what there is', () => {
    const view = viewport();
    view.zoom(0.5, 20);
    assert.deepEqual(view.range, { min: 10, max: 60 });
    view.pan(-1);
    assert.deepEqual(view.range, { min: 0, max: 50 });
    view.pan(10);
    assert.deepEqual(view.range, { min: 50, max: 100 });
    view.zoom(4, 75);
    assert.equal(view.zoomed, false);
  });

  it('does not pan where all is in sight', () => {
    const view = viewport();
    view.pan(0.5);
    assert.deepEqual([view.range, drawn], [{ min: 0, max: 100 }, 0]);
  });
});

describe('what curves are drawn over', () => {
  const told = (changes: Partial<RunCurves> = {}): RunCurves => ({
    directory: '/w/mlp-abcd',
    name: 'mlp',
    status: 'finished',
    fresh: true,
    series: [change('train/loss', -1, [1, 2, 3, 4], [4, 3, 2, 1])],
    reached: [],
    ...changes,
  });
  const own = (changes: Partial<RunCurves> = {}) => {
    const runs = new ShownRuns();
    runs.take([told(changes)]);
    assert.ok(runs.own);
    return runs.own;
  };
  const steps = Float64Array.of(1, 2, 3, 4);
  const reached = (key: RunCurves['reached'][number]['key'], x: readonly number[], y: readonly number[]) => ({
    ...change('', -1, x, y),
    key,
  });

  it('is straight between samples, goes on at the last pace, and never back', () => {
    const known = curve([1, 3, 5], [10, 30, 20]);
    assert.deepEqual([...interpolated(known, Float64Array.of(0, 1, 2, 3, 4, 7))], [10, 10, 20, 30, 30, 30]);
    assert.deepEqual([...interpolated(curve([0, 2], [0, 10]), steps)], [5, 10, 15, 20]);
  });

  it('is what is known of a run; else it says why not', () => {
    const bare = own();
    assert.equal(whyNot(bare, 'step'), undefined);
    for (const axis of ['epoch', 'time', 'flops', 'energy', 'money'] as const) {
      assert.equal(typeof whyNot(bare, axis), 'string');
      assert.equal(bare.line('train/loss', axis, 0).x.length, 0);
    }
    assert.deepEqual(bare.line('train/loss', 'step', 0).x, steps);
    // A count of nothing is no axis.
    assert.ok(whyNot(own({ reached: [reached('flops', [1, 2], [0, 0])] }), 'flops'));
  });

  it('is epochs by their steps, FLOPs, seconds, joules', () => {
    assert.deepEqual(placesOf(own({ stepsPerEpoch: 2 }), 'epoch', steps), Float64Array.of(0.5, 1, 1.5, 2));
    const run = own({
      reached: [
        reached('epochs', [4], [1]),
        reached('flops', [1, 4], [10, 40]),
        reached('seconds', [1, 2, 3, 4], [7, 8, 20, 21]),
        reached('joules', [2], [6]),
      ],
    });
    assert.deepEqual(placesOf(run, 'epoch', steps), Float64Array.of(0.25, 0.5, 0.75, 1));
    assert.deepEqual(placesOf(run, 'flops', steps), Float64Array.of(10, 20, 30, 40));
    assert.deepEqual(placesOf(run, 'time', steps), Float64Array.of(7, 8, 20, 21));
    assert.deepEqual(placesOf(run, 'energy', steps), Float64Array.of(3, 6, 9, 12));
  });

  it('is money for energy and for hours on a GPU', () => {
    const run = own({
      prices: { perJoule: 0.5, perGpuSecond: 2, currency: 'EUR' },
      reached: [reached('joules', [2, 4], [4, 8]), reached('gpuSeconds', [1, 2, 3, 4], [1, 2, 3, 10])],
    });
    assert.deepEqual(placesOf(run, 'money', steps), Float64Array.of(1 + 2, 2 + 4, 3 + 6, 4 + 20));
    const energyOnly = own({
      prices: { perJoule: 0.5, perGpuSecond: 0, currency: 'EUR' },
      reached: [reached('joules', [2, 4], [4, 8])],
    });
    assert.deepEqual(placesOf(energyOnly, 'money', steps), Float64Array.of(1, 2, 3, 4));
  });

  it('changes with what comes to be known', () => {
    const runs = new ShownRuns();
    runs.take([told()]);
    assert.equal(runs.own?.line('train/loss', 'energy', 0).x.length, 0);
    runs.take([told({ fresh: false, series: [], reached: [reached('joules', [4], [8])] })]);
    assert.deepEqual(runs.own?.line('train/loss', 'energy', 0).x, Float64Array.of(2, 4, 6, 8));
  });

  it('is of several runs each its own, and a run that was left out is forgotten', () => {
    const runs = new ShownRuns();
    const other = told({ directory: '/w/wide-cdef', name: 'wide' });
    assert.equal(runs.take([told()]), true);
    assert.equal(runs.take([told({ fresh: false, series: [] }), other]), true);
    assert.deepEqual(
      runs.all.map(({ label, index }) => [label, index]),
      [
        ['mlp · abcd', 0],
        ['wide · cdef', 1],
      ],
    );
    assert.equal(
      runs.take([told({ fresh: false, series: [] }), { ...other, fresh: false, series: [] }]),
      false,
    );
    assert.equal(runs.all[1]?.curves.get('train/loss').x.length, 4);
    assert.equal(runs.take([told({ fresh: false, series: [] })]), true);
  });
});
