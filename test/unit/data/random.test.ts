import * as assert from 'node:assert/strict';
import { Random, splitMix64 } from '../../../src/data/random';

const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32());

/** Pearson's chi-squared statistic against equal counts. */
function chiSquared(counts: readonly number[], total: number): number {
  const expected = total / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('Random', () => {
  it('gives the published outputs of xoshiro128** 1.1', () => {
    // xoshiro128starstar.c from state {1, 2, 3, 4}, as recorded in the tests of Rust's rand_xoshiro.
    assert.deepEqual(
      draws(Random.restore([1, 2, 3, 4]), 10),
      [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
    );
  });

  it('seeds through the published outputs of SplitMix64', () => {
    // splitmix64.c from 1477776061723855037, as recorded in the tests of Rust's rand_xoshiro.
    const expected = [
      1985237415132408290n,
      2979275885539914483n,
      13511426838097143398n,
      8488337342461049707n,
      15141737807933549159n,
      17093170987380407015n,
    ];
    let state = 1477776061723855037n;
    for (const output of expected) {
      const step = splitMix64(state);
      assert.equal(step.output, output);
      state = step.state;
    }
    // splitmix64.c from 0: e220a8397b1dcdaf, 6e789e6aa1b965f4; low words first, as rand's seed_from_u64 does.
    assert.deepEqual(Random.from(0).state(), [0x7b1dcdaf, 0xe220a839, 0xa1b965f4, 0x6e789e6a]);
  });

  it('continues from a saved state, also after JSON and after every kind of draw', () => {
    const random = Random.from(7);
    random.normal();
    random.int(10);
    random.next();
    const restored = Random.restore(JSON.parse(JSON.stringify(random.state())) as number[]);
    assert.deepEqual(
      Array.from({ length: 50 }, () => restored.normal()),
      Array.from({ length: 50 }, () => random.normal()),
    );
    assert.deepEqual(restored.state(), random.state());
  });

  it('refuses states and seeds that are none', () => {
    for (const state of [
      [],
      [1, 2, 3],
      [0, 0, 0, 0],
      [1, 2, 3, -4],
      [1, 2, 3, 2 ** 32],
      [1, 2, 3, 0.5],
      [NaN, 1, 1, 1],
    ])
      assert.throws(() => Random.restore(state), RangeError);
    for (const seed of [0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => Random.from(seed), /whole number/);
    for (const n of [0, -1, 1.5, 2 ** 32 + 1]) assert.throws(() => Random.from(0).int(n), RangeError);
  });

  it('derives streams that differ from each other and from the seed', () => {
    const streams = [
      Random.from(1),
      Random.from(-1),
      Random.from(2),
      Random.from(1, 0),
      Random.from(1, 1),
      Random.from(1, 1, 0),
      Random.from(1, 0, 1),
      Random.from(1, '1'),
      Random.from(1, ''),
      Random.from(1, '', ''),
      Random.from(1, 'ab'),
      Random.from(1, 'a', 'b'),
      Random.from(1, 'abcdefgh'),
      Random.from(1, 'abcdefgh\0'),
      Random.from(1, 'ä'),
    ];
    assert.equal(new Set(streams.map((stream) => stream.state().join())).size, streams.length);
    assert.deepEqual(Random.from(1, 'dropout', 3).state(), Random.from(1, 'dropout', 3).state());
  });

  it('is uniform: next, int and shuffle', () => {
    const random = Random.from(11);
    const bins = new Array<number>(100).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const x = random.next();
      assert.ok(x >= 0 && x < 1);
      bins[Math.floor(100 * x)]!++;
    }
    // 99.9 % points of chi-squared with 99, 6 and 23 degrees of freedom (NIST/SEMATECH handbook, 1.3.6.7.4).
    assert.ok(chiSquared(bins, 100_000) < 148.23);
    const dice = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) dice[random.int(7)]!++;
    assert.ok(chiSquared(dice, 70_000) < 22.458);
    const orders = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.shuffle(Int32Array.of(0, 1, 2, 3)).join();
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    assert.equal(orders.size, 24);
    assert.ok(chiSquared([...orders.values()], 24_000) < 49.728);
  });

  it('is standard normal', () => {
    const random = Random.from(5);
    const count = 200_000;
    const values = Float64Array.from({ length: count }, () => random.normal());
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / count;
    // Five standard errors of each moment: sqrt(1, 2, 15, 96) / sqrt(count).
    assert.ok(Math.abs(moment(1)) < 5 * Math.sqrt(1 / count));
    assert.ok(Math.abs(moment(2) - 1) < 5 * Math.sqrt(2 / count));
    assert.ok(Math.abs(moment(3)) < 5 * Math.sqrt(15 / count));
    assert.ok(Math.abs(moment(4) - 3) < 5 * Math.sqrt(96 / count));
    const inside = values.filter((x) => Math.abs(x) < 1.959964).length / count;
    assert.ok(Math.abs(inside - 0.95) < 5 * Math.sqrt((0.95 * 0.05) / count));
  });
});
