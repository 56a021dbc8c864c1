import assert from 'node:assert/strict';
import type { CostRow, CostTotals, Roof } from '../../../src/protocol/costPanel';
import { changeText, comparisonText } from '../../../webview/cost/changes';
import { attainable, measuredPoint, ridgeOf, roofPoints } from '../../../webview/cost/roof';
import { sorted } from '../../../webview/cost/rows';
import { rowsInSight } from '../../../webview/cost/rowsInSight';
import { squarify, type Tile } from '../../../webview/cost/squarify';
import { momentText, phaseSpans, startsOf } from '../../../webview/cost/stepParts';

describe('a treemap', () => {
  const area = ({ width, height }: Tile) => width * height;

  it('gives each value its area, within the frame and without overlap', () => {
    const values = [6, 6, 4, 3, 2, 2, 1];
    const tiles = squarify(values, 600, 400);
    assert.equal(tiles.length, values.length);
    for (const tile of tiles) {
      assert.ok(Math.abs(area(tile) - ((values[tile.index] ?? 0) / 24) * 600 * 400) < 1e-6);
      assert.ok(tile.x >= 0 && tile.y >= 0);
      assert.ok(tile.x + tile.width <= 600 + 1e-6 && tile.y + tile.height <= 400 + 1e-6);
    }
    for (const [i, a] of tiles.entries())
      for (const b of tiles.slice(i + 1)) {
        const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        assert.ok(wide < 1e-6 || high < 1e-6, `${a.index} and ${b.index} overlap`);
      }
  });

  it('is laid out as in the paper: 6 6 4 3 2 2 1 in 6 by 4', () => {
    const [first, second, third] = squarify([6, 6, 4, 3, 2, 2, 1], 6, 4);
    assert.deepEqual(first, { index: 0, x: 0, y: 0, width: 3, height: 2 });
    assert.deepEqual(second, { index: 1, x: 0, y: 2, width: 3, height: 2 });
    assert.equal(third?.x, 3);
    assert.ok(Math.abs((third?.width ?? 0) - 12 / 7) < 1e-9);
  });

  it('leaves out what is nothing, and draws nothing in no room', () => {
    assert.deepEqual(
      squarify([0, 5, -1], 10, 10).map(({ index }) => index),
      [1],
    );
    assert.deepEqual(squarify([1], 0, 10), []);
    assert.deepEqual(squarify([], 10, 10), []);
  });
});

function figures(value: number) {
  return {
    params: value,
    forward: value,
    backward: value,
    optimizer: value,
    activationBytes: value,
    all: value,
    bytesMoved: 10,
  };
}

function row(name: string, all: number, line?: number, before?: number): CostRow {
  return {
    name,
    className: 'Dense',
    outputShape: [1, all],
    ...(line !== undefined && { line }),
    now: figures(all),
    ...(before !== undefined && { before: figures(before) }),
  };
}

describe('rows of layers', () => {
  const rows = [row('dense10', 5, 9, 5), row('dense2', 50, 3, 10), row('outside', 20)];
  const names = (...args: Parameters<typeof sorted>) => sorted(...args).map(({ name }) => name);

  it('stand in the order of the model, or by a column', () => {
    assert.deepEqual(names(rows, undefined), ['dense10', 'dense2', 'outside']);
    assert.deepEqual(names(rows, { column: 'all', descending: true }), ['dense2', 'outside', 'dense10']);
    assert.deepEqual(names(rows, { column: 'name', descending: false }), ['dense2', 'dense10', 'outside']);
    assert.deepEqual(names(rows, { column: 'line', descending: false }), ['dense2', 'dense10', 'outside']);
    assert.deepEqual(names(rows, { column: 'change', descending: true })[0], 'dense2');
  });

  it('say how much changed', () => {
    assert.equal(changeText(138, 100), '+38 %');
    assert.equal(changeText(96.8, 100), '−3.2 %');
    assert.equal(changeText(5, 5), 'as before');
    assert.equal(changeText(5, 0), 'new');
    assert.equal(changeText(10_001, 10_000), '+<0.1 %');
  });

  it('say it of the whole in a sentence', () => {
    const totals = (step: number) => ({ step, params: 10, peakBytes: 100 }) as CostTotals;
    assert.equal(
      comparisonText(totals(138), { label: 'the last commit', totals: totals(100) }, 'mac2'),
      'This change: +38 % FLOPs a step, parameters as before, peak memory as before.',
    );
    assert.equal(
      comparisonText(totals(1), { label: 'mlp', problem: 'mlp is not open.' }, 'mac2'),
      'Not compared: mlp is not open.',
    );
  });
});

