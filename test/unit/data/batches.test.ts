import * as assert from 'node:assert/strict';
import {
  columnSplit,
  denseColumn,
  epochOrder,
  labelColumn,
  trainTestIndices,
} from '../../../src/data/batches';

describe('epochOrder', () => {
  it('is a permutation that follows from seed and epoch alone', () => {
    const order = epochOrder(1000, 3, 4);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      [...Array(1000).keys()],
    );
    assert.deepEqual(epochOrder(1000, 3, 4), order);
    assert.notDeepEqual(epochOrder(1000, 3, 5), order);
    assert.notDeepEqual(epochOrder(1000, 4, 4), order);
  });

  it('leaves hardly any example where another epoch had it', () => {
    // The number of fixed points between two random permutations is about Poisson with mean 1.
    for (let epoch = 0; epoch < 20; epoch++) {
      const one = epochOrder(5000, 0, epoch);
      const other = epochOrder(5000, 0, epoch + 1);
      assert.ok(one.filter((example, i) => other[i] === example).length < 10);
    }
  });

  it('handles none and one', () => {
    assert.equal(epochOrder(0, 0, 0).length, 0);
    assert.deepEqual([...epochOrder(1, 0, 0)], [0]);
  });
});

describe('trainTestIndices', () => {
  it('cuts every example to one side, by the seed', () => {
    const { train, test } = trainTestIndices(103, 0.2, 1);
    assert.equal(test.length, 21);
    assert.deepEqual(
      [...train, ...test].sort((a, b) => a - b),
      [...Array(103).keys()],
    );
    assert.deepEqual(trainTestIndices(103, 0.2, 1).test, test);
    assert.notDeepEqual(trainTestIndices(103, 0.2, 2).test, test);
  });

  it('leaves at least one example on each side, and all in training for a fraction of 0', () => {
    assert.deepEqual([...trainTestIndices(5, 0, 1).train], [0, 1, 2, 3, 4]);
    assert.equal(trainTestIndices(3, 0.01, 1).test.length, 1);
    assert.equal(trainTestIndices(3, 0.99, 1).train.length, 1);
    assert.equal(trainTestIndices(1, 0.5, 1).train.length, 1);
  });
});

describe('columnSplit', () => {
  const split = columnSplit(
    3,
    denseColumn(Uint8Array.of(0, 51, 102, 153, 204, 255), [2], 1 / 255),
    labelColumn([2, 0, 1], 3, 'oneHot'),
  );

  it('gathers examples in the order asked for, repeated ones too', () => {
    const { xs, ys } = split.batch([2, 0, 2]);
    assert.deepEqual(xs, { data: Float32Array.of(0.8, 1, 0, 0.2, 0.8, 1), shape: [3, 2] });
    assert.deepEqual(ys, { data: Float32Array.of(0, 1, 0, 0, 0, 1, 0, 1, 0), shape: [3, 3] });
  });

  it('gives fresh arrays, and empty ones for no examples', () => {
    split.batch([0]).xs.data.fill(9);
    assert.equal(split.batch([0]).xs.data[0], 0);
    assert.deepEqual(split.batch([]).xs.shape, [0, 2]);
  });

  it('refuses examples that are not there', () => {
    for (const index of [-1, 3, 0.5, NaN]) assert.throws(() => split.batch([0, index]), /there are 3/);
  });

  it('keeps int32 as int32', () => {
    const { xs, ys } = columnSplit(
      2,
      denseColumn(Int32Array.of(16777217, 5), [1]),
      labelColumn(Uint8Array.of(7, 9), 10, 'index'),
    ).batch([0, 1]);
    assert.deepEqual(xs.data, Int32Array.of(16777217, 5));
    assert.deepEqual(ys, { data: Int32Array.of(7, 9), shape: [2] });
  });
});
