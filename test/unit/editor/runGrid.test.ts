import assert from 'node:assert/strict';
import { gridSize, gridText, runsOf, type RunGrid } from '../../../src/editor/runGrid';

describe('a grid of runs', () => {
  const grid: RunGrid = { values: { lr: [0.1, 0.01], wide: [true, false] }, seeds: [0, 1], backend: 'cpu' };

  it('is every combination of its values, repeats side by side', () => {
    const runs = runsOf(grid);
    assert.equal(runs.length, gridSize(grid));
    assert.deepEqual(runs.slice(0, 3), [
      { params: { lr: 0.1, wide: true }, seed: 0, backend: 'cpu' },
      { params: { lr: 0.1, wide: true }, seed: 1, backend: 'cpu' },
      { params: { lr: 0.1, wide: false }, seed: 0, backend: 'cpu' },
    ]);
    assert.equal(new Set(runs.map((run) => JSON.stringify(run))).size, 8);
    assert.equal(gridText(grid), 'lr=0.1, 0.01; wide=true, false; seed=0, 1');
  });

  it('of nothing changed is one run as the file says, whose seed is left to it', () => {
    const plain: RunGrid = { values: {}, seeds: [], backend: 'auto' };
    assert.deepEqual(runsOf(plain), [{ params: {}, backend: 'auto' }]);
    assert.equal(gridSize(plain), 1);
    assert.equal(gridText(plain), '');
  });
});
