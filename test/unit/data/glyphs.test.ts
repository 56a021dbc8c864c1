import * as assert from 'node:assert/strict';
import { glyphs, type GlyphsOptions } from '../../../src/data/glyphs';
import type { Split } from '../../../src/data/types';

const load = (options: GlyphsOptions) => glyphs(options).load({ directory: '/', seed: 99 });
const all = (split: Split) => split.batch(Array.from({ length: split.size }, (_, i) => i));

describe('glyphs', () => {
  it('announces what it gives', async () => {
    const image = await load({ train: 5, test: 3 });
    assert.deepEqual([image.inputShape, image.outputShape], [[28, 28, 1], [10]]);
    assert.deepEqual(image.train.batch([0, 1]).xs.shape, [2, 28, 28, 1]);
    assert.deepEqual(image.train.batch([0, 1]).ys.shape, [2, 10]);
    assert.equal(image.test?.size, 3);
    assert.match(image.description, /5 train \+ 3 test, 28x28x1, 10 classes/);
    const flat = await load({ train: 5, test: 0, shape: 'flat', labels: 'index', classes: 3 });
    assert.deepEqual([flat.inputShape, flat.outputShape, flat.test], [[784], [], undefined]);
    assert.deepEqual(flat.train.batch([0, 1]).ys.shape, [2]);
  });

  it('makes example i from the seed, the split and i alone', async () => {
    const few = await load({ train: 20, test: 20, seed: 4 });
    const many = await load({ train: 300, test: 40, seed: 4 });
    assert.deepEqual(many.train.batch([19, 3]), few.train.batch([19, 3]));
    assert.deepEqual(many.test?.batch([7]), few.test?.batch([7]));
    assert.notDeepEqual(few.train.batch([0]).xs, few.test?.batch([0]).xs);
    const other = await load({ train: 20, test: 0, seed: 5 });
    assert.notDeepEqual(other.train.batch([0]).xs, few.train.batch([0]).xs);
  });

  it('does not change with the seed of the run', async () => {
    const source = glyphs({ train: 5, test: 0 });
    const one = await source.load({ directory: '/', seed: 1 });
    const two = await source.load({ directory: '/', seed: 2 });
    assert.deepEqual(one.train.batch([4]), two.train.batch([4]));
  });

  it('draws ink in [0, 1] with an empty border, every class about as often', async () => {
    const data = await load({ train: 5000, test: 0, noise: 0, labels: 'index' });
    const { xs, ys } = all(data.train);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 5000; i++) {
      counts[ys.data[i]!]!++;
      const image = Float32Array.from(xs.data.subarray(784 * i, 784 * (i + 1)));
      const ink = image.reduce((sum, value) => sum + value, 0);
      assert.ok(ink > 8 && ink < 330, `example ${i} has ink ${ink}`);
      assert.ok(image.every((value) => value >= 0 && value <= 1));
    }
    // Five standard deviations of a binomial count.
    for (const count of counts) assert.ok(Math.abs(count - 500) < 5 * Math.sqrt(5000 * 0.1 * 0.9));
    const corners = Array.from({ length: 5000 }, (_, i) => xs.data[784 * i]!);
    assert.ok(corners.filter((value) => value > 0).length < 10);
  });

  it('adds grain of the deviation asked for', async () => {
    const clean = all((await load({ train: 200, test: 0, noise: 0 })).train).xs.data;
    const grainy = all((await load({ train: 200, test: 0, noise: 0.1 })).train).xs.data;
    // Empty pixels keep the positive half: its mean square is half the variance.
    let squares = 0;
    let empty = 0;
    clean.forEach((value, i) => {
      if (value > 0) return;
      empty++;
      squares += grainy[i]! ** 2;
    });
    assert.ok(Math.abs(Math.sqrt((2 * squares) / empty) - 0.1) < 0.003);
  });

  it('can be learnt from neighbours, and not from class means', async () => {
    const data = await load({ train: 2500, test: 250, labels: 'index' });
    const train = all(data.train);
    const test = all(data.test!);
    const means = Array.from({ length: 10 }, () => new Float64Array(784));
    const counts = new Array<number>(10).fill(0);
    train.ys.data.forEach((label, i) => {
      counts[label]!++;
      for (let p = 0; p < 784; p++) means[label]![p]! += train.xs.data[784 * i + p]!;
    });
    means.forEach((mean, label) => mean.forEach((sum, p) => (mean[p] = sum / counts[label]!)));
    let byNeighbour = 0;
    let byMean = 0;
    for (let t = 0; t < 250; t++) {
      const image = test.xs.data.subarray(784 * t, 784 * (t + 1));
      const distance = (other: ArrayLike<number>, from: number) => {
        let sum = 0;
        for (let p = 0; p < 784; p++) sum += (image[p]! - other[from + p]!) ** 2;
        return sum;
      };
      const nearest = (count: number, far: (i: number) => number) => {
        let best = 0;
        let least = Infinity;
        for (let i = 0; i < count; i++) {
          const d = far(i);
          if (d < least) [least, best] = [d, i];
        }
        return best;
      };
      if (train.ys.data[nearest(2500, (i) => distance(train.xs.data, 784 * i))] === test.ys.data[t])
        byNeighbour++;
      if (nearest(10, (i) => distance(means[i]!, 0)) === test.ys.data[t]) byMean++;
    }
    assert.ok(byNeighbour / 250 > 0.88, `nearest neighbour: ${byNeighbour / 250}`);
    assert.ok(byMean / 250 < 0.85, `nearest mean: ${byMean / 250}`);
  }).timeout(20_000);

  it('lets others run while it draws', async () => {
    let turns = 0;
    let done = false;
    const count = () => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await load({ train: 4000, test: 0 });
    done = true;
    assert.ok(turns >= 20, `${turns} turns`);
  }).timeout(20_000);

  it('refuses options out of range by name', () => {
    assert.throws(() => glyphs({ train: 0 }), /glyphs: train must be a whole number/);
    assert.throws(() => glyphs({ test: -1 }), /test/);
    assert.throws(() => glyphs({ train: 1.5 }), /train/);
    assert.throws(() => glyphs({ classes: 1 }), /classes/);
    assert.throws(() => glyphs({ classes: 11 }), /classes/);
    assert.throws(() => glyphs({ noise: NaN }), /noise/);
  });
});