describe('a step by its parts', () => {
  const timeline = {
    layers: ['conv'],
    phases: ['forward', 'backward', 'optimizer', 'data'],
    phase: [0, 3, 0, 1, 2],
    layer: [0, -1, -1, 0, 0],
    kernels: [3, 1, 2, 4, 5],
    flops: [1000, 0, 20, 2000, 30],
    bytesMoved: [1, 1, 1, 1, 1],
    heldBytes: [100, 100, 200, 4000, 300],
    peak: 3,
    atPeak: [],
  };

  it('is in one piece a part, whatever comes in between', () => {
    assert.deepEqual(startsOf(timeline), [0, 3, 4, 6, 10]);
    assert.deepEqual(phaseSpans(timeline, startsOf(timeline)), [
      { phase: 'forward', from: 0, to: 6 },
      { phase: 'backward', from: 6, to: 10 },
      { phase: 'optimizer', from: 10, to: 15 },
    ]);
  });

  it('is told at any moment', () => {
    const starts = startsOf(timeline);
    assert.equal(momentText(timeline, starts, 3), 'kernels 7 to 10, backward of conv: 4.0 kB held, 2 kFLOPs');
    assert.equal(momentText(timeline, starts, 1), 'kernel 4, data: 100 B held, 0 FLOPs');
  });
});

describe('a long table', () => {
  it('is drawn where it is in sight, with some rows around', () => {
    assert.deepEqual(rowsInSight(300, 0, 500, 25), { from: 0, to: 300 });
    assert.deepEqual(rowsInSight(2000, 0, 500, 25), { from: 0, to: 60 });
    assert.deepEqual(rowsInSight(2000, 25_000, 500, 25), { from: 960, to: 1060 });
    assert.deepEqual(rowsInSight(2000, 49_500, 500, 25), { from: 1940, to: 2000 });
    // It was longer a moment ago.
    assert.deepEqual(rowsInSight(400, 49_500, 500, 25), { from: 359, to: 400 });
  });
});

describe('a roofline', () => {
  const roof: Roof = {
    backend: 'wasm',
    gigaflopsPerSecond: 40,
    gigabytesPerSecond: 10,
    measuredAt: '2026-01-01T00:00:00Z',
  };

  it('is memory up to the ridge and arithmetic from there', () => {
    assert.equal(ridgeOf(roof), 4);
    assert.equal(attainable(roof, 2), 20);
    assert.equal(attainable(roof, 100), 40);
  });

  it('puts each layer under the roof by its FLOPs a byte', () => {
    const points = roofPoints([row('thin', 5), row('thick', 400), row('none', 0)], roof);
    assert.deepEqual(
      points.map(({ intensity, attainable: most, bound }) => [intensity, most, bound]),
      [
        [0.5, 5, 'memory'],
        [40, 40, 'compute'],
      ],
    );
  });

  it('puts what is predicted on its backend where it is predicted, and the measured step where it was', () => {
    const timed = row('thick', 400);
    const rows = [{ ...timed, now: { ...(timed.now ?? figures(0)), seconds: 4e-8 } }];
    assert.equal(roofPoints(rows, roof, 'wasm')[0]?.predicted, 10);
    assert.equal(roofPoints(rows, roof, 'cpu')[0]?.predicted, undefined);
    const step = { backend: 'wasm', seconds: 2e-3, flops: 6e6, bytesMoved: 2e6 };
    assert.deepEqual(measuredPoint(step, roof), { intensity: 3, achieved: 3 });
    assert.equal(measuredPoint({ ...step, backend: 'cpu' }, roof), undefined);
    assert.equal(measuredPoint({ ...step, seconds: 0 }, roof), undefined);
    assert.equal(measuredPoint(undefined, roof), undefined);
  });
});
