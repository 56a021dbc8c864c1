import * as assert from 'node:assert/strict';
import { arrays, type ArraysOptions } from '../../../src/data/arrays';
import { rejectsWith } from './rejectsWith';

const load = (options: ArraysOptions) => arrays(options).load({ directory: '/', seed: 0 });

describe('arrays', () => {
  it('takes nested arrays with their shape', async () => {
    const data = await load({
      xs: [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [
          [7, 8],
          [9, 10],
          [11, 12],
        ],
      ],
      ys: [0, 1],
    });
    assert.deepEqual([data.inputShape, data.outputShape, data.train.size], [[3, 2], [1], 2]);
    assert.deepEqual(data.train.batch([1]).xs, {
      data: Float32Array.of(7, 8, 9, 10, 11, 12),
      shape: [1, 3, 2],
    });
    assert.deepEqual(data.train.batch([1, 0]).ys, { data: Float32Array.of(1, 0), shape: [2, 1] });
  });

  it('takes typed arrays with a shape, and keeps int32', async () => {
    const data = await load({
      xs: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      ys: Int32Array.of(4, 5),
      inputShape: [2, 2],
      testXs: new Float64Array([9, 9, 9, 9]),
      testYs: Int32Array.of(6),
    });
    assert.deepEqual(
      [data.inputShape, data.outputShape, data.train.size, data.test?.size],
      [[2, 2], [1], 2, 1],
    );
    assert.deepEqual(data.train.batch([1]).xs.data, Float32Array.of(5, 6, 7, 8));
    assert.deepEqual(data.train.batch([1]).ys.data, Int32Array.of(5));
    assert.equal(data.description, 'arrays, 2 train + 1 test, 2x2');
  });

  it('does not follow later changes of the arrays it was given', async () => {
    const xs = Float32Array.of(1, 2);
    const data = await load({ xs, ys: [1, 2] });
    xs.fill(9);
    assert.deepEqual(data.train.batch([0, 1]).xs.data, Float32Array.of(1, 2));
  });

  it('holds out a part', async () => {
    const xs = Array.from({ length: 10 }, (_, i) => [i, -i]);
    const data = await load({ xs, ys: xs.map(([x]) => x!), testFraction: 0.3 });
    assert.deepEqual([data.train.size, data.test?.size], [7, 3]);
    const test = data.test!.batch([0, 1, 2]);
    test.ys.data.forEach((y, i) => assert.equal(test.xs.data[2 * i], y));
  });

  it('names ragged arrays by index', async () => {
    const ys = [1, 2, 3];
    await rejectsWith(
      load({ xs: [[1, 2], [3], [4, 5]], ys }),
      /ragged: xs\[1\] has 1 entries, but xs\[0\] has 2/,
    );
    await rejectsWith(load({ xs: [[1], [2], 3], ys }), /ragged: xs\[2\] is 3, but xs\[0\] is a list/);
    await rejectsWith(load({ xs: [1, [2], 3], ys }), /ragged: xs\[1\] is a list, but xs\[0\] is a number/);
    await rejectsWith(
      load({
        xs: [
          [[1], [2]],
          [[3], [4, 5]],
          [[6], [7]],
        ],
        ys,
      }),
      /ragged: xs\[1\]\[1\] has 2 entries, but xs\[0\]\[0\] has 1/,
    );
  });

  it('names values that are no finite numbers by index', async () => {
    await rejectsWith(load({ xs: [[1], [NaN]], ys: [1, 2] }), /xs\[1\]\[0\] is NaN/);
    await rejectsWith(load({ xs: [1, 2], ys: [1, Infinity] }), /ys\[1\] is Infinity/);
    await rejectsWith(
      load({ xs: Float32Array.of(1, 2, NaN, 3), ys: [1, 2], inputShape: [2] }),
      /xs\[2\] is NaN \(example 1\)/,
    );
    await rejectsWith(
      load({ xs: ['1' as unknown as number], ys: [1] }),
      /xs\[0\] is 1; every value must be a finite number/,
    );
    await rejectsWith(load({ xs: [null as unknown as number], ys: [1] }), /xs\[0\] is null/);
    await rejectsWith(
      load({ xs: [[1], null as unknown as number[]], ys: [1, 2] }),
      /xs\[1\] is null, but xs\[0\] is a list/,
    );
  });

  it('names counts and shapes that do not match', async () => {
    await rejectsWith(load({ xs: [1, 2], ys: [1] }), /xs has 2 examples, but ys has 1/);
    await rejectsWith(
      load({ xs: [1], ys: [1], testXs: [1, 2], testYs: [1] }),
      /testXs has 2 examples, but testYs has 1/,
    );
    await rejectsWith(
      load({ xs: [[1]], ys: [1], testXs: [[1, 2]], testYs: [1] }),
      /testXs is 2, but of xs it is 1/,
    );
    await rejectsWith(load({ xs: [1], ys: [1], testXs: [1] }), /belong together/);
    await rejectsWith(load({ xs: [1], ys: [1], testXs: [1], testYs: [1], testFraction: 0.1 }), /found both/);
    await rejectsWith(
      load({ xs: new Float32Array(7), ys: [1], inputShape: [2, 2] }),
      /7 numbers, which is not a whole number of examples/,
    );
    await rejectsWith(load({ xs: new Float32Array(7), ys: [1], inputShape: [0] }), /positive whole numbers/);
    await rejectsWith(load({ xs: [[1, 2]], ys: [1], inputShape: [3] }), /cannot take the shape 3/);
    await rejectsWith(load({ xs: [], ys: [] }), /xs is empty/);
    await rejectsWith(load({ xs: [[]], ys: [1] }), /xs\[0\] is empty/);
    await rejectsWith(load({ xs: 'abc' as unknown as number[], ys: [1] }), /found string/);
  });
});
