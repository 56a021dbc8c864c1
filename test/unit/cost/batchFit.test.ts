import assert from 'node:assert/strict';
import { fitPeak, peakAt, sameForm } from '../../../src/cost/batchFit';

describe('memory as a function of the batch size', () => {
  const held = (batch: number, lines: readonly (readonly [bytes: number, perExample: number])[]) => ({
    batch,
    bytes: lines.map(([bytes, perExample]) => bytes + perExample * batch),
  });
  const fit = (lines: readonly (readonly [number, number])[]) =>
    fitPeak([held(1, lines), held(2, lines), held(3, lines)]);

  it('is the highest of the lines at every batch size', () => {
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 200; round++) {
      const lines = Array.from({ length: 1 + random(12) }, () => [random(5000), random(60)] as const);
      const peak = fit(lines);
      assert.ok(peak);
      for (const batch of [1, 2, 3, 7, 32, 100, 1000, 1e6])
        assert.equal(peakAt(peak, batch), Math.max(...held(batch, lines).bytes));
    }
  });
  it('keeps only the lines that are ever the highest', () => {
    const peak = fit([
      [1000, 1],
      [500, 2],
      [400, 2],
      [0, 3],
      [900, 1],
    ]);
    assert.deepEqual(peak, [
      { bytes: 1000, bytesPerExample: 1 },
      { bytes: 0, bytesPerExample: 3 },
    ]);
  });
  it('is that of the highest of a stretch, where a loop over the batch allocates more often for more examples', () => {
    // A constant 500 first; then as many steps as there are examples, of 100 and 8 for each example.
    const looped = (batch: number) => ({
      batch,
      bytes: [500, ...Array.from({ length: batch }, (_, i) => 100 + 8 * (i + 1))],
      stretches: [1, ...Array.from({ length: batch }, () => 2)],
    });
    const peak = fitPeak([looped(1), looped(2), looped(3)]);
    assert.deepEqual(peak, [
      { bytes: 500, bytesPerExample: 0 },
      { bytes: 100, bytesPerExample: 8 },
    ]);
  });
  it('is unknown where something else is done for another batch size', () => {
    assert.equal(fitPeak([held(1, [[1, 1]]), held(2, [[1, 1]]), held(3, [[5, 1]])]), undefined);
    const longer = held(2, [
      [1, 1],
      [9, 9],
    ]);
    assert.equal(fitPeak([held(1, [[1, 1]]), longer, held(3, [[1, 1]])]), undefined);
  });
  it('compares costs by their form', () => {
    assert.ok(
      sameForm([
        { a: [1, 2], b: 'x' },
        { a: [3, 4], b: 'x' },
      ]),
    );
    assert.ok(!sameForm([{ a: [1, 2] }, { a: [3] }]));
    assert.ok(!sameForm([{ b: 'x' }, { b: 'y' }]));
  });
});
