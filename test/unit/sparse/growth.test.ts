import assert from 'node:assert/strict';
import { block, rigl, set } from '../../../src/api/sparsity';
import { grownPlaces, grownValues, type GrowInit } from '../../../src/sparse/growth';
import { random } from './random';

describe('first values of grown weights', () => {
  // Active values 3 and -1: mean 1, standard deviation 2, mean magnitude 2.
  const state = {
    mask: Uint8Array.of(1, 0, 1, 0),
    weights: Float32Array.of(3, 0, -1, 0),
    gradients: Float32Array.of(9, -0.5, 9, 4),
  };
  const places = Int32Array.of(1, 3);
  const values = (growInit: GrowInit, growScale: number) => [
    ...grownValues({ growInit, growScale }, places, state, random()),
  ];

  it('are at the places that were not there before', () => {
    assert.deepEqual([...grownPlaces(Uint8Array.of(1, 0, 1, 0), Uint8Array.of(0, 1, 1, 1))], [1, 3]);
  });

  it('are zero, or gradients, or their signs, times the scale', () => {
    assert.deepEqual(values('zeros', 5), [0, 0]);
    assert.deepEqual(values('gradient', -0.5), [0.25, -2]);
    assert.deepEqual(values('gradientSign', 0.25), [-0.25, 0.25]);
  });

  it('are drawn as large as the active values, the same by the same seed', () => {
    const many = Int32Array.from({ length: 20_000 }, () => 1);
    const drawn = (growInit: GrowInit) => grownValues({ growInit, growScale: 0.5 }, many, state, random());
    const mean = (of: Float32Array) => of.reduce((sum, value) => sum + value, 0) / of.length;
    const normal = drawn('normal');
    assert.ok(Math.abs(mean(normal)) < 0.03);
    assert.ok(Math.abs(Math.sqrt(mean(normal.map((value) => value ** 2))) - 1) < 0.03);
    assert.deepEqual(drawn('normal'), normal);
    const uniform = drawn('uniform');
    assert.ok(uniform.every((value) => Math.abs(value) <= 1));
    assert.ok(Math.abs(mean(uniform.map(Math.abs)) - 0.5) < 0.01);
  });

  it('are refused where they are to be gradients that nobody takes', () => {
    const growInit = 'gradient';
    assert.equal(rigl({ sparsity: 0.5, growInit }).growInit, growInit);
    assert.throws(
      () => set({ sparsity: 0.5, growInit }),
      /set: growInit is "gradient".*zeros, normal or uniform/,
    );
    assert.throws(
      () => block({ sparsity: 0.5, shape: [2, 2], rule: 'set', growInit }),
      /by the rule of set: growInit is "gradient"/,
    );
  });
});
