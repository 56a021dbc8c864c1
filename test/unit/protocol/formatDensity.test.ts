import assert from 'node:assert/strict';
import { formatDensity } from '../../../src/protocol/formatDensity';

describe('a density', () => {
  it('is nothing or all only where it is', () => {
    const texts: [number, number, string][] = [
      [0, 100, '0 %'],
      [0, 0, '0 %'],
      [100, 100, '100 %'],
      [9052, 235_200, '3.8 %'],
      [1, 100_000, '0.0010 %'],
      [99_999, 100_000, '99.9 %'],
      [919, 1000, '91.9 %'],
    ];
    for (const [active, size, text] of texts) assert.equal(formatDensity({ active, size }), text);
  });
});
