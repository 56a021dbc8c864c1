import assert from 'node:assert/strict';
import { overspends } from '../../../src/cost/overspend';
import { overspendText } from '../../../src/protocol/formatOverspend';

describe('limits that a training will reach before its end', () => {
  const minutes = (limit: number) =>
    overspends({ minutes: limit }, { runSeconds: { p5: 540, p50: 600, p95: 720 } });

  it('are likely above the middle of what is predicted, possible above its end, and else none', () => {
    assert.deepEqual(
      minutes(9.5).map(({ likely, kind }) => [likely, kind]),
      [[true, 'predicted']],
    );
    assert.deepEqual(
      minutes(11).map(({ likely }) => likely),
      [false],
    );
    assert.deepEqual(minutes(12), []);
  });

  it('are told in the unit of the limit, in the order of the units, and not where nothing is known', () => {
    const found = overspends(
      { cost: 1, minutes: 5, flops: 100, gCO2e: 1 },
      { flops: 101, runSeconds: { p5: 300, p50: 301, p95: 400 }, cost: { p5: 1, p50: 2, p95: 3 } },
    );
    assert.deepEqual(
      found.map(({ unit, expected }) => [unit, expected.p50]),
      [
        ['flops', 101],
        ['minutes', 301 / 60],
        ['cost', 2],
      ],
    );
    assert.deepEqual(overspends({ minutes: 5, flops: 1, joules: 3 }, {}), []);
  });

  it('are said with what is predicted, its interval and the limit', () => {
    const [likely] = minutes(9.5);
    const [possible] = minutes(11);
    assert.ok(likely && possible);
    assert.equal(
      overspendText(likely),
      'Training is predicted to take 10 min 0 s (9 min 0 s–12 min 0 s), nine times of ten, and the budget is ' +
        '9 min 30 s: the run is likely to stop before its end.',
    );
    assert.match(overspendText(possible), /the run may stop before its end\.$/);
    const [flops, memory] = overspends({ flops: 2e8, memoryBytes: 1e6 }, { flops: 3.2e9, memoryBytes: 5e6 });
    assert.ok(flops && memory);
    assert.equal(
      overspendText(flops),
      'Training takes 3.2 GFLOPs (counted), and the budget is 200 MFLOPs: the run will stop before its end.',
    );
    assert.match(
      overspendText(memory),
      /alone take 5\.0 MB \(counted\), and the budget of memory is 1\.0 MB/,
    );
    const [cost] = overspends({ cost: 1 }, { cost: { p5: 1.5, p50: 2, p95: 3 } });
    assert.match(overspendText(cost as never, 'EUR'), /2 EUR \(1\.5–3 EUR\)/);
  });
});
