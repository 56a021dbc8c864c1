import assert from 'node:assert/strict';
import { packBits, unpackBits } from '../../../src/sparse/bits';
import { largest } from '../../../src/sparse/largest';
import { countActive, randomMask } from '../../../src/sparse/mask';
import { redistribute } from '../../../src/sparse/redistribute';
import { deadUnits } from '../../../src/sparse/units';
import { noise, random } from './random';

describe('parts of sparse rules', () => {
  it('finds the largest among any scores as sorting does', () => {
    for (let seed = 0; seed < 60; seed++) {
      const size = 1 + (seed % 37);
      const scores = noise(size, seed).map((value) => Math.round(value * (seed % 3 === 0 ? 2 : 1000)) + 0);
      for (const count of [0, 1, size >> 1, size]) {
        const found = [...largest(scores, count, random(seed))];
        assert.equal(new Set(found).size, count);
        const values = found.map((place) => scores[place] as number).sort((a, b) => b - a);
        assert.deepEqual(values, [...scores].sort((a, b) => b - a).slice(0, count));
      }
    }
  });

  it('chooses among equal scores at random, by the seed', () => {
    const scores = new Float32Array(100);
    const one = [...largest(scores, 10, random(1))];
    assert.deepEqual([...largest(scores, 10, random(1))], one);
    assert.notDeepEqual([...largest(scores, 10, random(2))], one);
    assert.deepEqual([...largest(Float32Array.of(NaN, 1, NaN), 1, random())], [1]);
  });

  it('draws masks with exactly so many weights', () => {
    for (const active of [0, 1, 3, 5, 9, 10])
      assert.equal(countActive(randomMask(10, active, random())), active);
  });

  it('shares out whole numbers, and what does not fit elsewhere', () => {
    const layers = [
      { share: 3, free: 100 },
      { share: 1, free: 100 },
    ];
    assert.deepEqual(redistribute(8, layers), [6, 2]);
    assert.deepEqual(redistribute(9, layers), [7, 2]);
    assert.deepEqual(
      redistribute(10, [
        { share: 9, free: 2 },
        { share: 1, free: 50 },
      ]),
      [2, 8],
    );
    assert.deepEqual(
      redistribute(10, [
        { share: 1, free: 2 },
        { share: 0, free: 5 },
      ]),
      [2, 5],
    );
    assert.deepEqual(
      redistribute(4, [
        { share: 0, free: 5 },
        { share: 0, free: 5 },
      ]),
      [2, 2],
    );
  });

  it('packs eight weights a byte', () => {
    const mask = randomMask(1003, 77, random());
    assert.equal(packBits(mask).length, 126);
    assert.deepEqual(unpackBits(packBits(mask), 1003), mask);
    assert.deepEqual([...packBits(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 1))], [129, 1]);
  });

  it('finds dead inputs and outputs', () => {
    // 3 inputs, 2 outputs: only input 1 to output 0.
    assert.deepEqual(deadUnits(Uint8Array.of(0, 0, 1, 0, 0, 0), [3, 2]), { outputs: 1, inputs: 2 });
  });
});
